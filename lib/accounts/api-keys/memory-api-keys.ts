import type { ApiKeyStore, RotatedSecret, StoredApiKey } from './api-key-store.js';

// For tests and development: so many are a fault of the test.
const MAX_KEYS = 10_000;

/**
 * API keys in this process, for tests and development: they are gone with it. With `NODE_ENV=production` an application that keeps its keys
 * here does not start.
 *
 * @example
 * ```ts
 * accounts: { apiKeys: { prefix: 'shop', store: memoryApiKeys() } }
 * ```
 */
export function memoryApiKeys(): MemoryApiKeys {
  return new MemoryApiKeys();
}

/** See {@link memoryApiKeys}. */
export class MemoryApiKeys implements ApiKeyStore {
  readonly #keys = new Map<string, StoredApiKey>();

  find(id: string): StoredApiKey | undefined {
    return this.#keys.get(id);
  }

  /** @throws {RangeError} where there is one of that id, or 10,000 are kept */
  insert(key: StoredApiKey): void {
    if (this.#keys.has(key.id)) throw new RangeError('There is an API key of that id.');
    if (this.#keys.size >= MAX_KEYS) throw new RangeError(`There are ${MAX_KEYS} API keys in memory.`);
    this.#keys.set(key.id, structuredClone(key));
  }

  rotate(id: string, expected: string, secret: RotatedSecret): boolean {
    const key = this.#keys.get(id);
    if (key?.hash !== expected || key.revokedAt !== null) return false;
    this.#change(id, secret);
    return true;
  }

  revoke(id: string, at: number): void {
    if (this.#keys.get(id)?.revokedAt === null) this.#change(id, { revokedAt: at });
  }

  touch(id: string, at: number): void {
    this.#change(id, { lastUsedAt: at });
  }

  listOf(owner: string): StoredApiKey[] {
    return [...this.#keys.values()].filter((key) => key.owner === owner);
  }

  #change(id: string, changes: Partial<StoredApiKey>): void {
    const key = this.#keys.get(id);
    if (key) this.#keys.set(id, { ...key, ...changes });
  }
}
