import { describe, expect, it } from 'vitest';
import type { ApiKeyStore, StoredApiKey } from '../../../lib/accounts/api-keys/api-key-store.js';
import { MemoryApiKeys, memoryApiKeys } from '../../../lib/accounts/api-keys/memory-api-keys.js';
import { apiKeyStoreContract } from '../../../lib/testing/index.js';

describe('memoryApiKeys keeps the contract of stores', () => {
  for (const { name, run } of apiKeyStoreContract(() => memoryApiKeys())) it(name, run);
});

/** Stores that do one thing wrong. */
const BROKEN: Readonly<Record<string, () => ApiKeyStore>> = {
  'an id in another case is found': () => {
    const store = new MemoryApiKeys();
    const insert = store.insert.bind(store);
    store.insert = (key) => insert({ ...key, id: key.id.toLowerCase() });
    const find = store.find.bind(store);
    store.find = (id) => find(id.toLowerCase());
    return store;
  },
  'a second key replaces the first': () => {
    const keys = new Map<string, StoredApiKey>();
    const store = new MemoryApiKeys();
    store.insert = (key) => void keys.set(key.id, structuredClone(key));
    store.find = (id) => keys.get(id);
    return store;
  },
  'a rotation does not look': () => {
    const store = new MemoryApiKeys();
    const rotate = store.rotate.bind(store);
    store.rotate = (id, _, secret) => rotate(id, store.find(id)?.hash ?? '', secret);
    return store;
  },
  'a use writes back the whole row': () => writingBack(),
  'a revocation has another time': () => {
    const store = new MemoryApiKeys();
    const revoke = store.revoke.bind(store);
    store.revoke = (id, at) => revoke(id, at + 1);
    return store;
  },
  'the list is of everybody': () => {
    const store = new MemoryApiKeys();
    const listOf = store.listOf.bind(store);
    store.listOf = (owner) => [...listOf(owner), ...listOf(owner.toUpperCase()), ...listOf('bob')];
    return store;
  },
};

/** Reads the key, waits, and puts the whole of it back. */
function writingBack(): ApiKeyStore {
  const keys = new Map<string, StoredApiKey>();
  const store = new MemoryApiKeys();
  const late = async (id: string, change: (key: StoredApiKey) => StoredApiKey) => {
    const key = keys.get(id);
    await new Promise(setImmediate);
    if (key) keys.set(id, change(key));
  };
  return {
    listOf: store.listOf.bind(store),
    insert: (key) => {
      if (keys.has(key.id)) throw new RangeError('taken');
      keys.set(key.id, structuredClone(key));
    },
    find: (id) => keys.get(id),
    rotate: (id, expected, secret) => {
      const key = keys.get(id);
      if (key?.hash !== expected || key.revokedAt !== null) return false;
      keys.set(id, { ...key, ...secret });
      return true;
    },
    revoke: (id, at) => {
      const key = keys.get(id);
      if (key?.revokedAt === null) keys.set(id, { ...key, revokedAt: at });
    },
    touch: (id, at) => late(id, (key) => ({ ...key, lastUsedAt: at })),
  };
}

describe('the contract sees a store in which', () => {
  it.each(Object.entries(BROKEN))('%s', async (_, make) => {
    const failed: string[] = [];
    for (const { name, run } of apiKeyStoreContract(make)) {
      await run().catch(() => failed.push(name));
    }
    expect(failed).not.toEqual([]);
  });
});

describe('memoryApiKeys', () => {
  it('is bounded', () => {
    const store = memoryApiKeys();
    const key = { hash: '', revokedAt: null } as unknown as StoredApiKey;
    for (let i = 0; i < 10_000; i++) store.insert({ ...key, id: String(i) });
    expect(() => store.insert({ ...key, id: 'one more' })).toThrow('10000');
  });
});
