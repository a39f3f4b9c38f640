import { describe, expect, it } from 'vitest';
import { SEEDED_ORDERS, SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { ADAPTERS } from '../support/start-app.js';
import { describeAttacks, type Attack } from './support/describe-attacks.js';
import { changes, shows, tellsApart } from './support/object-attacks.js';
import { bearerOf, openTarget } from './support/target.js';
import { withoutIds } from './support/wire.js';

const { alice, bob } = SEEDED_USERS;
const { aliceOpen, bobOpen, bobPaid } = SEEDED_ORDERS;
const MISSING = '99999999-9999-4999-8999-999999999999';
const FOREIGN = `/orders/${bobOpen.id}`;
const BOB = `/users/${bob.id}`;

/** Other ways to write the address of the same order, of which a router and a guard may think differently. */
const SPELLINGS: ReadonlyArray<readonly [method: string, path: string, override?: string]> = [
  ['HEAD', FOREIGN],
  ['OPTIONS', FOREIGN],
  ['GET', `${FOREIGN}/`],
  ['GET', `/orders/${bobOpen.id.toUpperCase()}`],
  ['GET', `/ORDERS/${bobOpen.id}`],
  ['GET', `/orders//${bobOpen.id}`],
  ['GET', `//orders/${bobOpen.id}`],
  ['GET', `/./orders/${bobOpen.id}`],
  ['GET', `/orders/${aliceOpen.id}/../${bobOpen.id}`],
  ['GET', `/orders/${aliceOpen.id}/%2e%2e/${bobOpen.id}`],
  ['GET', `/orders/${aliceOpen.id}%2f..%2f${bobOpen.id}`],
  ['GET', `/orders\\${bobOpen.id}`],
  ['GET', `/%6frders/${bobOpen.id}`],
  ['GET', `/orders/%62${bobOpen.id.slice(1)}`],
  ['GET', `${FOREIGN};x=1`],
  ['GET', `${FOREIGN}.json`],
  ['GET', `${FOREIGN}%00`],
  ['GET', `${FOREIGN}%20`],
  ['GET', `${FOREIGN}?userId=${alice.id}`],
  ['GET', `${FOREIGN}?id=${aliceOpen.id}&owner=${alice.id}`],
  ['GET', `/orders/${bobOpen.id},${aliceOpen.id}`],
  ['GET', `/orders/%5B%22${bobOpen.id}%22%5D`],
  ['GET', FOREIGN, 'DELETE'],
  ['POST', FOREIGN, 'GET'],
  ['POST', FOREIGN, 'PATCH'],
  ['POST', `${FOREIGN}?_method=GET`],
];

const spellings: Attack = {
  name: 'read a foreign order under another spelling of its address',
  async run(target) {
    const before = JSON.stringify(await target.rows());
    const open: string[] = [];
    for (const [method, path, override] of SPELLINGS) {
      const headers: Array<[string, string]> = [['Authorization', bearerOf('alice')]];
      if (override) headers.push(['X-HTTP-Method-Override', override]);
      const { status, raw } = await target.wire({ method, path, headers });
      if (raw.includes(bobOpen.note) || status < 400 || status >= 500)
        open.push(`${method} ${path} ${status}`);
    }
    return { succeeded: open.length > 0 || JSON.stringify(await target.rows()) !== before, open };
  },
};

const order = (id: string): string => `/orders/${id}`;
const user = (id: string): string => `/users/${id}`;
const ORDERS = [
  bobOpen.id,
  MISSING,
  'x',
  '1',
  '%F0%9F%92%A9',
  "'%20OR%201=1%20--",
  `${bobOpen.id},${aliceOpen.id}`,
];
const USERS = [bob.id, MISSING, 'x', '0', 'me', `${bob.id},${alice.id}`];

const attacks: Attack[] = [
  {
    name: 'read a foreign order by its id',
    run: async ({ as }) => shows(await as.alice.get(FOREIGN), bobOpen.note),
  },
  {
    name: 'read a foreign order without an account',
    run: async ({ nobody }) => shows(await nobody.get(FOREIGN), bobOpen.note),
  },
  {
    name: 'change the note of a foreign order',
    run: (target) => changes(target, () => target.as.alice.patch(FOREIGN, { note: 'mine now' })),
  },
  {
    name: 'change nothing of a foreign order, to see the answer',
    run: async ({ as }) => shows(await as.alice.patch(FOREIGN, {}), bobOpen.note),
  },
  {
    name: 'change the status of a foreign order',
    run: (target) => changes(target, () => target.as.alice.patch(FOREIGN, { status: 'cancelled' })),
  },
  {
    name: 'delete a foreign order',
    run: (target) => changes(target, () => target.as.alice.delete(FOREIGN)),
  },
  {
    name: 'delete a foreign order as support, who may read it',
    run: (target) => changes(target, () => target.as.sue.delete(FOREIGN)),
  },
  {
    name: 'refund a foreign order',
    run: (target) => changes(target, () => target.as.alice.post(`/orders/${bobPaid.id}/refund`)),
  },
  {
    name: 'find foreign orders in the list',
    mayRun: ['OrdersController.list'],
    run: async ({ as }) => shows(await as.alice.get('/orders?limit=100'), bobOpen.id),
  },
  {
    name: 'cancel a foreign order among own ones',
    run: (target) =>
      changes(target, () => target.as.alice.post('/orders/bulk-cancel', { ids: [aliceOpen.id, bobOpen.id] })),
  },
  {
    name: 'tell foreign orders from missing ones by cancelling them',
    async run({ as }) {
      const answers = await Promise.all(
        [bobOpen.id, MISSING].map((id) => as.alice.post('/orders/bulk-cancel', { ids: [aliceOpen.id, id] })),
      );
      const told = answers.map(({ status, text }) => `${status} ${withoutIds(text)}`);
      return { succeeded: told[0] !== told[1], told };
    },
  },
  {
    name: 'find foreign orders behind the cursor of somebody else',
    mayRun: ['OrdersController.list'],
    async run({ as }) {
      const { nextCursor } = (await as.bob.get('/orders?limit=1')).body;
      return shows(await as.alice.get(`/orders?limit=100&cursor=${nextCursor}`), bobOpen.id);
    },
  },
  {
    name: 'ask the list for the orders of somebody else',
    mayRun: ['OrdersController.list'],
    async run({ as }) {
      const queries = [
        `userId=${bob.id}`,
        `where[userId]=${bob.id}`,
        'all=true',
        `filter=${bob.id}`,
        'limit=100',
      ];
      const answers = await Promise.all(queries.map((query) => as.alice.get(`/orders?${query}`)));
      return {
        succeeded: answers.some(({ text }) => text.includes(bobOpen.id)),
        statuses: answers.map(({ status }) => status),
      };
    },
  },
  {
    name: 'read the account of somebody else',
    run: async ({ as }) => shows(await as.alice.get(BOB), bob.taxId),
  },
  {
    name: 'read the account of somebody else as support',
    run: async ({ as }) => shows(await as.sue.get(BOB), bob.email),
  },
  {
    name: 'change the address of somebody else, to take the account over',
    run: (target) => changes(target, () => target.as.alice.patch(BOB, { email: 'alice@shop.example' })),
  },
  {
    name: 'delete the account of somebody else',
    run: (target) => changes(target, () => target.as.alice.delete(BOB)),
  },
  spellings,
  tellsApart('GET', order, ORDERS),
  tellsApart('PATCH', order, ORDERS, { note: 'x' }),
  tellsApart('PATCH', order, ORDERS, { status: 'paid' }),
  tellsApart('PATCH', order, ORDERS, { total: 1 }),
  tellsApart('PATCH', order, ORDERS, { note: ['x'] }),
  tellsApart('POST', (id) => `${order(id)}/refund`, ORDERS),
  tellsApart('GET', user, USERS),
  tellsApart('PATCH', user, USERS, { displayName: 'x' }),
  tellsApart('PATCH', user, USERS, { roles: ['admin'] }),
  tellsApart('DELETE', user, USERS),
  tellsApart('DELETE', order, ORDERS),
];

describeAttacks('API1, object level authorization,', attacks);

describe.each(ADAPTERS)('the control of API1 on %s', (adapter) => {
  it('the owner may do what the others may not', async () => {
    const shop = await openTarget('shop', adapter);
    try {
      expect((await shop.as.bob.get(FOREIGN)).body.note).toBe(bobOpen.note);
      expect((await shop.as.bob.patch(FOREIGN, { note: 'mine' })).body.note).toBe('mine');
      expect((await shop.as.bob.delete(FOREIGN)).status).toBe(200);
      expect((await shop.as.bob.get('/orders')).body.items).toHaveLength(2);
      expect((await shop.as.sue.post(`/orders/${bobPaid.id}/refund`)).body.status).toBe('refunded');
      expect((await shop.as.bob.patch(BOB, { displayName: 'Robert' })).body.displayName).toBe('Robert');
      expect(shop.executions).toHaveLength(6);
    } finally {
      await shop.close();
    }
  });
});
