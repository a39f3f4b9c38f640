import { SessionService } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createShop } from '../../sample-app/app.module.js';
import { sessionPrincipal } from '../../sample-app/auth/session-principal.js';
import { SEEDED_ORDERS, SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { ApiClient, type Answer } from '../support/api-client.js';
import { emptyPostgres, type TestDatabase } from '../support/postgres.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { signIn } from '../support/sign-in.js';

const { alice, sue, carol, sam } = SEEDED_USERS;
const { aliceOpen, alicePaid, aliceCancelled, bobOpen, carolOpen } = SEEDED_ORDERS;

/** An order whose lines are in one order: the database gives them in any. */
const inOrder = (order: { items: Array<{ sku: string }> }) => ({
  ...order,
  items: order.items.toSorted((a, b) => a.sku.localeCompare(b.sku)),
});

describe('the shop on PostgreSQL', () => {
  let database: TestDatabase | undefined;
  let shop: StartedApp;
  let asAlice: ApiClient;
  let asSue: ApiClient;

  const start = async (password: string): Promise<void> => {
    shop = await startApp(
      createShop({ password, databaseUrl: database!.url, events: { write() {} } }),
      'express',
    );
    const sessions = shop.app.get(SessionService);
    asAlice = new ApiClient(shop.url, (await signIn(sessions, sessionPrincipal(alice))).accessToken);
    asSue = new ApiClient(shop.url, (await signIn(sessions, sessionPrincipal(sue))).accessToken);
  };

  beforeAll(async () => {
    database = await emptyPostgres();
    await start('first');
  });
  afterAll(async () => {
    await shop?.close();
    await database?.drop();
  });

  it('lists by owner and in pages', async () => {
    expect((await asSue.get('/orders')).body.items).toHaveLength(6);
    expect((await asAlice.get('/orders')).body.items).toHaveLength(4);
    for (const asked of [
      'limit=2',
      'limit=1&sort=total',
      'limit=1&sort=-total',
      'limit=1&sort=createdAt&status=open',
    ]) {
      const all = (await asSue.get(`/orders?${asked.replace(/limit=\d/, 'limit=100')}`)).body.items;
      expect(all.length).toBeGreaterThan(1);
      const paged: Array<Parameters<typeof inOrder>[0]> = [];
      let cursor: string | null = null;
      do {
        const page: Answer = await asSue.get(`/orders?${asked}${cursor ? `&cursor=${cursor}` : ''}`);
        paged.push(...page.body.items);
        cursor = page.body.nextCursor;
      } while (cursor);
      expect(paged.map(inOrder)).toEqual(all.map(inOrder));
    }
  });

  it('answers a foreign, a missing and a malformed id alike', async () => {
    const ids = [bobOpen.id, '99999999-9999-4999-8999-999999999999', 'x', "' OR 1=1 --", '%00'];
    for (const id of ids) expect((await asAlice.get(`/orders/${id}`)).status).toBeOneOf([404, 400]);
    for (const id of ids.slice(0, 4)) expect((await asAlice.get(`/orders/${id}`)).status).toBe(404);
  });

  it('writes, refunds once, and deletes', async () => {
    expect((await asAlice.patch(`/orders/${aliceOpen.id}`, { note: 'new' })).body.note).toBe('new');
    expect((await asAlice.patch(`/orders/${aliceOpen.id}`, { note: 'a\0b' })).status).toBe(400);
    const refunds = await Promise.all([1, 2, 3].map(() => asSue.post(`/orders/${alicePaid.id}/refund`)));
    expect(refunds.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
    expect((await asAlice.delete(`/orders/${alicePaid.id}`)).status).toBe(403);
    const removed = `/orders/${aliceCancelled.id}`;
    const deletions = await Promise.all([1, 2, 3, 4, 5].map(() => asAlice.delete(removed)));
    expect(deletions.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 404, 404, 404, 404,
    ]);
    const made = await asAlice.post('/orders', { items: [{ sku: 'MUG', quantity: 3 }] });
    expect(made.body).toMatchObject({ total: 3600, items: [{ sku: 'MUG', quantity: 3, price: 1200 }] });
    expect((await asAlice.get(`/orders/${made.body.id}`)).body).toEqual(made.body);
  });

  it('keeps its data over a restart, and takes the password of the new start', async () => {
    await shop.close();
    await start('second');
    const nobody = new ApiClient(shop.url);
    expect((await nobody.post('/auth/login', { username: 'alice', password: 'first' })).status).toBe(401);
    expect((await nobody.post('/auth/login', { username: 'alice', password: 'second' })).status).toBe(200);
    expect((await asAlice.get(`/orders/${aliceOpen.id}`)).body.note).toBe('new');
  });

  it('takes over a database from before there were tenants: all of it is the first one’s', async () => {
    const source = shop.app.get(DataSource);
    await source.query(`DELETE FROM orders WHERE "userId" = '${carol.id}'`);
    await source.query(`DELETE FROM users WHERE "tenantId" = '${carol.tenantId}'`);
    await source.query('ALTER TABLE orders DROP COLUMN "accountId", DROP COLUMN "tenantId"');
    await source.query('ALTER TABLE users DROP COLUMN "tenantId"');
    await source.query('DROP TABLE account_members, accounts');
    const before = (await source.query('SELECT count(*) FROM orders'))[0].count;
    await shop.close();
    await start('third');
    expect((await asAlice.get(`/orders/${aliceOpen.id}`)).body.note).toBe('new');
    expect((await asSue.get('/orders')).body.items).toHaveLength(Number(before));
    const { accessToken } = await signIn(shop.app.get(SessionService), sessionPrincipal(sam));
    const asSam = new ApiClient(shop.url, accessToken);
    expect((await asSam.get('/orders')).body.items).toMatchObject([{ id: carolOpen.id }]);
    expect((await asSam.get('/accounts')).body.items).toHaveLength(1);
    // And once: who is deleted stays deleted.
    await shop.app.get(DataSource).query(`DELETE FROM users WHERE id = '${carol.id}'`);
    await shop.close();
    await start('third');
    const [{ count }] = await shop.app.get(DataSource).query('SELECT count(*) FROM users');
    expect(Number(count)).toBe(6);
  });
});
