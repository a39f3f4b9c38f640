import { deepStrictEqual as equal, rejects } from 'node:assert';
import type { ApiKeyStore, RotatedSecret, StoredApiKey } from '../accounts/api-keys/api-key-store.js';
import type { ContractCase } from './state-store-contract.js';

const NOW = 1_790_000_000_123;
const hashOf = (digit: string): string => digit.repeat(64);

const KEY: StoredApiKey = {
  id: 'ContractKey000001',
  owner: 'alice',
  name: 'Warehouse',
  scopes: ['orders:read'],
  roles: [],
  tenant: null,
  hash: hashOf('a'),
  previousHash: null,
  previousUntil: null,
  createdAt: NOW,
  secretAt: NOW,
  expiresAt: NOW + 7_776_000_000,
  lastUsedAt: null,
  revokedAt: null,
};

const SECRET: RotatedSecret = {
  hash: hashOf('b'),
  previousHash: hashOf('a'),
  previousUntil: NOW + 86_400_000,
  secretAt: NOW + 1,
  expiresAt: NOW + 7_776_000_001,
};

const FIELDS = Object.keys(KEY) as Array<keyof StoredApiKey>;

/** What is stored, as a plain object: a store may hand out rows of a class, with columns of its own. */
function plain(key: StoredApiKey | null | undefined): unknown {
  return key ? Object.fromEntries(FIELDS.map((field) => [field, key[field]])) : null;
}

async function kept(store: ApiKeyStore, id: string): Promise<unknown> {
  return plain(await store.find(id));
}

type Case = readonly [name: string, check: (store: ApiKeyStore) => Promise<void>];

const CASES: readonly Case[] = [
  [
    'finds nothing where nothing is',
    async (store) => {
      equal(await kept(store, KEY.id), null);
      equal(await store.listOf('alice'), []);
    },
  ],
  [
    'finds what was put in, as it was',
    async (store) => {
      const full: StoredApiKey = {
        ...KEY,
        ...SECRET,
        id: 'ContractKey000002',
        name: `O'Brien's "key" \\ é\u{1F600} %_`,
        scopes: ['orders:read', 'a,b', '{"c":1}'],
        roles: ['support', 'user'] as StoredApiKey['roles'],
        tenant: 'north',
        lastUsedAt: NOW + 5,
        revokedAt: NOW + 6,
      };
      const bare: StoredApiKey = { ...KEY, scopes: [] };
      await store.insert(full);
      await store.insert(bare);
      equal(await kept(store, full.id), full);
      equal(await kept(store, bare.id), bare);
    },
  ],
  [
    'keeps a copy of its own',
    async (store) => {
      const scopes = ['orders:read'];
      await store.insert({ ...KEY, scopes });
      scopes.push('orders:write');
      equal((await store.find(KEY.id))?.scopes, ['orders:read']);
    },
  ],
  [
    'tells ids apart that differ in case, or in a space behind them',
    async (store) => {
      await store.insert(KEY);
      for (const id of [KEY.id.toLowerCase(), KEY.id.toUpperCase(), `${KEY.id} `, '%', KEY.id.slice(0, -1)])
        equal(await kept(store, id), null);
      const other = { ...KEY, id: KEY.id.toLowerCase(), owner: 'bob' };
      await store.insert(other);
      equal(await kept(store, other.id), other);
      equal(await kept(store, KEY.id), KEY);
    },
  ],
  [
    'refuses a second key of an id, and keeps the first',
    async (store) => {
      await store.insert(KEY);
      await rejects(async () => store.insert({ ...KEY, owner: 'mallory' }));
      equal(await kept(store, KEY.id), KEY);
    },
  ],
  [
    'rotates the secret that is expected, and nothing else',
    async (store) => {
      await store.insert(KEY);
      const other = { ...KEY, id: 'ContractKey000002' };
      await store.insert(other);
      equal(await store.rotate(KEY.id, hashOf('c'), SECRET), false);
      equal(await kept(store, KEY.id), KEY);
      equal(await store.rotate(KEY.id, KEY.hash, SECRET), true);
      equal(await kept(store, KEY.id), { ...KEY, ...SECRET });
      equal(await store.rotate(KEY.id, KEY.hash, SECRET), false);
      equal(await store.rotate('ContractKey000003', KEY.hash, SECRET), false);
      equal(await kept(store, other.id), other);
    },
  ],
  [
    'lets one of many who rotate at the same time win',
    async (store) => {
      await store.insert(KEY);
      const secrets = Array.from({ length: 16 }, (_, i) => ({ ...SECRET, hash: hashOf(i.toString(16)) }));
      const won = await Promise.all(
        secrets.map(async (secret) => store.rotate(KEY.id, KEY.hash, { ...secret, previousHash: KEY.hash })),
      );
      equal(won.filter((each) => each).length, 1);
      equal((await store.find(KEY.id))?.hash, secrets[won.indexOf(true)]!.hash);
    },
  ],
  [
    'revokes, at once and once, and rotates no revoked key',
    async (store) => {
      await store.insert(KEY);
      const other = { ...KEY, id: 'ContractKey000002' };
      await store.insert(other);
      await store.revoke(KEY.id, NOW + 7);
      equal(await kept(store, KEY.id), { ...KEY, revokedAt: NOW + 7 });
      await store.revoke(KEY.id, NOW + 8);
      equal(await store.rotate(KEY.id, KEY.hash, SECRET), false);
      equal(await kept(store, KEY.id), { ...KEY, revokedAt: NOW + 7 });
      equal(await kept(store, other.id), other);
    },
  ],
  [
    'notes a use, and nothing else',
    async (store) => {
      await store.insert(KEY);
      const other = { ...KEY, id: 'ContractKey000002' };
      await store.insert(other);
      await store.touch(KEY.id, NOW + 9);
      equal(await kept(store, KEY.id), { ...KEY, lastUsedAt: NOW + 9 });
      equal(await kept(store, other.id), other);
    },
  ],
  [
    'loses nothing of what is written at the same time',
    async (store) => {
      await store.insert(KEY);
      await Promise.all([
        ...[1, 2, 3].map(async (ms) => store.touch(KEY.id, NOW + ms)),
        (async () => {
          await store.rotate(KEY.id, KEY.hash, SECRET);
          await store.revoke(KEY.id, NOW + 7);
        })(),
        ...[4, 5, 6].map(async (ms) => store.touch(KEY.id, NOW + ms)),
      ]);
      const found = (await store.find(KEY.id))!;
      equal(typeof found.lastUsedAt, 'number');
      equal(plain(found), { ...KEY, ...SECRET, revokedAt: NOW + 7, lastUsedAt: found.lastUsedAt });
    },
  ],
  [
    'does nothing for a key that is not there',
    async (store) => {
      await store.revoke(KEY.id, NOW);
      await store.touch(KEY.id, NOW);
      equal(await kept(store, KEY.id), null);
    },
  ],
  [
    'lists the keys of an owner, revoked ones too, and nobody else’s',
    async (store) => {
      const mine = ['1', '2', '3'].map((digit) => ({ ...KEY, id: `ContractKey00000${digit}` }));
      for (const key of mine) await store.insert(key);
      for (const [index, owner] of ['bob', 'Alice', 'alice ', 'alic', '%'].entries())
        await store.insert({ ...KEY, owner, id: `ContractKey10000${index}` });
      await store.revoke(mine[1]!.id, NOW);
      const found = [...(await store.listOf('alice'))].sort((a, b) => (a.id < b.id ? -1 : 1));
      equal(found.map(plain), [mine[0], { ...mine[1], revokedAt: NOW }, mine[2]]);
    },
  ],
];

/**
 * What every {@link ApiKeyStore} must do, for any test runner. `make` gives an empty store for each case.
 *
 * @example
 * ```ts
 * for (const { name, run } of apiKeyStoreContract(() => emptyStore())) it(name, run);
 * ```
 */
export function apiKeyStoreContract(make: () => ApiKeyStore | Promise<ApiKeyStore>): ContractCase[] {
  return CASES.map(([name, check]) => ({ name, run: async () => check(await make()) }));
}
