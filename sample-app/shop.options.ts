import type { EventSink, StateStore } from 'nestjs-gatehouse';
import type { ShopLimits } from './shop-limits.js';

/** What differs between one shop and another: the demo, a test, a deployment. */
export interface ShopOptions {
  /** The password of all seeded users. Without one none of them can log in. */
  readonly password?: string;
  /** `postgres://…`. Default: an SQLite database in memory, new and seeded at each start. */
  readonly databaseUrl?: string;
  /** Where counts, revocations and lockouts are kept. Default: in this process. */
  readonly state?: StateStore;
  /** Where the key ring is kept between starts, and a secret beside it. Default: in memory only. */
  readonly keyFile?: string;
  /** Whether sessions travel in cookies. Default: in bodies and headers. */
  readonly cookies?: boolean;
  /** Replaces single limits. */
  readonly limits?: Partial<ShopLimits>;
  /** Takes the security events. Default: JSON lines on standard output. */
  readonly events?: EventSink;
}
