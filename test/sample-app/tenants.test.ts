import { ApiKeyService, SessionService } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sessionPrincipal } from '../../sample-app/auth/session-principal.js';
import {
  SEEDED_ACCOUNTS,
  SEEDED_ORDERS,
  SEEDED_TENANTS,
  SEEDED_USERS,
} from '../../sample-app/database/seed-data.js';
import { User } from '../../sample-app/database/user.entity.js';
import { openShopOn, PLACES, problemOf } from './open-shop.js';
import { signIn } from '../support/sign-in.js';

const { alice, bob, sue, carol, sam, ada } = SEEDED_USERS;
const { aliceOpen, aliceCancelled, bobOpen, carolOpen } = SEEDED_ORDERS;
const { kitchen } = SEEDED_ACCOUNTS;
const MISSING = '99999999-9999-4999-8999-999999999999';
const ITEMS = [{ sku: 'MUG', quantity: 1 }];

describe.each(PLACES)('two tenants on %s and %s', (...place) => {
  let { counter, events, started, nobody, as, close } = {} as Awaited<ReturnType<typeof openShopOn>>;

  beforeAll(async () => {
    ({ counter, events, started, nobody, as, close } = await openShopOn(place));
  });
  afterAll(() => close?.());
  beforeEach(() => counter.reset());

  const idsOf = async (client: typeof nobody, list: string): Promise<string[]> =>
    (await client.get(`${list}?limit=100`)).body.items.map(({ id }: { id: string }) => id);

  it('have lists of their own, for support and administrators as well', async () => {
    for (const client of [as.carol, as.sam, as.ada])
      expect(await idsOf(client, '/orders')).toEqual([carolOpen.id]);
    for (const client of [as.sue, as.root]) {
      const ids = await idsOf(client, '/orders');
      expect(ids).toHaveLength(6);
      expect(ids).not.toContain(carolOpen.id);
    }
    expect((await idsOf(as.ada, '/users')).toSorted()).toEqual([carol.id, sam.id, ada.id].toSorted());
    expect(await idsOf(as.root, '/users')).toHaveLength(4);
    expect(await idsOf(as.sam, '/accounts')).not.toContain(kitchen.id);
  });

  it('do not see that the other has an order, an account or a user', async () => {
    const missing = problemOf(await as.sam.get(`/orders/${MISSING}`));
    expect(missing).toMatchObject({ answered: 404 });
    for (const client of [as.carol, as.sam, as.ada])
      for (const path of [
        `/orders/${aliceOpen.id}`,
        `/orders/${bobOpen.id}`,
        `/accounts/${kitchen.id}`,
        `/users/${alice.id}`,
        `/users/${sue.id}`,
      ])
        expect([path, problemOf(await client.get(path))]).toEqual([path, missing]);
    for (const answer of [
      await as.sam.patch(`/orders/${aliceOpen.id}`, { status: 'paid' }),
      await as.ada.patch(`/orders/${aliceOpen.id}`, { internalNote: 'x' }),
      await as.sam.post(`/orders/${aliceOpen.id}/refund`),
      await as.carol.post('/orders/bulk-cancel', { ids: [carolOpen.id, aliceOpen.id] }),
      await as.ada.patch(`/users/${alice.id}`, { roles: ['admin'] }),
      await as.ada.delete(`/users/${alice.id}`),
      await as.ada.delete(`/accounts/${kitchen.id}/members/${bob.id}`),
      await as.ada.post(`/accounts/${kitchen.id}/members`, { userId: carol.id }),
    ])
      expect(problemOf(answer)).toEqual(missing);
    expect(counter.reached).toEqual([]);
    expect((await as.carol.get(`/orders/${carolOpen.id}`)).body.status).toBe('open');
  });

  it('are said by the token: what is made is of the tenant of its maker', async () => {
    const { body } = await as.carol.post('/orders', { items: ITEMS });
    expect((await as.sam.get(`/orders/${body.id}`)).status).toBe(200);
    for (const client of [as.sue, as.root]) expect((await client.get(`/orders/${body.id}`)).status).toBe(404);
    for (const tenantId of [...Object.values(SEEDED_TENANTS), null, 7]) {
      const said = await as.carol.post('/orders', { items: ITEMS, tenantId });
      expect([tenantId, said.status]).toEqual([tenantId, 403]);
    }
    expect((await as.carol.delete(`/orders/${body.id}`)).status).toBe(200);
  });

  it('are each run by their own staff', async () => {
    const path = `/orders/${carolOpen.id}`;
    expect((await as.sam.patch(path, { status: 'paid' })).body).toMatchObject({ costPrice: 2000 });
    expect((await as.ada.patch(path, { internalNote: 'south' })).body.internalNote).toBe('south');
    expect((await as.sam.post(`${path}/refund`)).body.status).toBe('refunded');
    expect((await as.ada.patch(`/users/${carol.id}`, { displayName: 'Caroline' })).status).toBe(200);
  });

  it('are nowhere in an answer', async () => {
    const answers = await Promise.all(
      [as.alice, as.sue, as.root, as.carol, as.ada].flatMap((client) =>
        ['/me', '/orders', '/accounts', '/users'].map((path) => client.get(path)),
      ),
    );
    for (const { text } of answers) expect(text).not.toMatch(/tenant|tea-north|tea-south/);
  });

  it('know no token without one, from before there were any', async () => {
    const { id, roles } = sessionPrincipal(sue);
    const sessions = started.app.get(SessionService);
    const { accessToken } = await signIn(sessions, { id, roles, scopes: ['orders:read'] });
    const old = nobody.as(accessToken);
    for (const list of ['/orders', '/accounts']) expect(await idsOf(old, list)).toEqual([]);
    counter.reset();
    events.length = 0;
    const rows: Array<[method: string, path: string, body: object | undefined, status: number]> = [
      ['GET', '/me', undefined, 403],
      ['GET', '/api-keys', undefined, 403],
      ['POST', '/api-keys', { name: 'x', scopes: ['orders:read'] }, 403],
      ['POST', '/orders', { items: ITEMS }, 403],
      ['POST', '/accounts', { name: 'x' }, 403],
      ['GET', `/orders/${aliceOpen.id}`, undefined, 404],
      ['PATCH', `/orders/${aliceOpen.id}`, { status: 'paid' }, 404],
      ['POST', `/orders/${aliceOpen.id}/refund`, undefined, 404],
      ['GET', `/accounts/${kitchen.id}`, undefined, 404],
      ['GET', `/users/${sue.id}`, undefined, 404],
      ['PATCH', `/users/${sue.id}`, { displayName: 'x' }, 404],
    ];
    for (const [method, path, body, status] of rows)
      expect([method, path, (await old.send(method, path, body)).status]).toEqual([method, path, status]);
    expect(counter.reached).toEqual([]);
    expect(
      events
        .map((event) => JSON.stringify(event))
        .join()
        .match(/InTenant: no-tenant/g),
    ).toHaveLength(3);
    // Nor what is one's own.
    const own = await signIn(sessions, { id: alice.id, roles: ['user'], scopes: ['orders:read'] });
    const hers = nobody.as(own.accessToken);
    expect(await idsOf(hers, '/orders')).toEqual([]);
    for (const path of [`/orders/${aliceOpen.id}`, `/orders/${aliceCancelled.id}`])
      expect((await hers.delete(path)).status).toBe(404);
    const invited = await hers.post(`/accounts/${kitchen.id}/members`, { userId: sue.id });
    expect(invited.status).toBe(404);
    expect((await old.post('/auth/logout')).status).toBe(204);
  });

  it('are in the token after the next refresh', async () => {
    const sessions = started.app.get(SessionService);
    const { refreshToken } = await signIn(sessions, { id: alice.id, roles: ['user'] });
    const { body } = await nobody.post('/auth/refresh', { refreshToken });
    expect((await nobody.as(body.accessToken).get('/me')).body.id).toBe(alice.id);
  });

  it('are in the API keys that are made, and one from before sees nothing', async () => {
    const keys = started.app.get(ApiKeyService);
    const made = await as.carol.post('/api-keys', { name: 'Warehouse', scopes: ['orders:read'] });
    const { key: old } = await keys.create({ owner: carol.id, name: 'Old', scopes: ['orders:read'] });
    const { key: strange } = await keys.create({
      owner: carol.id,
      tenant: SEEDED_TENANTS.north,
      name: 'Strange',
      scopes: ['orders:read'],
    });
    const seenWith = async (key: string) => {
      const { body } = await nobody.get('/orders', { 'X-API-Key': key });
      return body.items.map(({ id }: { id: string }) => id);
    };
    expect(await seenWith(made.body.key as string)).toEqual([carolOpen.id]);
    for (const key of [old, strange]) {
      expect(await seenWith(key)).toEqual([]);
      const one = await nobody.get(`/orders/${carolOpen.id}`, { 'X-API-Key': key });
      expect(one.status).toBe(404);
    }
    const rotated = await as.carol.post(`/api-keys/${made.body.id}/rotate`);
    expect(await seenWith(rotated.body.key as string)).toEqual([carolOpen.id]);
  });

  it('show a user who was moved nothing by the token from before, and no 500', async () => {
    const users = started.app.get(DataSource).getRepository(User);
    await users.update({ id: bob.id }, { tenantId: SEEDED_TENANTS.south });
    expect((await as.bob.get('/me')).status).toBe(404);
    expect((await as.bob.get(`/users/${bob.id}`)).status).toBe(404);
    // Nor by a new one the account that he was a member of.
    const moved = { ...sessionPrincipal(bob), tenant: SEEDED_TENANTS.south };
    const { accessToken } = await signIn(started.app.get(SessionService), moved);
    const his = nobody.as(accessToken);
    expect((await his.get(`/accounts/${kitchen.id}`)).status).toBe(404);
    expect((await his.post('/orders', { items: ITEMS, accountId: kitchen.id })).status).toBe(400);
    await users.update({ id: bob.id }, { tenantId: SEEDED_TENANTS.north });
    expect((await as.bob.get('/me')).status).toBe(200);
  });
});
