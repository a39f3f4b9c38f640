import type { KeyObject } from 'node:crypto';
import { SecurityConfigError } from '../../../core/config-error.js';
import { checkOptions, wholeNumber } from '../../../core/options.js';
import { MAX_LOG_LIMIT, type Rate } from '../../../core/state-store.js';
import { optionalSecret } from '../../../kit/keys/secret-option.js';
import { PERIOD_BOUNDS, unitsOfSite, type SimpleLimit } from '../limit-bounds.js';

/**
 * How often somebody may fail to sign in, for {@link Lockout}; the next attempt is refused.
 *
 * @example
 * ```ts
 * lockout: { account: { limit: 5, ttl: 900_000 }, secret: process.env.DEVICE_SECRET }
 * ```
 */
export interface LockoutOptions {
  /** On one account, from devices that are not known. Default: 5 in 15 minutes. */
  readonly account?: SimpleLimit;
  /** From one address (IPv6: /64, and sixteen times as many from a /48), on any accounts. Default: 50 in 15 minutes; at least four times that of an account. */
  readonly address?: SimpleLimit;
  /** From one known device. Default: 10 in 15 minutes. */
  readonly device?: SimpleLimit;
  /** Signs the cookies by which devices are known, the same in every instance: 32 bytes or more. Left out: none is known. */
  readonly secret?: string | Uint8Array;
  /** How long a device is known after a sign-in, in days. Default 365. */
  readonly deviceDays?: number;
}

/** {@link LockoutOptions}, checked and complete. */
export interface LockoutSettings {
  readonly account: Rate;
  readonly address: Rate;
  /** Of an IPv6 /48. */
  readonly site: Rate;
  readonly device: Rate;
  readonly secret: KeyObject | undefined;
  /** Seconds. */
  readonly deviceAge: number;
}

const PATH = 'throttling.lockout';
const QUARTER = 15 * 60_000;
// A few users who forgot their passwords must not lock out the rest of their office.
const ACCOUNTS_AN_ADDRESS = 4;

/**
 * Checks the `throttling.lockout` option.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveLockout(raw: unknown = {}): LockoutSettings {
  const options = checkOptions(PATH, raw, ['account', 'address', 'device', 'secret', 'deviceDays']);
  const account = rate('account', options['account'], 5);
  const address = rate('address', options['address'], 50);
  if (address.limit < ACCOUNTS_AN_ADDRESS * account.limit) {
    throw new SecurityConfigError(
      'option.conflict',
      `${PATH}.address`,
      `admits ${address.limit} failures and account ${account.limit}: a few users behind one address would lock out the others`,
      `write at least ${ACCOUNTS_AN_ADDRESS * account.limit} for address, or fewer for account`,
    );
  }
  for (const key of ['device', 'deviceDays']) {
    if (options[key] === undefined || Object.hasOwn(options, 'secret')) continue;
    throw new SecurityConfigError(
      'option.conflict',
      `${PATH}.${key}`,
      'is set, and no device is known without a secret',
      `write ${PATH}.secret, or leave ${key} out`,
    );
  }
  const deviceDays = wholeNumber(`${PATH}.deviceDays`, options['deviceDays'], {
    min: 1,
    max: 400,
    default: 365,
  });
  return {
    account,
    address,
    site: siteRate(address),
    device: rate('device', options['device'], 10),
    secret: optionalSecret(PATH, options, 'secret'),
    deviceAge: deviceDays * 86_400,
  };
}

function rate(name: string, raw: unknown, byDefault: number): Rate {
  const path = `${PATH}.${name}`;
  const options = checkOptions(path, raw ?? {}, ['limit', 'ttl']);
  const limit = wholeNumber(`${path}.limit`, options['limit'], {
    min: 1,
    max: MAX_LOG_LIMIT,
    default: byDefault,
  });
  const period = wholeNumber(`${path}.ttl`, options['ttl'], {
    min: 1000,
    max: PERIOD_BOUNDS.max,
    default: QUARTER,
  });
  return { algorithm: 'log', limit, period, burst: limit, block: 0 };
}

// No log, which would have to hold every failure of a site.
function siteRate({ limit, period }: Rate): Rate {
  const units = unitsOfSite(limit);
  return { algorithm: 'gcra', limit: units, period, burst: units, block: 0 };
}
