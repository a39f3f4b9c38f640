import { hash as bcryptHash } from '@node-rs/bcrypt';
import { Posture, SecurityEvents, SessionService } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { sessionPrincipal } from '../../sample-app/auth/session-principal.js';
import {
  SEEDED_ACCOUNTS,
  SEEDED_ORDERS,
  SEEDED_USERS,
  type SeededName,
} from '../../sample-app/database/seed-data.js';
import { Order } from '../../sample-app/database/order.entity.js';
import { User } from '../../sample-app/database/user.entity.js';
import { ApiClient, type Answer } from '../support/api-client.js';
import { ADAPTERS } from '../support/start-app.js';
import { keysOf, openShop, problemOf, type Shop } from './open-shop.js';
import { signIn } from '../support/sign-in.js';

const PASSWORD = 'a password for tests';
const { alice, bob, sue, root } = SEEDED_USERS;
const { aliceOpen, alicePaid, aliceCancelled, bobOpen, bobPaid, kitchenOpen } = SEEDED_ORDERS;
const { kitchen } = SEEDED_ACCOUNTS;
const MISSING = '99999999-9999-4999-8999-999999999999';
const OWNER_SEES = ['createdAt', 'id', 'items', 'note', 'status', 'total'];

describe.each(ADAPTERS)('the login of the shop on %s', (adapter) => {
  let { counter, events, started, nobody, as } = {} as Shop;

  beforeEach(async () => {
    ({ counter, events, started, nobody, as } = await openShop(adapter, { password: PASSWORD }));
    return () => started.close();
  });

  it('exchanges a password for a token that works', async () => {
    const login = await nobody.post('/auth/login', { username: 'alice', password: PASSWORD });
    expect(login.status).toBe(200);
    expect(keysOf(login.body)).toEqual(['accessToken', 'expiresIn', 'refreshToken']);
    expect(login.body.expiresIn).toBe(900);
    expect((await nobody.as(login.body.accessToken).get('/me')).body.id).toBe(alice.id);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'sign-in.succeeded',
        principal: alice.id,
        route: 'AuthController.login',
        address: '127.0.0.1',
      }),
    );
  });

  it('renews an old hash at the sign-in, which goes on to work', async () => {
    const users = started.app.get(DataSource).getRepository(User);
    const old = await bcryptHash(PASSWORD, 4);
    await users.update({ id: alice.id }, { passwordHash: old });
    const login = { username: 'alice', password: PASSWORD };
    expect((await nobody.post('/auth/login', { ...login, password: 'wrong' })).status).toBe(401);
    expect((await users.findOneByOrFail({ id: alice.id })).passwordHash).toBe(old);
    expect((await nobody.post('/auth/login', login)).status).toBe(200);
    const { passwordHash } = await users.findOneByOrFail({ id: alice.id });
    expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await nobody.post('/auth/login', login)).status).toBe(200);
    expect((await users.findOneByOrFail({ id: alice.id })).passwordHash).toBe(passwordHash);
  });

  it('answers a wrong password and an unknown name alike, and logs no name as typed', async () => {
    const wrong = await nobody.post('/auth/login', { username: 'alice', password: 'not hers' });
    const unknown = await nobody.post('/auth/login', { username: 'hunter2-typed-as-name', password: 'x' });
    expect(wrong.status).toBe(401);
    expect(problemOf(unknown)).toEqual(problemOf(wrong));
    const failures = events.filter(({ type }) => type === 'sign-in.failed');
    expect(failures).toMatchObject([{ account: alice.id }, { address: '127.0.0.1' }]);
    expect(JSON.stringify(events)).not.toMatch(/hunter2|not hers/);
  });

  it('admits five failed logins a minute for each account, and then none', async () => {
    for (let i = 0; i < 5; i++) {
      expect((await nobody.post('/auth/login', { username: 'alice', password: 'wrong' })).status).toBe(401);
    }
    const sixth = await nobody.post('/auth/login', { username: 'alice', password: PASSWORD });
    expect(sixth.status).toBe(429);
    expect(Number(sixth.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(events.at(-1)).toMatchObject({ type: 'limit.exceeded', reason: 'limit.locked', note: 'account' });
    expect((await nobody.post('/auth/login', { username: 'bob', password: PASSWORD })).status).toBe(200);
    expect((await as.alice.get('/me')).status).toBe(200);
  });

  it('knows the device that has logged in while strangers are locked out', async () => {
    const first = await nobody.post('/auth/login', { username: 'alice', password: PASSWORD });
    const cookie = first.headers.get('set-cookie')!.split(';')[0]!;
    for (let i = 0; i < 6; i++) await nobody.post('/auth/login', { username: 'alice', password: 'wrong' });
    const login = { username: 'alice', password: PASSWORD };
    expect((await nobody.post('/auth/login', login)).status).toBe(429);
    expect((await nobody.post('/auth/login', login, { cookie })).status).toBe(200);
  });

  it('goes on with a refresh token, with the roles of now, until the account is gone', async () => {
    const login = await nobody.post('/auth/login', { username: 'alice', password: PASSWORD });
    const users = started.app.get(DataSource).getRepository(User);
    await users.update({ id: alice.id }, { roles: ['support'] });
    const next = await nobody.post('/auth/refresh', { refreshToken: login.body.refreshToken });
    expect(next.status).toBe(200);
    expect(keysOf(next.body)).toEqual(['accessToken', 'expiresIn', 'refreshToken']);
    expect(next.body.refreshToken).not.toBe(login.body.refreshToken);
    expect((await nobody.as(next.body.accessToken).get('/orders')).body.items).toHaveLength(6);
    await users.delete({ id: alice.id });
    const gone = await nobody.post('/auth/refresh', { refreshToken: next.body.refreshToken });
    expect(gone.status).toBe(401);
    expect(events.at(-1)).toMatchObject({ reason: 'session.ended', route: 'AuthController.refresh' });
  });

  it('gives the same refresh token to all who come at once, and none for what is none', async () => {
    const { body } = await nobody.post('/auth/login', { username: 'alice', password: PASSWORD });
    const { refreshToken } = body;
    const all = await Promise.all(
      Array.from({ length: 20 }, () => nobody.post('/auth/refresh', { refreshToken })),
    );
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(all.map((answer) => answer.body.refreshToken)).size).toBe(1);
    for (const wrong of ['x', `${refreshToken}x`, all[0]!.body.accessToken.slice(0, 199)]) {
      const answer = await nobody.post('/auth/refresh', { refreshToken: wrong });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="api"']);
    }
    for (const wrong of [{ refreshToken: 7 }, { refreshToken: 'x'.repeat(201) }])
      expect((await nobody.post('/auth/refresh', wrong)).status).toBe(400);
  });

  it('ends a session with its logout, and all of them everywhere', async () => {
    const login = () => nobody.post('/auth/login', { username: 'alice', password: PASSWORD });
    const refresh = async ({ body }: Answer) =>
      (await nobody.post('/auth/refresh', { refreshToken: body.refreshToken })).status;
    const [first, second, third] = [await login(), await login(), await login()];
    expect((await nobody.as(first.body.accessToken).post('/auth/logout')).status).toBe(204);
    expect([await refresh(first), await refresh(second)]).toEqual([401, 200]);
    expect((await nobody.as(second.body.accessToken).post('/auth/logout-everywhere')).status).toBe(204);
    expect(await refresh(third)).toBe(401);
    expect((await nobody.as(third.body.accessToken).get('/me')).status).toBe(401);
    expect(await refresh(await login())).toBe(200);
  });

  it('takes a token back', async () => {
    const { body } = await nobody.post('/auth/login', { username: 'alice', password: PASSWORD });
    const hers = nobody.as(body.accessToken);
    expect((await hers.post('/auth/logout')).status).toBe(204);
    expect((await hers.get('/me')).status).toBe(401);
    expect((await as.alice.get('/me')).status).toBe(200);
  });

  it('refuses a login that is not one', async () => {
    for (const body of [
      {},
      { username: 'alice' },
      { username: { $ne: 1 }, password: ['x'] },
      [],
      '"alice"',
    ]) {
      expect((await nobody.post('/auth/login', body)).status).toBe(400);
    }
    expect(counter.done).toEqual([]);
  });

  it('admits failed logins by address, whatever the account', async () => {
    const { started: strict } = await openShop(adapter, { limits: { loginAddress: 4, loginAccount: 1 } });
    try {
      const client = new ApiClient(strict.url);
      const statuses: number[] = [];
      for (const username of ['a', 'b', 'c', 'd', 'e']) {
        statuses.push((await client.post('/auth/login', { username, password: 'x' })).status);
      }
      expect(statuses).toEqual([401, 401, 401, 401, 429]);
      expect((await client.get('/health')).status).toBe(200);
    } finally {
      await strict.close();
    }
  });
});

describe.each(ADAPTERS)('the shop on %s', (adapter) => {
  let { counter, events, started, nobody, as } = {} as Shop;

  // A new shop for each test: some of them delete.
  beforeEach(async () => {
    ({ counter, events, started, nobody, as } = await openShop(adapter));
    return () => started.close();
  });

  it('shows its health and its public keys to everyone, and no private key', async () => {
    expect((await nobody.get('/health')).body).toEqual({ status: 'ok' });
    const { body } = await nobody.get('/.well-known/jwks.json');
    expect(body.keys.map(keysOf)).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]);
  });

  it('asks everyone else for a token', async () => {
    const order = `/orders/${aliceOpen.id}`;
    const routes: Array<[string, string, unknown?]> = [
      ['GET', '/me'],
      ['GET', '/orders'],
      ['POST', '/orders', { items: [{ sku: 'MUG', quantity: 1 }] }],
      ['GET', order],
      ['PATCH', order, { note: 'mine' }],
      ['DELETE', order],
      ['POST', `${order}/refund`],
      ['GET', '/users'],
      ['GET', `/users/${alice.id}`],
      ['PATCH', `/users/${alice.id}`, { displayName: 'x' }],
      ['DELETE', `/users/${alice.id}`],
    ];
    for (const [method, path, body] of routes) {
      const answer = await nobody.send(method, path, body);
      expect([method, path, answer.status]).toEqual([method, path, 401]);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
    expect(counter.reached).toEqual([]);
  });

  it('answers /me with one’s own account, and no more once it is deleted', async () => {
    const me = await as.alice.get('/me');
    expect(me.body).toEqual({
      id: alice.id,
      displayName: 'Alice',
      email: alice.email,
      roles: ['user'],
      taxId: alice.taxId,
    });
    expect((await as.alice.delete(`/accounts/${kitchen.id}/members/${bob.id}`)).status).toBe(204);
    expect((await as.root.delete(`/users/${alice.id}`)).status).toBe(200);
    expect((await as.alice.get('/me')).status).toBe(401);
    // As another service that knows nothing of tokens would.
    await started.app.get(DataSource).getRepository(User).delete({ id: bob.id });
    expect((await as.bob.get('/me')).status).toBe(404);
  });

  describe('orders', () => {
    it('lists a user’s own, all for support, newest first', async () => {
      const own = await as.alice.get('/orders');
      expect(own.body.items.map((order: { id: string }) => order.id)).toEqual([
        kitchenOpen.id,
        aliceCancelled.id,
        alicePaid.id,
        aliceOpen.id,
      ]);
      expect(own.body.items.slice(1).map(keysOf)).toEqual([OWNER_SEES, OWNER_SEES, OWNER_SEES]);
      expect(own.body.nextCursor).toBeNull();
      expect((await as.bob.get('/orders')).body.items).toHaveLength(3);
      for (const client of [as.sue, as.root])
        expect((await client.get('/orders')).body.items).toHaveLength(6);
    });

    it('gives pages that continue where the last one ended, and no more than 100 rows', async () => {
      for (const client of [as.alice, as.sue]) {
        const all = (await client.get('/orders?limit=100')).body.items;
        const paged: unknown[] = [];
        let cursor: string | null = null;
        do {
          const page: Answer = await client.get(`/orders?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
          expect(page.status).toBe(200);
          paged.push(...page.body.items);
          cursor = page.body.nextCursor;
        } while (cursor);
        expect(paged).toEqual(all);
      }
      for (const query of ['limit=101', 'limit=0', 'limit=-1', 'limit=x', 'limit=1&limit=2', 'offset=1']) {
        expect([query, (await as.alice.get(`/orders?${query}`)).status]).toEqual([query, 400]);
      }
    });

    it('takes no cursor that it did not give, nor somebody else’s', async () => {
      for (const cursor of ['x', '%00', 'WzEsMl0', 'e30', '', 'A'.repeat(5000), "' OR 1=1 --"]) {
        expect((await as.alice.get(`/orders?cursor=${encodeURIComponent(cursor)}`)).status).toBe(400);
      }
      const { nextCursor } = (await as.bob.get('/orders?limit=1')).body;
      expect((await as.alice.get(`/orders?cursor=${nextCursor}`)).status).toBe(400);
      expect((await as.bob.get(`/orders?cursor=${nextCursor}`)).status).toBe(200);
    });

    it('computes what a new order costs, whatever the client says', async () => {
      const made = await as.alice.post('/orders', {
        items: [
          { sku: 'KETTLE', quantity: 1 },
          { sku: 'MUG', quantity: 2 },
        ],
        note: 'thanks',
      });
      expect(made.status).toBe(201);
      expect(keysOf(made.body)).toEqual(OWNER_SEES);
      expect(made.body).toMatchObject({ status: 'open', total: 7300, note: 'thanks' });
      expect(made.body.items).toEqual([
        { sku: 'KETTLE', quantity: 1, price: 4900 },
        { sku: 'MUG', quantity: 2, price: 1200 },
      ]);
      expect((await as.alice.get(`/orders/${made.body.id}`)).body).toEqual(made.body);
      expect((await as.bob.get(`/orders/${made.body.id}`)).status).toBe(404);
    });

    it('refuses an order that is not one, and stores nothing', async () => {
      const item = { sku: 'MUG', quantity: 1 };
      const bad = [
        {},
        { items: [] },
        { items: 'MUG' },
        { items: [{ sku: 'UNKNOWN', quantity: 1 }] },
        { items: [{ sku: 'toString', quantity: 1 }] },
        { items: [{ ...item, quantity: -5 }] },
        { items: [{ ...item, quantity: 1.5 }] },
        { items: [{ ...item, quantity: '1' }] },
        { items: [{ ...item, price: 1 }] },
        { items: [item], total: 1 },
        { items: [item], userId: bob.id },
        { items: [item], note: 'x'.repeat(501) },
        { items: Array.from({ length: 51 }, () => item) },
        '{"items":[{"sku":"MUG","quantity":1}],"__proto__":{"admin":true}}',
        '{"items":',
      ];
      for (const body of bad) {
        const answer = await as.alice.post('/orders', body);
        expect([body, answer.status]).toEqual([body, 400]);
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      }
      const text = await as.alice.post('/orders', 'items=1', { 'content-type': 'text/plain' });
      expect(text.status).toBe(415);
      expect((await as.alice.get('/orders')).body.items).toHaveLength(4);
      expect(counter.done).toEqual(['OrdersController.list']);
    });

    it('shows one order to its owner, more of it to support, the rest to administrators', async () => {
      const path = `/orders/${aliceOpen.id}`;
      const own = await as.alice.get(path);
      expect(own.body).toEqual({
        id: aliceOpen.id,
        status: 'open',
        total: 1300,
        note: 'Please ring twice',
        items: [{ sku: 'TEA-GREEN', quantity: 2, price: 650 }],
        createdAt: expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:.]{12}Z$/) as string,
      });
      expect((await as.sue.get(path)).body).toEqual({ ...own.body, costPrice: 620 });
      expect((await as.root.get(path)).body).toEqual({
        ...own.body,
        costPrice: 620,
        internalNote: 'pays late',
      });
    });

    it('answers a foreign, a missing and a malformed id alike', async () => {
      const foreign = await as.alice.get(`/orders/${bobOpen.id}`);
      expect(foreign.status).toBe(404);
      for (const id of [MISSING, 'x', '1', "' OR 1=1 --", '%F0%9F%92%A9', bobOpen.id.toUpperCase()]) {
        expect(problemOf(await as.alice.get(`/orders/${encodeURIComponent(id)}`))).toEqual(
          problemOf(foreign),
        );
      }
      for (const method of ['PATCH', 'DELETE']) {
        const answer = await as.alice.send(
          method,
          `/orders/${bobOpen.id}`,
          method === 'PATCH' ? { note: 'x' } : undefined,
        );
        expect(problemOf(answer)).toEqual(problemOf(foreign));
      }
      expect(counter.reached).toEqual([]);
      expect((await as.bob.get(`/orders/${bobOpen.id}`)).body.note).toBe(bobOpen.note);
    });

    it('lets each property be written by those it is declared for', async () => {
      const path = `/orders/${aliceOpen.id}`;
      const rows: Array<[SeededName, object, number]> = [
        ['alice', { note: 'Leave it at the door' }, 200],
        ['alice', { note: null }, 200],
        ['alice', {}, 200],
        ['alice', { status: 'paid' }, 403],
        ['alice', { internalNote: 'nice customer' }, 403],
        ['alice', { note: 'x', status: 'paid' }, 403],
        ['alice', { total: 1 }, 400],
        ['alice', { userId: bob.id }, 400],
        ['alice', { note: 5 }, 400],
        ['sue', { status: 'paid' }, 200],
        ['sue', { status: 'stolen' }, 400],
        ['sue', { status: null }, 400],
        ['sue', { note: 'from support' }, 403],
        ['sue', { internalNote: 'from support' }, 403],
        ['root', { internalNote: 'from root' }, 200],
        ['root', { status: 'paid', internalNote: null }, 409],
        ['root', { status: 'cancelled' }, 400],
        ['root', { internalNote: null }, 200],
        ['root', { note: 'from root' }, 403],
        ['bob', { note: 'from bob' }, 404],
      ];
      for (const [who, body, status] of rows) {
        expect([who, body, (await as[who].patch(path, body)).status]).toEqual([who, body, status]);
      }
      const { body } = await as.root.get(path);
      expect(body).toMatchObject({ status: 'paid', note: null, internalNote: null, total: 1300 });
    });

    it('answers a patch with the order as it is now, by the rules of the reader', async () => {
      const patched = await as.alice.patch(`/orders/${aliceOpen.id}`, { note: 'new' });
      expect(keysOf(patched.body)).toEqual(OWNER_SEES);
      expect(patched.body).toEqual((await as.alice.get(`/orders/${aliceOpen.id}`)).body);
    });

    it('lets the owner delete, and nobody else', async () => {
      const path = `/orders/${aliceOpen.id}`;
      expect((await as.bob.delete(path)).status).toBe(404);
      for (const client of [as.sue, as.root]) expect((await client.delete(path)).status).toBe(403);
      expect(counter.reached).toEqual([]);
      const deleted = await as.alice.delete(path);
      expect(deleted.status).toBe(200);
      expect(deleted.body.id).toBe(aliceOpen.id);
      expect((await as.alice.get(path)).status).toBe(404);
      expect((await as.alice.delete(path)).status).toBe(404);
    });

    it('lets nobody write a status that has a route of its own, nor take one back', async () => {
      for (const { id, status: before } of [aliceOpen, alicePaid, aliceCancelled]) {
        const path = `/orders/${id}`;
        for (const status of ['open', 'cancelled', 'refunded'])
          expect([status, (await as.sue.patch(path, { status })).status]).toEqual([status, 400]);
        expect((await as.sue.get(path)).body.status).toBe(before);
      }
      const pay = async ({ id }: { id: string }) =>
        (await as.sue.patch(`/orders/${id}`, { status: 'paid' })).status;
      expect((await as.sue.post(`/orders/${bobPaid.id}/refund`)).status).toBe(200);
      for (const order of [alicePaid, aliceCancelled, bobPaid]) expect(await pay(order)).toBe(409);
      const refused = await as.sue.patch(`/orders/${bobPaid.id}`, { status: 'paid' });
      expect(refused.body.type).toBe('https://shop.example/problems/not-next');
      expect(await pay(aliceOpen)).toBe(200);
    });

    it('keeps what was paid for the books, whoever deletes', async () => {
      expect((await as.alice.delete(`/orders/${alicePaid.id}`)).status).toBe(403);
      expect((await as.sue.post(`/orders/${alicePaid.id}/refund`)).status).toBe(200);
      expect((await as.alice.delete(`/orders/${alicePaid.id}`)).status).toBe(403);
      expect(counter.reached).toEqual(['OrdersController.refund']);
      for (const { id } of [aliceOpen, aliceCancelled])
        expect((await as.alice.delete(`/orders/${id}`)).status).toBe(200);
    });

    it('cancels many at once: those of the caller that are open, or none', async () => {
      const cancel = (client: ApiClient, ids: string[]) => client.post('/orders/bulk-cancel', { ids });
      expect((await cancel(as.sue, [aliceOpen.id])).status).toBe(403);
      expect((await cancel(as.bob, [bobOpen.id, bobPaid.id])).status).toBe(403);
      expect((await cancel(as.bob, [bobOpen.id, aliceOpen.id])).status).toBe(404);
      expect((await as.bob.get(`/orders/${bobOpen.id}`)).body.status).toBe('open');
      const { status, body } = await cancel(as.bob, [bobOpen.id, bobOpen.id]);
      expect([status, body]).toMatchObject([200, [{ id: bobOpen.id, status: 'cancelled' }]]);
      expect((await as.bob.get(`/orders/${bobOpen.id}`)).body.status).toBe('cancelled');
    });

    it('lets support refund, once', async () => {
      const path = `/orders/${bobPaid.id}/refund`;
      for (const client of [as.bob, as.alice]) expect((await client.post(path)).status).toBe(403);
      expect(counter.reached).toEqual([]);
      const both = await Promise.all([as.sue.post(path), as.root.post(path)]);
      expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
      expect((await as.bob.get(`/orders/${bobPaid.id}`)).body.status).toBe('refunded');
      for (const { id } of [aliceCancelled, aliceOpen])
        expect((await as.sue.post(`/orders/${id}/refund`)).status).toBe(409);
      expect((await as.sue.post(`/orders/${MISSING}/refund`)).status).toBe(404);
    });

    it('refunds nothing after 30 days, and nobody their own order', async () => {
      const orders = started.app.get(DataSource).getRepository(Order);
      const path = `/orders/${bobPaid.id}/refund`;
      const moved = (change: Partial<Order>) => orders.update({ id: bobPaid.id }, change);
      await moved({ createdAt: new Date(Date.now() - 31 * 86_400_000) });
      expect((await as.sue.post(path)).status).toBe(403);
      await moved({ createdAt: new Date(Date.now() - 29 * 86_400_000), userId: SEEDED_USERS.sue.id });
      expect((await as.sue.get(`/orders/${bobPaid.id}`)).status).toBe(200);
      expect((await as.sue.post(path)).status).toBe(403);
      expect(counter.reached).toEqual(['OrdersController.get']);
      expect((await as.root.post(path)).status).toBe(200);
    });
  });

  describe('users', () => {
    it('lists them for administrators, without what is only the owner’s', async () => {
      for (const client of [as.alice, as.sue]) expect((await client.get('/users')).status).toBe(403);
      expect(counter.reached).toEqual([]);
      const { status, body, text } = await as.root.get('/users');
      expect(status).toBe(200);
      expect(body.items).toHaveLength(4);
      const foreign = body.items.filter(({ id }: { id: string }) => id !== root.id).map(keysOf);
      expect(foreign).toEqual(Array.from({ length: 3 }, () => ['displayName', 'email', 'id', 'roles']));
      expect(text).not.toContain('$argon2id$');
      expect(text).not.toContain(alice.taxId);
      expect(text).toContain(root.taxId);
    });

    it('shows an account to its owner and to administrators', async () => {
      const path = `/users/${bob.id}`;
      expect(keysOf((await as.bob.get(path)).body)).toEqual(['displayName', 'email', 'id', 'roles', 'taxId']);
      expect(keysOf((await as.root.get(path)).body)).toEqual(['displayName', 'email', 'id', 'roles']);
      const foreign = await as.alice.get(path);
      expect(foreign.status).toBe(404);
      expect(problemOf(await as.alice.get(`/users/${MISSING}`))).toEqual(problemOf(foreign));
      expect((await as.sue.get(path)).status).toBe(404);
    });

    it('lets each property be written by those it is declared for', async () => {
      const path = `/users/${alice.id}`;
      const rows: Array<[SeededName, object, number]> = [
        ['alice', { displayName: 'Alice A.' }, 200],
        ['alice', { email: 'alice@new.example' }, 200],
        ['alice', { email: 'not an address' }, 400],
        ['alice', { displayName: null }, 400],
        ['alice', { roles: ['admin'] }, 403],
        ['alice', { displayName: 'x', roles: ['admin'] }, 403],
        ['alice', { passwordHash: 'x' }, 400],
        ['alice', { id: bob.id }, 400],
        ['sue', { displayName: 'x' }, 404],
        ['root', { roles: ['owner'] }, 400],
        ['root', { roles: 'admin' }, 400],
        ['root', { roles: ['user', 'support'] }, 200],
      ];
      for (const [who, body, status] of rows) {
        expect([who, body, (await as[who].patch(path, body)).status]).toEqual([who, body, status]);
      }
      expect((await as.root.get(path)).body).toMatchObject({
        displayName: 'Alice A.',
        email: 'alice@new.example',
        roles: ['user', 'support'],
      });
    });

    it('ends the sessions of who is given other roles, and of nobody else', async () => {
      const sessions = started.app.get(SessionService);
      const users = started.app.get(DataSource).getRepository(User);
      const { accessToken, refreshToken } = await signIn(sessions, sessionPrincipal(sue));
      const hers = nobody.as(accessToken);
      const refresh = async () => (await nobody.post('/auth/refresh', { refreshToken })).status;
      const path = `/users/${sue.id}`;
      for (const same of [{ roles: ['support'] }, { displayName: 'Susan' }])
        expect((await as.root.patch(path, same)).status).toBe(200);
      expect((await hers.get(`/orders/${bobOpen.id}`)).status).toBe(200);
      expect((await as.root.patch(path, { roles: ['user'] })).status).toBe(200);
      // The token still says that she is support.
      expect((await hers.get(`/orders/${bobOpen.id}`)).status).toBe(401);
      expect(await refresh()).toBe(401);
      expect((await as.bob.get('/me')).status).toBe(200);
      expect((await users.findOneByOrFail({ id: sue.id })).roles).toEqual(['user']);
    });

    it('changes no roles where it cannot end the sessions, and ends those that begin meanwhile', async () => {
      const sessions = started.app.get(SessionService);
      const users = started.app.get(DataSource).getRepository(User);
      const end = sessions.logoutEverywhere.bind(sessions);
      const rolesAtEnd: string[][] = [];
      sessions.logoutEverywhere = async (id) => {
        rolesAtEnd.push((await users.findOneByOrFail({ id })).roles);
        await end(id);
      };
      const path = `/users/${sue.id}`;
      expect((await as.root.patch(path, { roles: ['user'] })).status).toBe(200);
      expect(rolesAtEnd).toEqual([['support'], ['user']]);
      sessions.logoutEverywhere = () => Promise.reject(new Error('The store is down.'));
      expect((await as.root.patch(path, { roles: ['admin'] })).status).toBe(500);
      expect((await users.findOneByOrFail({ id: sue.id })).roles).toEqual(['user']);
    });

    it('lets administrators delete', async () => {
      const path = `/users/${bob.id}`;
      for (const client of [as.alice, as.bob, as.sue]) expect((await client.delete(path)).status).toBe(403);
      expect(counter.reached).toEqual([]);
      expect((await as.root.delete(path)).status).toBe(200);
      expect((await as.root.get(path)).status).toBe(404);
      expect((await as.root.delete(path)).status).toBe(404);
    });
  });

  it('answers what it does not know with a problem', async () => {
    for (const client of [nobody, as.root]) {
      const answer = await client.get('/admin');
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({ status: 404, title: 'Not Found' });
      expect(answer.headers.get('x-request-id')).toBeTruthy();
    }
  });

  it('says in its inventory what it has, and nothing is public that should not be', () => {
    const rows = started.app.get(Posture).rows();
    expect(rows.map(({ address }) => address).toSorted()).toEqual(
      [
        'POST /auth/login',
        'POST /orders/bulk-cancel',
        'POST /auth/logout',
        'POST /auth/logout-everywhere',
        'POST /auth/refresh',
        'GET /.well-known/jwks.json',
        'GET /health',
        'GET /me',
        'GET /api-keys',
        'POST /api-keys',
        'POST /api-keys/:id/rotate',
        'DELETE /api-keys/:id',
        'GET /accounts',
        'POST /accounts',
        'GET /accounts/:id',
        'GET /accounts/:id/orders',
        'POST /accounts/:id/members',
        'DELETE /accounts/:id/members/:userId',
        'GET /orders',
        'POST /orders',
        'GET /orders/:id',
        'PATCH /orders/:id',
        'DELETE /orders/:id',
        'POST /orders/:id/refund',
        'GET /users',
        'GET /users/:id',
        'PATCH /users/:id',
        'DELETE /users/:id',
      ].toSorted(),
    );
    expect(started.app.get(Posture).table()).toContain('GET /orders/:id');
    const taking = rows.filter(({ controls }) => controls['authentication']?.includes('API key'));
    expect(taking.map(({ address }) => address).toSorted()).toEqual(['GET /orders', 'GET /orders/:id']);
  });

  it('hands its events to whoever subscribes', async () => {
    const heard: string[] = [];
    started.app.get(SecurityEvents).subscribe(({ type }) => heard.push(type));
    await as.alice.get('/users');
    expect(heard).toEqual(['access.denied']);
    expect(events).toMatchObject([
      { reason: 'access.role', principal: alice.id, route: 'UsersController.list' },
    ]);
    expect(JSON.stringify(events)).not.toContain(sue.email);
  });
});
