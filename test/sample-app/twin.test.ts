import { UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEEDED_ORDERS, SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { createNaiveShop } from '../../sample-app/naive/naive.module.js';
import { ApiClient } from '../support/api-client.js';
import { HandlerCounter } from '../support/handler-counter.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';

const PASSWORD = 'twin password';
const { alice, bob, root } = SEEDED_USERS;
const { aliceOpen, aliceCancelled, bobOpen, bobPaid } = SEEDED_ORDERS;

describe.each(ADAPTERS)('the unprotected twin on %s', (adapter) => {
  const counter = new HandlerCounter();
  let started: StartedApp;
  let nobody: ApiClient;
  let asAlice: ApiClient;

  beforeAll(async () => {
    started = await startApp(createNaiveShop({ password: PASSWORD }), adapter, (app) =>
      app.useGlobalInterceptors(counter),
    );
    nobody = new ApiClient(started.url);
    const login = await nobody.post('/auth/login', { username: 'alice', password: PASSWORD });
    asAlice = nobody.as(login.body.accessToken);
  });
  afterAll(() => started?.close());
  beforeEach(() => counter.reset());

  it('logs in and answers /me, /health and the JWKS', async () => {
    const login = await nobody.post('/auth/login', { username: 'bob', password: PASSWORD });
    expect(login.status).toBe(200);
    expect(login.body.expiresIn).toBe(900);
    expect((await asAlice.get('/me')).body).toMatchObject({ id: alice.id, email: alice.email });
    expect((await nobody.get('/health')).body.status).toBe('ok');
    expect((await nobody.get('/.well-known/jwks.json')).body.keys).toHaveLength(1);
  });

  it('never stops guessing of passwords, and tells which names exist', async () => {
    for (let i = 0; i < 7; i++) {
      const guess = await nobody.post('/auth/login', { username: 'root', password: `guess ${i}` });
      expect(guess.status).toBe(401);
    }
    expect((await nobody.post('/auth/login', { username: 'nobody', password: 'x' })).status).toBe(404);
  });

  it('gives an order to somebody else, and to nobody', async () => {
    for (const caller of [asAlice, nobody]) {
      const answer = await caller.get(`/orders/${bobOpen.id}`);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        id: bobOpen.id,
        userId: bob.id,
        costPrice: 840,
        note: bobOpen.note,
      });
      expect(answer.body.items).toMatchObject([{ sku: 'TEA-BLACK', quantity: 3, price: 590 }]);
    }
    expect(counter.done).toEqual(['NaiveOrdersController.get', 'NaiveOrdersController.get']);
  });

  it('lists everybody’s orders, as many as are asked for', async () => {
    const all = await asAlice.get('/orders?limit=100000');
    expect(all.status).toBe(200);
    expect(new Set(all.body.items.map((order: { userId: string }) => order.userId))).toContain(bob.id);
    const first = await asAlice.get('/orders?limit=2');
    const second = await asAlice.get(`/orders?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items[0].id).toBe(all.body.items[2].id);
  });

  it('takes the status, the total and the owner from whoever sends them', async () => {
    const mine = { status: 'paid', total: 1, internalNote: 'seen', userId: alice.id };
    expect((await asAlice.patch(`/orders/${bobOpen.id}`, mine)).status).toBe(200);
    expect((await nobody.get(`/orders/${bobOpen.id}`)).body).toMatchObject(mine);
    const made = await asAlice.post('/orders', {
      items: [{ sku: 'KETTLE', quantity: 1, price: 1 }],
      total: 1,
      userId: bob.id,
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ total: 1, userId: bob.id, items: [{ price: 1 }] });
    expect((await nobody.post('/orders', { items: [{ sku: 'MUG', quantity: -5 }] })).body.total).toBe(-6000);
  });

  it('refunds and deletes for anybody', async () => {
    expect((await nobody.post(`/orders/${bobPaid.id}/refund`)).body).toMatchObject({ status: 'refunded' });
    expect((await nobody.delete(`/orders/${aliceCancelled.id}`)).status).toBe(200);
    expect((await nobody.get(`/orders/${aliceCancelled.id}`)).status).toBe(404);
  });

  it('shows every account with its password hash, and makes anybody an administrator', async () => {
    const users = await nobody.get('/users');
    expect(users.body.items).toHaveLength(7);
    expect(users.text).toContain('$argon2id$');
    expect((await asAlice.get(`/users/${bob.id}`)).body).toMatchObject({ taxId: bob.taxId });
    expect((await asAlice.patch(`/users/${alice.id}`, { roles: ['admin'] })).body.roles).toEqual(['admin']);
    expect((await nobody.delete(`/users/${bob.id}`)).status).toBe(200);
    expect((await nobody.get(`/users/${bob.id}`)).status).toBe(404);
  });

  it('believes a token that nobody signed', async () => {
    const forged = new UnsecuredJWT({ roles: ['admin'] }).setSubject(root.id).encode();
    expect((await nobody.as(forged).get('/me')).body).toMatchObject({ id: root.id, email: root.email });
    expect((await nobody.get('/me')).status).toBe(200);
  });

  it('answers an error with its stack', async () => {
    const answer = await nobody.post('/orders', { items: [{ sku: 'UNKNOWN', quantity: 1 }] });
    expect(answer.status).toBe(500);
    expect(answer.body.stack).toContain('price-list');
    expect((await nobody.get('/orders/none')).body.stack).toContain('NotFoundException');
  });

  it('has the seeded order of alice', async () => {
    const { body } = await asAlice.get(`/orders/${aliceOpen.id}`);
    expect(body).toMatchObject({
      status: 'open',
      total: 1300,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });
});
