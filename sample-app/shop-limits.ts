import type { NamedThrottler } from 'nestjs-gatehouse';
import { createHash } from 'node:crypto';

/** How often a minute. */
export interface ShopLimits {
  /** Every request, by address. */
  readonly address: number;
  /** Every request, by user. */
  readonly user: number;
  /** Logins, by address. */
  readonly loginAddress: number;
  /** Logins, by the account that is tried, from wherever. */
  readonly loginAccount: number;
}

const DEFAULTS: ShopLimits = { address: 1000, user: 300, loginAddress: 20, loginAccount: 5 };
const A_MINUTE = 60_000;

/** The named limits of the shop. Those of the login hold where `@Throttle` names them. */
export function throttlers(limits: Partial<ShopLimits> = {}): NamedThrottler[] {
  const { address, user, loginAddress, loginAccount } = { ...DEFAULTS, ...limits };
  return [
    { name: 'address', by: 'address', ttl: A_MINUTE, limit: address },
    { name: 'user', by: 'user', ttl: A_MINUTE, limit: user },
    { name: 'login-address', by: 'address', scope: 'declared', ttl: A_MINUTE, limit: loginAddress },
    {
      name: 'login-account',
      by: ({ request }) => accountKey(request.body),
      scope: 'declared',
      ttl: A_MINUTE,
      limit: loginAccount,
    },
  ];
}

/** A hash, because what was typed as a user name may be a password. `undefined` where the body names no account: it is no login. */
function accountKey(body: unknown): string | undefined {
  const username = (body as { username?: unknown } | null | undefined)?.username;
  if (typeof username !== 'string') return undefined;
  return createHash('sha256').update(username).digest('base64url');
}
