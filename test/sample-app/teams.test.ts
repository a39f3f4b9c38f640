import { SessionService } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sessionPrincipal } from '../../sample-app/auth/session-principal.js';
import { SEEDED_ACCOUNTS, SEEDED_ORDERS, SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { User } from '../../sample-app/database/user.entity.js';
import { keysOf, openShopOn, PLACES, problemOf } from './open-shop.js';
import { signIn } from '../support/sign-in.js';

const { alice, bob, sue, carol } = SEEDED_USERS;
const { kitchen, canteen } = SEEDED_ACCOUNTS;
const MISSING = '99999999-9999-4999-8999-999999999999';
const ITEMS = [{ sku: 'MUG', quantity: 1 }];
const MEMBER_SEES = ['accountId', 'createdAt', 'id', 'items', 'status', 'total'];

describe.each(PLACES)('accounts with members on %s and %s', (...place) => {
  let { counter, started, nobody, as, close } = {} as Awaited<ReturnType<typeof openShopOn>>;

  beforeAll(async () => {
    ({ counter, started, nobody, as, close } = await openShopOn(place));
  });
  afterAll(() => close?.());
  beforeEach(() => counter.reset());

  const newAccount = async (who: 'alice' | 'bob' = 'alice') => {
    const { status, body } = await as[who].post('/accounts', { name: 'A team' });
    expect(status).toBe(201);
    return body as { id: string };
  };
  const invite = (id: string, userId: unknown, client = as.alice) =>
    client.post(`/accounts/${id}/members`, { userId });
  const orderBy = async (accountId: string) => {
    const { status, body } = await as.alice.post('/orders', { items: ITEMS, note: 'mine', accountId });
    expect([status, body.accountId]).toEqual([201, accountId]);
    return `/orders/${body.id}`;
  };
  const idsOf = async (client: typeof nobody, list: string): Promise<string[]> =>
    (await client.get(`${list}?limit=100`)).body.items.map(({ id }: { id: string }) => id);

  it('are listed for their owner and their members, and all of the tenant for support', async () => {
    const own = await newAccount('bob');
    expect(await idsOf(as.alice, '/accounts')).toEqual([kitchen.id]);
    expect(await idsOf(as.bob, '/accounts')).toEqual([own.id, kitchen.id]);
    for (const client of [as.sue, as.root])
      expect(await idsOf(client, '/accounts')).toEqual([own.id, kitchen.id]);
    expect(await idsOf(as.carol, '/accounts')).toEqual([canteen.id]);
    const first = await as.sue.get('/accounts?limit=1');
    const second = await as.sue.get(`/accounts?limit=1&cursor=${first.body.nextCursor}`);
    expect(second.body.items[0].id).toBe(kitchen.id);
    expect(second.body.items[0].members.map(({ userId }: { userId: string }) => userId).toSorted()).toEqual(
      [alice.id, bob.id].toSorted(),
    );
  });

  it('are shown to who reads them, without the tenant; to all others they are not there', async () => {
    const answer = await as.bob.get(`/accounts/${kitchen.id}`);
    expect(answer.body).toEqual({
      id: kitchen.id,
      name: 'Office kitchen',
      ownerId: alice.id,
      members: expect.arrayContaining([{ userId: alice.id }, { userId: bob.id }]) as unknown,
      createdAt: expect.any(String) as string,
    });
    expect(answer.body.members).toHaveLength(2);
    const { id } = await newAccount();
    const foreign = await as.bob.get(`/accounts/${id}`);
    expect(foreign.status).toBe(404);
    for (const other of [MISSING, canteen.id, 'x'])
      expect(problemOf(await as.bob.get(`/accounts/${other}`))).toEqual(problemOf(foreign));
    expect((await as.sue.get(`/accounts/${id}`)).status).toBe(200);
    expect((await nobody.get(`/accounts/${id}`)).status).toBe(401);
  });

  it('belong to who makes them, the first member; nothing else can be said of them', async () => {
    const { body } = await as.alice.post('/accounts', { name: 'Tea club' });
    expect(body).toMatchObject({ name: 'Tea club', ownerId: alice.id, members: [{ userId: alice.id }] });
    expect(keysOf(body)).toEqual(['createdAt', 'id', 'members', 'name', 'ownerId']);
    const bad: Array<[object, number]> = [
      [{}, 400],
      [{ name: '' }, 400],
      [{ name: ' ' }, 400],
      [{ name: 7 }, 400],
      [{ name: 'x'.repeat(81) }, 400],
      [{ name: 'x', ownerId: bob.id }, 400],
      [{ name: 'x', members: [{ userId: bob.id }] }, 400],
      [{ name: 'x', tenantId: 'tea-south' }, 403],
    ];
    for (const [sent, status] of bad)
      expect([sent, (await as.alice.post('/accounts', sent)).status]).toEqual([sent, status]);
  });

  it('show their orders to members: all but the note, to read and not to change', async () => {
    const { id } = await newAccount();
    const order = await orderBy(id);
    expect((await as.bob.get(order)).status).toBe(404);
    expect((await invite(id, bob.id)).status).toBe(201);
    const seen = await as.bob.get(order);
    expect(keysOf(seen.body)).toEqual(MEMBER_SEES);
    expect(keysOf((await as.alice.get(order)).body)).toEqual([...MEMBER_SEES, 'note'].toSorted());
    expect(seen.body).toMatchObject({ accountId: id, total: 1200, items: [{ sku: 'MUG' }] });
    const listed = (await as.bob.get('/orders')).body.items.find(
      (each: { id: string }) => order === `/orders/${each.id}`,
    );
    expect(listed).toEqual(seen.body);
    counter.reset();
    for (const answer of [
      await as.bob.patch(order, { note: 'his' }),
      await as.bob.patch(order, { status: 'paid' }),
      await as.bob.delete(order),
      await as.bob.post('/orders/bulk-cancel', { ids: [seen.body.id] }),
      await as.bob.post(`${order}/refund`),
    ])
      expect(answer.status).toBe(403);
    expect(counter.reached).toEqual([]);
    expect((await as.alice.patch(order, { note: 'hers' })).body.note).toBe('hers');
  });

  it('let members filter and sort by what they are shown', async () => {
    const { id } = await newAccount();
    await invite(id, bob.id);
    const order = await orderBy(id);
    const { status, body } = await as.bob.get('/orders?status=open&sort=total&limit=100');
    expect(status).toBe(200);
    expect(body.items.map((each: { id: string }) => `/orders/${each.id}`)).toContain(order);
  });

  it('are ordered by by their members alone; any other is one answer', async () => {
    const { id } = await newAccount();
    const order = (client: typeof nobody, accountId: unknown) =>
      client.post('/orders', { items: ITEMS, accountId });
    const foreign = await order(as.bob, id);
    expect(foreign.status).toBe(400);
    expect(foreign.body.errors).toMatchObject([{ pointer: '/accountId' }]);
    for (const other of [MISSING, canteen.id, 'x', 7])
      expect([other, problemOf(await order(as.bob, other))]).toEqual([other, problemOf(foreign)]);
    // Support reads it, and is no member.
    expect(problemOf(await order(as.sue, id))).toEqual(problemOf(foreign));
    expect(counter.reached).not.toContain('OrdersController.create');
    await invite(id, bob.id);
    expect((await order(as.bob, id)).status).toBe(201);
  });

  it('have the members that their owner says, who cannot tell who is in another tenant', async () => {
    const { id } = await newAccount();
    for (const [client, status] of [
      [as.bob, 404],
      [as.carol, 404],
      [as.sue, 403],
      [as.root, 403],
    ] as const)
      expect((await invite(id, bob.id, client)).status).toBe(status);
    const missing = await invite(id, MISSING);
    expect(missing.status).toBe(400);
    for (const other of [carol.id, 'x', 7, {}])
      expect([other, problemOf(await invite(id, other))]).toEqual([other, problemOf(missing)]);
    expect(counter.reached).not.toContain('AccountsController.add');
    expect((await invite(id, undefined)).status).toBe(400);
    expect(counter.done).not.toContain('AccountsController.add');
    const twice = await Promise.all([invite(id, bob.id), invite(id, bob.id)]);
    expect(twice.map(({ status }) => status)).toEqual([201, 201]);
    expect((await invite(id, bob.id)).body.members).toHaveLength(2);
    expect((await as.alice.get(`/accounts/${id}`)).body.members).toHaveLength(2);
    expect((await invite(id, sue.id, as.bob)).status).toBe(403);
  });

  it('lose the members that their owner removes, never the owner', async () => {
    const { id } = await newAccount();
    const order = await orderBy(id);
    const remove = (client: typeof nobody, userId: string, of = id) =>
      client.delete(`/accounts/${of}/members/${userId}`);
    const missing = await remove(as.carol, MISSING);
    expect(missing.status).toBe(404);
    for (const [of, userId] of [
      [id, bob.id],
      [id, 'x'],
      ['x', bob.id],
    ] as const)
      expect(problemOf(await remove(as.carol, userId, of))).toEqual(problemOf(missing));
    // Of the same tenant, and of no account with her.
    expect(problemOf(await remove(as.bob, alice.id))).toEqual(problemOf(missing));
    await invite(id, bob.id);
    for (const [client, userId] of [
      [as.bob, alice.id],
      [as.sue, bob.id],
    ] as const)
      expect((await remove(client, userId)).status).toBe(403);
    expect(counter.reached).not.toContain('AccountsController.remove');
    for (const client of [as.alice, as.root])
      expect((await remove(client, alice.id)).body.type).toBe('https://shop.example/problems/owner-stays');
    expect((await as.bob.get(order)).status).toBe(200);
    expect((await remove(as.alice, bob.id)).status).toBe(204);
    expect((await as.bob.get(order)).status).toBe(404);
    expect((await as.bob.get(`/accounts/${id}`)).status).toBe(404);
    expect((await remove(as.alice, bob.id)).status).toBe(404);
    expect((await as.alice.get(`/accounts/${id}`)).body.members).toEqual([{ userId: alice.id }]);
  });

  it('are left by members, and emptied by administrators', async () => {
    const { id } = await newAccount();
    const order = await orderBy(id);
    const leave = (client: typeof nobody) => client.delete(`/accounts/${id}/members/${bob.id}`);
    for (const client of [as.bob, as.root]) {
      await invite(id, bob.id);
      expect((await as.bob.get(order)).status).toBe(200);
      expect((await leave(as.ada)).status).toBe(404);
      expect((await leave(client)).status).toBe(204);
      expect((await as.bob.get(order)).status).toBe(404);
      expect((await as.alice.get(`/accounts/${id}`)).body.members).toEqual([{ userId: alice.id }]);
    }
  });

  it('list their orders for who reads them: theirs alone, filtered and in pages', async () => {
    const { id } = await newAccount();
    await invite(id, bob.id);
    const list = `/accounts/${id}/orders`;
    expect((await as.bob.get(list)).body).toEqual({ items: [], nextCursor: null });
    const paths = [await orderBy(id), await orderBy(id)];
    const found = async (client: typeof nobody, query = ''): Promise<string[]> =>
      (await client.get(list + query)).body.items.map((order: { id: string }) => `/orders/${order.id}`);
    for (const client of [as.alice, as.bob, as.sue])
      expect((await found(client)).toSorted()).toEqual(paths.toSorted());
    expect(await found(as.bob, '?status=paid')).toEqual([]);
    const first = await as.bob.get(`${list}?limit=1`);
    const second = await as.bob.get(`${list}?limit=1&cursor=${first.body.nextCursor}`);
    expect([first, second].map(({ body }) => `/orders/${body.items[0].id}`).toSorted()).toEqual(
      paths.toSorted(),
    );
    expect(keysOf(first.body.items[0])).toEqual(MEMBER_SEES);
    expect((await as.bob.get(`${list}?accountId=${kitchen.id}`)).status).toBe(400);
    counter.reset();
    const missing = await as.carol.get(`/accounts/${MISSING}/orders`);
    expect(missing.status).toBe(404);
    for (const client of [as.carol, as.sam, as.ada])
      expect(problemOf(await client.get(list))).toEqual(problemOf(missing));
    await as.alice.delete(`/accounts/${id}/members/${bob.id}`);
    expect(problemOf(await as.bob.get(list))).toEqual(problemOf(missing));
    expect((await nobody.get(list)).status).toBe(401);
    expect(counter.reached).not.toContain('AccountsController.ordersOf');
  });

  it('keep their owner as long as others are in them', async () => {
    const users = started.app.get(DataSource).getRepository(User);
    const owner = { ...sue, id: '1ea7e000-0000-4000-8000-000000000002', username: 'owner' };
    await users.insert({ ...owner, roles: ['user'], passwordHash: 'none', createdAt: new Date() });
    const principal = sessionPrincipal({ ...owner, roles: ['user'] });
    const { accessToken } = await signIn(started.app.get(SessionService), principal);
    const asOwner = nobody.as(accessToken);
    const { id } = (await asOwner.post('/accounts', { name: 'Hers' })).body;
    await invite(id, bob.id, asOwner);
    const refused = await as.root.delete(`/users/${owner.id}`);
    expect([refused.status, refused.body.type]).toEqual([409, 'https://shop.example/problems/owns-accounts']);
    // Nothing of theirs has ended.
    expect((await asOwner.get('/me')).status).toBe(200);
    expect((await as.bob.get(`/accounts/${id}`)).body.members).toHaveLength(2);
    expect((await as.bob.delete(`/accounts/${id}/members/${bob.id}`)).status).toBe(204);
    expect((await as.root.delete(`/users/${owner.id}`)).status).toBe(200);
    expect((await as.sue.get(`/accounts/${id}`)).body.members).toEqual([]);
  });

  it('lose who is deleted', async () => {
    const users = started.app.get(DataSource).getRepository(User);
    const leaver = { ...sue, id: '1ea7e000-0000-4000-8000-000000000001', username: 'leaver' };
    await users.insert({ ...leaver, roles: ['user'], passwordHash: 'none', createdAt: new Date() });
    const { id } = await newAccount();
    expect((await invite(id, leaver.id)).body.members).toHaveLength(2);
    expect((await as.root.delete(`/users/${leaver.id}`)).status).toBe(200);
    expect((await as.alice.get(`/accounts/${id}`)).body.members).toEqual([{ userId: alice.id }]);
    expect((await invite(id, leaver.id)).status).toBe(400);
  });

  it('are seen by a partner as by the user who gave the key', async () => {
    const { id } = await newAccount();
    await invite(id, bob.id);
    const order = await orderBy(id);
    const made = await as.bob.post('/api-keys', { name: 'Warehouse', scopes: ['orders:read'] });
    const withKey = { 'X-API-Key': made.body.key as string };
    expect(keysOf((await nobody.get(order, withKey)).body)).toEqual(MEMBER_SEES);
    await as.alice.delete(`/accounts/${id}/members/${bob.id}`);
    expect((await nobody.get(order, withKey)).status).toBe(404);
  });

  it('leave the answers as they are where there is none', async () => {
    const { aliceOpen } = SEEDED_ORDERS;
    expect(keysOf((await as.alice.get(`/orders/${aliceOpen.id}`)).body)).not.toContain('accountId');
    const { body } = await as.alice.post('/orders', { items: ITEMS });
    expect(keysOf(body)).not.toContain('accountId');
    expect((await as.alice.post('/orders', { items: ITEMS, accountId: null })).status).toBe(400);
  });
});
