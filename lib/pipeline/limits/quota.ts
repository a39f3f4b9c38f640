import type { Rate } from '../../core/state-store.js';
import { headerPolicy } from './limit-headers.js';
import { LIMIT_BOUNDS } from './limit-bounds.js';
import type { ThrottlerSettings } from './limits.options.js';

/** How much a limit admits, in all the forms in which it is asked for. */
export interface Quota {
  readonly rate: Rate;
  /** The share of this instance, while the store that all instances share is down. */
  readonly local: Rate;
  /** Its item of `RateLimit-Policy`; `undefined` where the headers do not name it. */
  readonly policy: string | undefined;
}

/** The quota of `limit` units. */
export function quotaOf(source: ThrottlerSettings, limit: number, instances: number): Quota {
  const { name, algorithm, ttl, blockDuration, headers } = source;
  const rateOf = (units: number): Rate => ({
    algorithm,
    limit: units,
    period: ttl,
    burst: algorithm === 'log' ? units : Math.min(units, source.burst ?? units),
    block: blockDuration,
  });
  const rate = rateOf(limit);
  return {
    rate,
    local: rateOf(Math.ceil(limit / instances)),
    policy: headers ? headerPolicy(name, rate) : undefined,
  };
}

const MOST_QUOTAS = 100;

/** The quotas of a limit that differs from caller to caller, each made once. */
export class Quotas {
  readonly #byLimit = new Map<number, Quota>();

  constructor(
    private readonly source: ThrottlerSettings,
    private readonly instances: number,
  ) {}

  /** @throws {TypeError} where the function of the option gave no limit */
  of(limit: unknown): Quota {
    const known = this.#byLimit.get(limit as number);
    if (known) return known;
    if (!Number.isInteger(limit) || (limit as number) < 1 || (limit as number) > LIMIT_BOUNDS.max) {
      throw new TypeError(
        `the function limit of throttler '${this.source.name}' gave no whole number from 1`,
      );
    }
    if (this.#byLimit.size >= MOST_QUOTAS) this.#byLimit.clear();
    const quota = quotaOf(this.source, limit as number, this.instances);
    this.#byLimit.set(limit as number, quota);
    return quota;
  }
}
