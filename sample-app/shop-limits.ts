import type { ThrottlingOptions } from 'nestjs-gatehouse';

/** How often a minute. */
export interface ShopLimits {
  /** Every request, by address. */
  readonly address: number;
  /** Every request, by user. */
  readonly user: number;
  /** Every request with an API key, by key. */
  readonly key: number;
  /** Tokens and API keys that are refused, by address. */
  readonly badTokens: number;
  /** Failed logins, by address. */
  readonly loginAddress: number;
  /** Failed logins, by the account that is tried, from devices that are not known. */
  readonly loginAccount: number;
}

const DEFAULTS: ShopLimits = {
  address: 1000,
  user: 300,
  key: 300,
  badTokens: 100,
  loginAddress: 20,
  loginAccount: 5,
};
const A_MINUTE = 60_000;

/** How often anything may be asked of the shop. `secret` signs the cookies of devices that have logged in before. */
export function throttling(secret: Uint8Array, limits: Partial<ShopLimits> = {}): ThrottlingOptions {
  const { address, user, key, badTokens, loginAddress, loginAccount } = { ...DEFAULTS, ...limits };
  return {
    throttlers: [
      { name: 'address', by: 'address', ttl: A_MINUTE, limit: address },
      { name: 'user', by: 'user', ttl: A_MINUTE, limit: user },
      { name: 'key', by: 'key', ttl: A_MINUTE, limit: key },
    ],
    failures: { ttl: A_MINUTE, limit: badTokens },
    lockout: {
      account: { limit: loginAccount, ttl: A_MINUTE },
      address: { limit: loginAddress, ttl: A_MINUTE },
      secret,
    },
  };
}
