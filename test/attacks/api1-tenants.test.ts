import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { Order } from '../../sample-app/database/order.entity.js';
import {
  SEEDED_ACCOUNTS,
  SEEDED_ORDERS,
  SEEDED_USERS,
  type SeededName,
} from '../../sample-app/database/seed-data.js';
import { ADAPTERS } from '../support/start-app.js';
import { describeAttacks, type Attack } from './support/describe-attacks.js';
import { changes, shows, tellsApart } from './support/object-attacks.js';
import { openTarget, type Target } from './support/target.js';
import { forge } from './support/tokens.js';

const { alice, bob, sue, root, carol, sam } = SEEDED_USERS;
const { kitchen, canteen } = SEEDED_ACCOUNTS;
const { aliceOpen, alicePaid, carolOpen } = SEEDED_ORDERS;
const MISSING = '99999999-9999-4999-8999-999999999999';
const ITEMS = [{ sku: 'MUG', quantity: 1 }];
const SHARED = `/orders/${alicePaid.id}`;
const PRIVATE = 'for the eyes of the shop';
/** One that alice is in with nobody. */
const alone = 'acc00000-0000-4000-8000-0000000000aa';
/** Whoever else is in the account that alice shares with bob. */
const THIRD = '00000003-0000-4000-8000-000000000003';

/** Alice orders by the account that she shares with bob, and has another one to herself. */
async function arrange(source: DataSource): Promise<void> {
  await source
    .getRepository(Order)
    .update({ id: alicePaid.id }, { accountId: kitchen.id, note: PRIVATE, internalNote: 'a secret' });
  await source.query(
    `INSERT INTO accounts (id, "tenantId", name, "ownerId", "createdAt") SELECT '${alone}', "tenantId", 'Alone', "ownerId", "createdAt" FROM accounts WHERE id = '${kitchen.id}'`,
  );
  await source.query(
    `INSERT INTO account_members ("accountId", "userId") VALUES ('${alone}', '${alice.id}'), ('${kitchen.id}', '${THIRD}')`,
  );
}

const orderBy = (who: SeededName, accountId: string) => (target: Target) =>
  changes(target, () => target.as[who].post('/orders', { items: ITEMS, accountId }));
const invites = (who: SeededName, account: string, userId: string) => (target: Target) =>
  changes(target, () => target.as[who].post(`/accounts/${account}/members`, { userId }));
const removes =
  (who: SeededName, userId: string, account: string = kitchen.id) =>
  (target: Target) =>
    changes(target, () => target.as[who].delete(`/accounts/${account}/members/${userId}`));

/** What a member of an account may not do, though they read its orders. */
const ofMembers: Attack[] = [
  {
    name: 'read the note of an order of one’s account',
    mayRun: ['OrdersController.get', 'OrdersController.list'],
    async run({ as }) {
      const answers = [await as.bob.get(SHARED), await as.bob.get('/orders?limit=100')];
      return { succeeded: answers.some(({ text }) => text.includes(PRIVATE) || text.includes('a secret')) };
    },
  },
  {
    name: 'change the note of an order of one’s account',
    run: (target) => changes(target, () => target.as.bob.patch(SHARED, { note: 'mine' })),
  },
  {
    name: 'delete an order of one’s account',
    run: (target) => changes(target, () => target.as.bob.delete(SHARED)),
  },
  {
    name: 'cancel orders of one’s account',
    run: (target) =>
      changes(target, () => target.as.bob.post('/orders/bulk-cancel', { ids: [alicePaid.id] })),
  },
  {
    name: 'move an order to another account',
    run: (target) => changes(target, () => target.as.alice.patch(SHARED, { accountId: alone })),
  },
  { name: 'make somebody a member as a member', run: invites('bob', kitchen.id, sue.id) },
  { name: 'remove a member as a member', run: removes('bob', THIRD) },
  { name: 'remove the owner as a member', run: removes('bob', alice.id) },
  { name: 'remove a member as support, who reads all accounts', run: removes('sue', bob.id) },
  {
    name: 'remove oneself as the owner, whose orders nobody would see',
    mayRun: ['AccountsController.remove'],
    run: removes('alice', alice.id),
  },
  { name: 'order by an account as support, who reads it', run: orderBy('sue', kitchen.id) },
];

/** What the account of others is closed to. */
const ofStrangers: Attack[] = [
  {
    name: 'read an account of which one is no member',
    run: async ({ as }) => shows(await as.bob.get(`/accounts/${alone}`), 'Alone'),
  },
  {
    name: 'find an account of others in the list',
    mayRun: ['AccountsController.list'],
    run: async ({ as }) => shows(await as.bob.get('/accounts?limit=100'), alone),
  },
  { name: 'order by the account of others, and show them the order', run: orderBy('bob', alone) },
  { name: 'become a member of the account of others', run: invites('bob', alone, bob.id) },
  { name: 'remove the members of the account of others', run: removes('bob', alice.id, alone) },
  {
    name: 'read on once one is no member any more',
    mayRun: ['AccountsController.remove', 'OrdersController.list'],
    mayStore: true,
    async run({ as }) {
      await as.alice.delete(`/accounts/${kitchen.id}/members/${bob.id}`);
      const answers = [
        await as.bob.get(SHARED),
        await as.bob.get('/orders?limit=100'),
        await as.bob.get(`/accounts/${kitchen.id}`),
      ];
      return {
        succeeded: answers.some(({ text }) => text.includes(alicePaid.id) || text.includes(kitchen.name)),
        statuses: answers.map(({ status }) => status),
      };
    },
  },
  {
    name: 'make an account of somebody else, or in another tenant',
    async run(target) {
      const bodies = [
        { name: 'x', ownerId: alice.id },
        { name: 'x', tenantId: carol.tenantId },
        { name: 'x', members: [{ userId: alice.id }] },
        { name: 'x', id: kitchen.id },
      ];
      const before = JSON.stringify(await target.rows());
      const statuses: number[] = [];
      for (const body of bodies) statuses.push((await target.as.bob.post('/accounts', body)).status);
      return { succeeded: JSON.stringify(await target.rows()) !== before, statuses };
    },
  },
];

const FOREIGN_STAFF = ['carol', 'sam', 'ada'] as const;

/** Succeeds where one of the other tenant, whatever their role, is shown something of the first. */
const ofTheFirst = ({ text }: { readonly text: string }): boolean =>
  [alice, bob, sue, root].some(({ id, email }) => text.includes(id) || text.includes(email)) ||
  [aliceOpen, alicePaid].some(({ id }) => text.includes(id)) ||
  text.includes(kitchen.name);

function reads(path: string, mayRun: readonly string[] = []): Attack {
  return {
    name: `read the other tenant: GET ${path.replace(/[0-9a-f-]{36}/, ':id')}`,
    mayRun,
    async run({ as }) {
      const answers = await Promise.all(FOREIGN_STAFF.map((who) => as[who].get(path)));
      return {
        succeeded: answers.some((answer) => ofTheFirst(answer)),
        answers: answers.map(({ status, text }) => `${status} ${text}`),
      };
    },
  };
}

function writes(name: string, act: (client: Target['as'][SeededName]) => Promise<{ text: string }>): Attack {
  return {
    name: `${name} of the other tenant`,
    async run(target) {
      const before = JSON.stringify(await target.rows());
      const said: string[] = [];
      for (const who of FOREIGN_STAFF) said.push((await act(target.as[who])).text);
      return { succeeded: JSON.stringify(await target.rows()) !== before, said };
    },
  };
}

const ofTenants: Attack[] = [
  reads(`/orders/${aliceOpen.id}`),
  reads('/orders?limit=100', ['OrdersController.list']),
  reads('/orders?limit=100&status=open&sort=total', ['OrdersController.list']),
  reads(`/accounts/${kitchen.id}`),
  reads(`/accounts/${kitchen.id}/orders`),
  reads('/accounts?limit=100', ['AccountsController.list']),
  reads(`/users/${alice.id}`),
  reads('/users?limit=100', ['UsersController.list']),
  writes('change the note of an order', (client) => client.patch(`/orders/${aliceOpen.id}`, { note: 'x' })),
  writes('change the status of an order', (client) =>
    client.patch(`/orders/${aliceOpen.id}`, { status: 'paid' }),
  ),
  writes('write the internal note of an order', (client) =>
    client.patch(`/orders/${aliceOpen.id}`, { internalNote: 'x' }),
  ),
  writes('delete an order', (client) => client.delete(`/orders/${aliceOpen.id}`)),
  writes('refund an order', (client) => client.post(`${SHARED}/refund`)),
  writes('cancel orders, among own ones,', (client) =>
    client.post('/orders/bulk-cancel', { ids: [carolOpen.id, aliceOpen.id] }),
  ),
  writes('order by an account', (client) => client.post('/orders', { items: ITEMS, accountId: kitchen.id })),
  writes('join an account', (client) => client.post(`/accounts/${kitchen.id}/members`, { userId: carol.id })),
  writes('remove a member', (client) => client.delete(`/accounts/${kitchen.id}/members/${bob.id}`)),
  writes('change the email of a user', (client) =>
    client.patch(`/users/${alice.id}`, { email: 'carol@south.example' }),
  ),
  writes('make a user administrator', (client) => client.patch(`/users/${alice.id}`, { roles: ['admin'] })),
  writes('delete a user', (client) => client.delete(`/users/${bob.id}`)),
  {
    name: 'take a user of the other tenant into an account',
    run: invites('carol', canteen.id, alice.id),
  },
  {
    name: 'order for the other tenant',
    run: (target) =>
      changes(target, () => target.as.carol.post('/orders', { items: ITEMS, tenantId: alice.tenantId })),
  },
  {
    name: 'move an order, an account and a user to the other tenant',
    async run(target) {
      const before = JSON.stringify(await target.rows());
      const { carol: mine, ada } = target.as;
      const statuses = [
        await mine.patch(`/orders/${carolOpen.id}`, { tenantId: alice.tenantId }),
        await mine.patch(`/users/${carol.id}`, { tenantId: alice.tenantId }),
        await ada.patch(`/users/${sam.id}`, { tenantId: alice.tenantId, roles: ['admin'] }),
      ].map(({ status }) => status);
      return { succeeded: JSON.stringify(await target.rows()) !== before, statuses };
    },
  },
  {
    name: 'go on with the cursor of a list of the other tenant',
    mayRun: ['OrdersController.list'],
    async run({ as }) {
      const { nextCursor } = (await as.sue.get('/orders?limit=1')).body;
      const answer = await as.sam.get(`/orders?limit=100&cursor=${nextCursor}`);
      return { succeeded: ofTheFirst(answer), status: answer.status };
    },
  },
];

/** Tokens from before there were tenants, and with tenants that are none, or almost the right one. */
const TENANTS: Readonly<Record<string, unknown>> = {
  'no tenant': undefined,
  'an empty tenant': '',
  'null for a tenant': null,
  'both tenants': [alice.tenantId, carol.tenantId],
  'an object for a tenant': { $ne: null },
  'a pattern for a tenant': '%',
  'the tenant in capitals': alice.tenantId.toUpperCase(),
  'the tenant and a space': `${alice.tenantId} `,
};

const withoutTenant: Attack[] = Object.entries(TENANTS).map(([name, tenant]) => ({
  name: `use a token with ${name}`,
  // A handler that finds nothing.
  mayRun: ['OrdersController.list', 'AccountsController.list', 'UsersController.list', 'MeController.me'],
  async run(target) {
    const before = JSON.stringify(await target.rows());
    const open: string[] = [];
    for (const [sub, roles] of [
      [alice.id, ['user']],
      [root.id, ['admin']],
    ] as const) {
      const claims = { sub, roles, scope: 'orders:read', jti: randomUUID() };
      const client = target.nobody.as(forge.claiming(tenant === undefined ? claims : { ...claims, tenant }));
      const tries: Array<[method: string, path: string, body?: object]> = [
        ...[
          '/me',
          '/orders',
          `/orders/${aliceOpen.id}`,
          '/accounts',
          `/accounts/${kitchen.id}`,
          `/accounts/${kitchen.id}/orders`,
        ].map((path): [string, string] => ['GET', path]),
        ['GET', '/users'],
        ['GET', `/users/${alice.id}`],
        ['PATCH', `/orders/${aliceOpen.id}`, { note: 'x' }],
        ['PATCH', `/users/${alice.id}`, { displayName: 'x' }],
        ['POST', '/orders/bulk-cancel', { ids: [aliceOpen.id] }],
        ['POST', `${SHARED}/refund`],
        ['DELETE', `/orders/${aliceOpen.id}`],
        ['DELETE', `/accounts/${kitchen.id}/members/${bob.id}`],
        ['DELETE', `/users/${bob.id}`],
      ];
      const creations: typeof tries = [
        ['POST', '/orders', { items: ITEMS }],
        ['POST', '/accounts', { name: 'x' }],
        ['POST', '/api-keys', { name: 'x', scopes: ['orders:read'] }],
      ];
      // Of a tenant that nobody else has, which the shop has signed: it is nobody's harm.
      const another = typeof tenant === 'string' && tenant !== '';
      for (const [method, path, body] of another ? tries : [...tries, ...creations]) {
        const { status, text } = await client.send(method, path, body);
        const empty = text === '{"items":[],"nextCursor":null}';
        if (status < 400 && !empty) open.push(`${method} ${path} ${status} ${text}`);
      }
    }
    return { succeeded: open.length > 0 || JSON.stringify(await target.rows()) !== before, open };
  },
}));

const order = (id: string): string => `/orders/${id}`;
const ids = (foreign: string) => [foreign, MISSING, 'x', '0'];

describeAttacks(
  'API1, the objects of teams and tenants,',
  [
    ...ofMembers,
    ...ofStrangers,
    ...ofTenants,
    ...withoutTenant,
    tellsApart('GET', (id) => `/accounts/${id}`, ids(alone), undefined, 'bob'),
    tellsApart('GET', (id) => `/accounts/${id}`, ids(canteen.id)),
    tellsApart('GET', (id) => `/accounts/${id}/orders`, ids(alone), undefined, 'bob'),
    tellsApart('GET', (id) => `/accounts/${id}/orders`, ids(canteen.id), undefined, 'root'),
    tellsApart('POST', (id) => `/accounts/${id}/members`, ids(alone), { userId: bob.id }, 'bob'),
    tellsApart(
      'POST',
      () => `/accounts/${kitchen.id}/members`,
      ids(carol.id),
      (userId: string) => ({ userId }),
    ),
    tellsApart(
      'POST',
      () => '/orders',
      ids(alone),
      (accountId: string) => ({ items: ITEMS, accountId }),
      'bob',
    ),
    tellsApart('DELETE', (id) => `/accounts/${alone}/members/${id}`, ids(alice.id), undefined, 'bob'),
    tellsApart('GET', order, ids(carolOpen.id), undefined, 'sue'),
    tellsApart('PATCH', order, ids(carolOpen.id), { status: 'paid' }, 'sue'),
    tellsApart('PATCH', order, ids(carolOpen.id), { internalNote: 'x' }, 'root'),
    tellsApart('POST', (id) => `${order(id)}/refund`, ids(carolOpen.id), undefined, 'sue'),
    tellsApart('GET', (id) => `/users/${id}`, ids(carol.id), undefined, 'root'),
    tellsApart('PATCH', (id) => `/users/${id}`, ids(carol.id), { roles: ['admin'] }, 'root'),
    tellsApart('DELETE', (id) => `/users/${id}`, ids(carol.id), undefined, 'root'),
  ],
  { arrange },
);

describe.each(ADAPTERS)('the control of the attacks on teams and tenants on %s', (adapter) => {
  it('who may, may, and each of these runs its handler', async () => {
    const shop = await openTarget('shop', adapter, { arrange });
    const { as, executions } = shop;
    try {
      expect((await as.bob.get(SHARED)).body.total).toBe(9700);
      expect((await as.bob.get('/orders?limit=100')).body.items).toHaveLength(4);
      expect((await as.bob.get(`/accounts/${kitchen.id}/orders`)).body.items).toHaveLength(2);
      expect((await as.sue.get('/accounts')).body.items).toHaveLength(2);
      expect((await as.sam.get('/accounts')).body.items).toHaveLength(1);
      expect((await as.sam.get('/orders')).body.items).toMatchObject([{ id: carolOpen.id, costPrice: 2000 }]);
      expect((await as.ada.get('/users')).body.items).toHaveLength(3);
      expect((await as.bob.post('/orders', { items: ITEMS, accountId: kitchen.id })).status).toBe(201);
      expect((await as.alice.post(`/accounts/${alone}/members`, { userId: bob.id })).status).toBe(201);
      expect((await as.alice.delete(`/accounts/${kitchen.id}/members/${bob.id}`)).status).toBe(204);
      expect((await as.carol.post(`/accounts/${canteen.id}/members`, { userId: sam.id })).status).toBe(201);
      expect((await as.sam.patch(`/orders/${carolOpen.id}`, { status: 'paid' })).body.status).toBe('paid');
      expect((await as.sam.post(`/orders/${carolOpen.id}/refund`)).body.status).toBe('refunded');
      expect((await as.ada.patch(`/users/${carol.id}`, { displayName: 'C' })).body.displayName).toBe('C');
      expect((await as.carol.delete(`/orders/${carolOpen.id}`)).status).toBe(403);
      expect(executions).toHaveLength(14);
    } finally {
      await shop.close();
    }
  });
});
