import { afterEach, describe, expect, it, vi } from 'vitest';
import { resolveAccounts } from '../../../lib/accounts/accounts.options.js';
import { memoryApiKeys } from '../../../lib/accounts/api-keys/memory-api-keys.js';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import { resolveOptions } from '../../../lib/security.options.js';
import { countedStore } from './support.js';
import { issuer } from '../../support/tokens.js';

const errorOf = (
  apiKeys: unknown,
  run: () => unknown = () => resolveAccounts({ apiKeys }),
): SecurityConfigError => {
  try {
    run();
  } catch (error) {
    if (error instanceof SecurityConfigError) return error;
    throw error;
  }
  throw new Error('no error');
};

const METHODS = ['find', 'insert', 'rotate', 'revoke', 'touch', 'listOf'] as const;
const store = memoryApiKeys();
const noStore = { find: () => undefined, insert: () => undefined };

describe('accounts.apiKeys', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('may be left out', () => {
    expect(resolveAccounts().apiKeys).toBeUndefined();
  });

  it('has defaults for all but prefix and store', () => {
    expect(resolveAccounts({ apiKeys: { prefix: 'shop', store } }).apiKeys).toEqual({
      prefix: 'shop',
      store,
      lifetimeDays: 90,
      overlapHours: 24,
      maxPerOwner: 20,
      deadline: 1000,
    });
  });

  it.each<[object, string, string, string]>([
    [{}, 'option.missing', 'prefix', "'shop'"],
    [{ prefix: 'shop' }, 'option.missing', 'store', 'memoryApiKeys()'],
    [{ prefix: 'shop', store: noStore }, 'option.invalid', 'store', 'without rotate, revoke, touch, listOf'],
    [{ prefix: 'shop', store: memoryApiKeys }, 'option.invalid', 'store', 'is a function'],
    [{ prefix: 'shop', store, lifetime: 90 }, 'option.unknown', 'lifetime', 'known options'],
    [{ prefix: 'shop', store, lifeTimeDays: 90 }, 'option.unknown', 'lifeTimeDays', 'lifetimeDays'],
    [{ prefix: 'shop', store, lifetimeDays: 0 }, 'option.invalid', 'lifetimeDays', 'from 1 to 366'],
    [{ prefix: 'shop', store, lifetimeDays: Infinity }, 'option.invalid', 'lifetimeDays', 'from 1 to 366'],
    [{ prefix: 'shop', store, overlapHours: 169 }, 'option.invalid', 'overlapHours', 'from 0 to 168'],
    [{ prefix: 'shop', store, maxPerOwner: 0 }, 'option.invalid', 'maxPerOwner', 'from 1 to 1000'],
    [{ prefix: 'shop', store, deadline: 0 }, 'option.invalid', 'deadline', 'from 1 to 10000'],
    ...['', 's', 'Shop', '1shop', 'shop_live', 'shöp', 'shop ', 's'.repeat(17), 7].map(
      (prefix): [object, string, string, string] => [
        { prefix, store },
        'option.invalid',
        'prefix',
        'lower case letters and digits',
      ],
    ),
  ])('%j', (options, code, option, text) => {
    const error = errorOf(options);
    expect([error.code, error.path]).toEqual([code, `accounts.apiKeys.${option}`]);
    expect(error.message).toContain(text);
  });

  it('needs a limit for keys: those of users do not count them', () => {
    const user = { name: 'user', by: 'user', ttl: 60_000, limit: 300 };
    const key = { name: 'partners', by: 'key', ttl: 60_000, limit: 300 };
    const options = (throttlers: unknown, apiKeys: unknown = { prefix: 'shop', store }) => ({
      authentication: issuer.options,
      accounts: apiKeys === null ? {} : { apiKeys },
      throttling: { throttlers },
    });
    const error = errorOf(undefined, () => resolveOptions(options([user])));
    expect([error.code, error.path]).toEqual(['option.conflict', 'throttling.throttlers']);
    expect(error.message).toContain("by: 'key'");
    for (const right of [options([user, key]), options(undefined), options([user], null)])
      expect(() => resolveOptions(right)).not.toThrow();
  });

  it('memory is refused in production', () => {
    vi.stubEnv('NODE_ENV', 'PRODUCTION');
    const error = errorOf({ prefix: 'shop', store });
    expect([error.code, error.path]).toEqual(['option.conflict', 'accounts.apiKeys.store']);
    const { store: counted } = countedStore(store);
    const own = Object.fromEntries(METHODS.map((method) => [method, counted[method]]));
    expect(resolveAccounts({ apiKeys: { prefix: 'shop', store: own } }).apiKeys?.store).toBe(own);
  });
});
