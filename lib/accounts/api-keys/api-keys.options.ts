import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, hasMethod, invalidOption, nameOf, wholeNumber } from '../../core/options.js';
import { inProduction } from '../../core/production.js';
import { API_KEY_PREFIX } from './api-key-format.js';
import type { ApiKeyStore } from './api-key-store.js';
import { MemoryApiKeys } from './memory-api-keys.js';

/**
 * API keys of the application's own, for `ApiKeyService` and `@AuthenticateWith('api-key')`.
 *
 * @example
 * ```ts
 * accounts: { apiKeys: { prefix: 'shop', store: new ApiKeyTable(dataSource) } }
 * ```
 */
export interface ApiKeysOptions {
  /** What every key begins with: 2 to 16 lower case letters and digits, a letter first. Register it with secret scanners. */
  readonly prefix: string;
  /** Where keys are kept. */
  readonly store: ApiKeyStore;
  /** The longest life of a key, and that of one of which nothing else is said, in days. Default 90, at most 366. */
  readonly lifetimeDays?: number;
  /** How long the old secret works after a rotation, at most, and where nothing else is said, in hours. Default 24, at most 168. */
  readonly overlapHours?: number;
  /** How many keys an owner may have that are neither revoked nor expired. Each has limits of its own. Default 20, at most 1000. */
  readonly maxPerOwner?: number;
  /** How long a request waits for the store, in milliseconds. Default 1000. */
  readonly deadline?: number;
}

/** {@link ApiKeysOptions}, checked and complete. */
export type ApiKeysSettings = Required<ApiKeysOptions>;

const PATH = 'accounts.apiKeys';
const METHODS = ['find', 'insert', 'rotate', 'revoke', 'touch', 'listOf'] as const;

/**
 * Checks the `accounts.apiKeys` option; `undefined` where it is left out.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveApiKeys(raw: unknown): ApiKeysSettings | undefined {
  if (raw === undefined) return undefined;
  const known = ['prefix', 'store', 'lifetimeDays', 'overlapHours', 'maxPerOwner', 'deadline'];
  const options = checkOptions(PATH, raw, known);
  return {
    prefix: prefixOf(options['prefix']),
    store: storeOf(options['store']),
    lifetimeDays: wholeNumber(`${PATH}.lifetimeDays`, options['lifetimeDays'], {
      min: 1,
      max: 366,
      default: 90,
    }),
    overlapHours: wholeNumber(`${PATH}.overlapHours`, options['overlapHours'], {
      min: 0,
      max: 168,
      default: 24,
    }),
    maxPerOwner: wholeNumber(`${PATH}.maxPerOwner`, options['maxPerOwner'], {
      min: 1,
      max: 1000,
      default: 20,
    }),
    deadline: wholeNumber(`${PATH}.deadline`, options['deadline'], { min: 1, max: 10_000, default: 1000 }),
  };
}

function prefixOf(prefix: unknown): string {
  const path = `${PATH}.prefix`;
  const fix = "write a short name of the application, for example 'shop': lower case letters and digits";
  if (prefix === undefined) throw new SecurityConfigError('option.missing', path, 'is missing', fix);
  if (typeof prefix === 'string' && API_KEY_PREFIX.test(prefix)) return prefix;
  throw invalidOption(path, prefix, fix);
}

function storeOf(store: unknown): ApiKeyStore {
  const path = `${PATH}.store`;
  const fix = 'write an object with the methods of ApiKeyStore; for tests and development memoryApiKeys()';
  if (store === undefined) throw new SecurityConfigError('option.missing', path, 'is missing', fix);
  const missing = METHODS.filter((method) => !hasMethod(store, method));
  if (missing.length > 0) {
    const problem = `is ${nameOf(store)} without ${missing.join(', ')}`;
    throw new SecurityConfigError('option.invalid', path, problem, fix);
  }
  if (store instanceof MemoryApiKeys && inProduction()) {
    throw new SecurityConfigError(
      'option.conflict',
      path,
      'is memoryApiKeys() while NODE_ENV is production: all keys would be gone with the process',
      'write a store on your database: docs/api-keys.md has one',
    );
  }
  return store as ApiKeyStore;
}
