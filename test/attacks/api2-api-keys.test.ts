import { SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import type { ApiClient } from '../support/api-client.js';
import { describeAttacks, type Attack, type Outcome } from './support/describe-attacks.js';
import type { Target } from './support/target.js';

const { alice, bob } = SEEDED_USERS;
const MADE = 'ApiKeysController.create';

interface Made {
  readonly id: string;
  readonly key: string;
}

/** A key as whoever has an account gets one. */
async function newKey(client: ApiClient): Promise<Made> {
  const { body } = await client.post('/api-keys', { name: 'Warehouse', scopes: ['orders:read'] });
  return body as Made;
}

const withKey = (key: string) => ({ 'X-API-Key': key });

/** Succeeds where the answer is the account of that user. */
async function isAccountOf(
  { nobody }: Target,
  id: string,
  key: string,
  query = '',
  headers: Record<string, string> = withKey(key),
): Promise<Outcome> {
  const { status, body, text } = await nobody.get(`/me${query}`, headers);
  return { succeeded: status === 200 && body?.id === id, status, text };
}

const attacks: Attack[] = [
  {
    name: 'do with a key for orders what its owner may: read the account',
    mayRun: [MADE],
    mayStore: true,
    async run(target) {
      const { key } = await newKey(target.as.alice);
      return isAccountOf(target, alice.id, key);
    },
  },
  {
    name: 'go on with a key that was revoked',
    mayRun: [MADE, 'ApiKeysController.revoke'],
    mayStore: true,
    async run(target) {
      const { id, key } = await newKey(target.as.alice);
      await target.as.alice.delete(`/api-keys/${id}`);
      const { status } = await target.nobody.get('/orders', withKey(key));
      return { succeeded: status === 200, status };
    },
  },
  {
    name: 'send a key in the query, where every log keeps it',
    mayRun: [MADE],
    mayStore: true,
    async run(target) {
      const { key } = await newKey(target.as.alice);
      return isAccountOf(target, alice.id, key, `?api_key=${key}`, {});
    },
  },
  {
    name: 'make a key with a key, which outlives it',
    mayRun: [MADE],
    mayStore: true,
    async run({ as, nobody }) {
      const { key } = await newKey(as.alice);
      const body = { name: 'Next', scopes: ['orders:read'] };
      const { status } = await nobody.post('/api-keys', body, withKey(key));
      return { succeeded: status === 201, status };
    },
  },
  {
    name: 'make a key of somebody else',
    async run(target) {
      const body = { name: 'Mine', scopes: ['orders:read'], owner: bob.id };
      const { status, body: made } = await target.as.alice.post('/api-keys', body);
      return status === 201 ? isAccountOf(target, bob.id, made.key) : { succeeded: false, status };
    },
  },
  {
    name: 'make a key with roles and scopes of one’s own',
    async run({ as }) {
      const bodies = [
        { name: 'Mine', scopes: ['orders:read'], roles: ['admin'] },
        { name: 'Mine', scopes: ['orders:read', 'orders:write', '*'] },
        { name: 'Mine', scopes: ['orders:read'], days: 36_500 },
        { name: 'Mine', scopes: ['orders:read'], expiresAt: '9999-12-31T00:00:00.000Z' },
      ];
      const statuses: number[] = [];
      for (const body of bodies) statuses.push((await as.alice.post('/api-keys', body)).status);
      return { succeeded: statuses.includes(201), statuses };
    },
  },
  {
    name: 'rotate the key of somebody else, and have it',
    mayRun: [MADE],
    mayStore: true,
    async run(target) {
      const { id } = await newKey(target.as.bob);
      const { status, body } = await target.as.alice.post(`/api-keys/${id}/rotate`);
      return body?.key ? isAccountOf(target, bob.id, body.key as string) : { succeeded: false, status };
    },
  },
  {
    name: 'revoke the key of somebody else',
    mayRun: [MADE],
    mayStore: true,
    async run({ as }) {
      const { id } = await newKey(as.bob);
      const { status } = await as.alice.delete(`/api-keys/${id}`);
      return { succeeded: status < 400, status };
    },
  },
  {
    name: 'find out which keys of others there are',
    mayRun: [MADE],
    mayStore: true,
    async run({ as }) {
      const { id } = await newKey(as.bob);
      const missing = id.length > 10 ? `${id.slice(0, -1)}-` : '999999';
      const statuses: number[] = [];
      for (const each of [id, missing])
        statuses.push((await as.alice.post(`/api-keys/${each}/rotate`)).status);
      return { succeeded: statuses[0] !== statuses[1], statuses };
    },
  },
  {
    name: 'read keys again where they are listed, one’s own or those of others',
    mayRun: [MADE, 'ApiKeysController.list'],
    mayStore: true,
    async run({ as }) {
      const keys = [await newKey(as.alice), await newKey(as.bob)];
      const { text } = await as.alice.get('/api-keys');
      return { succeeded: keys.some(({ key }) => text.includes(key)), text };
    },
  },
];

describeAttacks('attacks on API keys', attacks, { freshShop: true });
