import { expect } from 'vitest';
import { SEEDED_ORDERS, SEEDED_USERS, type SeededName } from '../../sample-app/database/seed-data.js';
import { leaksIn, missingIn, placeCanaries } from './support/canaries.js';
import { describeAttacks, type Attack } from './support/describe-attacks.js';
import { bearerOf, type Target } from './support/target.js';

const { alice, bob, root } = SEEDED_USERS;
const { aliceOpen, bobOpen, bobPaid } = SEEDED_ORDERS;
const MISSING = '99999999-9999-4999-8999-999999999999';
const ORDER = `/orders/${aliceOpen.id}`;
const ME = `/users/${alice.id}`;

/** Succeeds where a row holds what was sent, or there is a row more. */
function writes(
  name: string,
  who: SeededName,
  method: string,
  path: string,
  ...bodies: ReadonlyArray<object | string>
): Attack {
  return {
    name: `write ${name}`,
    async run({ as, rows }) {
      const before = JSON.stringify(await rows());
      const answers: string[] = [];
      for (const body of bodies) {
        const { status, text } = await as[who].send(method, path, body);
        answers.push(`${status} ${text}`);
      }
      return { succeeded: JSON.stringify(await rows()) !== before, answers };
    },
  };
}

/** Succeeds where the body is taken at all: what it would do depends on what the code behind does with it. */
function isTaken(name: string, method: string, path: string, ...bodies: string[]): Attack {
  return {
    name: `send ${name}`,
    async run({ as }) {
      const answers: string[] = [];
      for (const body of bodies) {
        const { status, text } = await as.alice.send(method, path, body);
        answers.push(`${status} ${text}`);
      }
      return { succeeded: answers.some((answer) => answer.startsWith('2')), answers };
    },
  };
}

const ORDER_WRITES: Readonly<Record<string, unknown>> = {
  id: 'a0000000-0000-4000-8000-0000000000ff',
  userId: bob.id,
  status: 'paid',
  total: 1,
  costPrice: 1,
  internalNote: 'written by a customer',
  createdAt: '2020-01-01T00:00:00.000Z',
};
const USER_WRITES: Readonly<Record<string, unknown>> = {
  roles: ['admin'],
  passwordHash: '$argon2id$AAAA$AAAA',
  username: 'administrator',
  taxId: 'DE-00-000-000',
  createdAt: '2020-01-01T00:00:00.000Z',
};
const item = { sku: 'MUG', quantity: 1 };

const massAssignment: Attack[] = [
  ...Object.entries(ORDER_WRITES).map(([key, value]) =>
    writes(
      `${key} of one’s own order`,
      'alice',
      'PATCH',
      ORDER,
      { [key]: value },
      { note: 'ok', [key]: value },
    ),
  ),
  ...Object.entries(USER_WRITES).map(([key, value]) =>
    writes(
      `${key} of one’s own account`,
      'alice',
      'PATCH',
      ME,
      { [key]: value },
      { displayName: 'ok', [key]: value },
    ),
  ),
  writes('a second account under another id', 'alice', 'PATCH', ME, {
    id: '0a11ce00-0000-4000-8000-0000000000ff',
    username: 'newcomer',
  }),
  ...Object.entries({ ...ORDER_WRITES, items: [{ ...item, price: 1 }] }).map(([key, value]) =>
    writes(`${key} of a new order`, 'alice', 'POST', '/orders', { items: [item], [key]: value }),
  ),
  writes('a price that the shop pays', 'alice', 'POST', '/orders', { items: [{ sku: 'MUG', quantity: -5 }] }),
  writes('the note of a customer as support', 'sue', 'PATCH', ORDER, { note: 'changed' }),
  writes('the internal note as support', 'sue', 'PATCH', ORDER, { internalNote: 'changed' }),
  writes('the total as administrator', 'root', 'PATCH', ORDER, { total: 1 }),
  writes('the tax id of a user as administrator', 'root', 'PATCH', ME, { taxId: 'x' }),
  writes('a status that there is not', 'sue', 'PATCH', ORDER, { status: 'stolen' }),
  writes('a role that there is not', 'root', 'PATCH', ME, { roles: ['owner'] }),
  isTaken(
    '__proto__ and constructor to an order',
    'PATCH',
    ORDER,
    '{"__proto__":{"status":"paid"}}',
    '{"note":"x","__proto__":null}',
    '{"constructor":{"name":"Order"}}',
    '{"\\u005f_proto__":{"status":"paid"}}',
    '{"constructor":{"prototype":{"status":"paid"}}}',
  ),
  isTaken(
    '__proto__ and constructor to an account',
    'PATCH',
    ME,
    '{"__proto__":{"roles":["admin"]}}',
    '{"constructor":{"name":"User"}}',
    '{"prototype":{"roles":["admin"]}}',
  ),
  isTaken(
    '__proto__ inside a new order',
    'POST',
    '/orders',
    '{"items":[{"sku":"MUG","quantity":1,"__proto__":{"price":1}}]}',
    '{"items":[{"sku":"MUG","quantity":1,"constructor":{"price":1}}]}',
    '{"items":{"0":{"sku":"MUG","quantity":1},"length":1},"toString":1}',
    '{"items":[{"sku":"MUG","quantity":1}],"hasOwnProperty":1}',
  ),
];

/** Reads everything that there is, and makes errors of many kinds on the way. Gives the raw bytes of all answers. */
async function readAll({ wire }: Target, authorization: string | undefined): Promise<string> {
  const requests: Array<[method: string, path: string, body?: string]> = [
    ...[
      '/me',
      '/orders',
      '/orders?limit=100',
      '/orders?limit=x',
      '/users',
      '/users?limit=2',
      '/accounts',
      '/accounts?limit=1',
      '/health',
      '/nowhere',
    ].map((path): [string, string] => ['GET', path]),
    ['GET', '/.well-known/jwks.json'],
    ['GET', '/orders?sort=costPrice&fields=internalNote,passwordHash&expand=user'],
    ...[aliceOpen.id, bobPaid.id, MISSING].flatMap((id): Array<[string, string, string?]> => [
      ['GET', `/orders/${id}`],
      ['PATCH', `/orders/${id}`, '{}'],
      ['PATCH', `/orders/${id}`, '{"note":7}'],
      ['PATCH', `/orders/${id}`, '{"total":1,"status":"open","internalNote":null}'],
      ['PATCH', `/orders/${id}`, '{"note":'],
      ['POST', `/orders/${id}/refund`],
    ]),
    ...[alice.id, root.id, MISSING].flatMap((id): Array<[string, string, string?]> => [
      ['GET', `/users/${id}`],
      ['PATCH', `/users/${id}`, '{}'],
      ['PATCH', `/users/${id}`, '{"email":"nobody"}'],
      ['PATCH', `/users/${id}`, '{"passwordHash":"x"}'],
    ]),
    ['POST', '/orders', '{"items":[{"sku":"MUG","quantity":1}]}'],
    ['POST', '/orders', '{"items":[{"sku":"NONE","quantity":1}]}'],
    ['POST', '/auth/login', '{"username":"canary-alice-username-yranac","password":""}'],
    ['DELETE', `/orders/${bobPaid.id}`],
    ['DELETE', `/orders/${bobOpen.id}`],
    ['DELETE', `/users/${bob.id}`],
  ];
  let bytes = '';
  for (const [method, path, body] of requests) {
    const headers: Array<[string, string]> = [['Content-Type', 'application/json']];
    if (authorization) headers.push(['Authorization', authorization]);
    bytes += (await wire({ method, path, headers, body })).raw;
  }
  return bytes;
}

const VIEWERS = [...(Object.keys(SEEDED_USERS) as SeededName[]), 'nobody'] as const;

const exposure: Attack[] = VIEWERS.map((viewer) => ({
  name: `see more than one may, as ${viewer}`,
  // All answers are looked at, whatever runs for them; what may run is for the other attacks to say.
  mayRun: 'any',
  mayStore: true,
  async run(target) {
    const bytes = await readAll(target, viewer === 'nobody' ? undefined : bearerOf(viewer));
    const leaks = leaksIn(bytes, viewer);
    // Who sees nothing at all leaks nothing either.
    if (target.kind === 'shop') expect(missingIn(bytes, viewer)).toEqual([]);
    return { succeeded: leaks.length > 0, leaks };
  },
}));

describeAttacks('API3, property level authorization,', [...massAssignment, ...exposure], {
  arrange: placeCanaries,
});
