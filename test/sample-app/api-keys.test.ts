import { ApiKeyService, SessionService } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiKeyStoreContract } from 'nestjs-gatehouse/testing';
import { ApiKeyTable } from '../../sample-app/api-keys/api-key-table.js';
import { createShop } from '../../sample-app/app.module.js';
import { sessionPrincipal } from '../../sample-app/auth/session-principal.js';
import { ApiKey } from '../../sample-app/database/api-key.entity.js';
import { SEEDED_ORDERS, SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { ApiClient } from '../support/api-client.js';
import { emptyPostgres, type TestDatabase } from '../support/postgres.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { signIn } from '../support/sign-in.js';

const { alice, bob, root } = SEEDED_USERS;
const { aliceOpen, bobOpen } = SEEDED_ORDERS;

describe.each(['SQLite', 'PostgreSQL'])("the shop's table of API keys in %s keeps the contract", (kind) => {
  let database: TestDatabase | undefined;
  let source: DataSource;
  beforeAll(async () => {
    if (kind === 'PostgreSQL') database = await emptyPostgres();
    const where = database
      ? ({ type: 'postgres', url: database.url } as const)
      : ({ type: 'sqljs' } as const);
    source = await new DataSource({ ...where, entities: [ApiKey], synchronize: true }).initialize();
  });
  afterAll(async () => {
    await source?.destroy();
    await database?.drop();
  });
  const empty = async () => {
    await source.getRepository(ApiKey).clear();
    return new ApiKeyTable(source);
  };
  for (const { name, run } of apiKeyStoreContract(empty)) it(name, run);
});

describe.each(ADAPTERS)('API keys of the shop on %s', (adapter) => {
  let shop: StartedApp;
  let nobody: ApiClient;
  let [asAlice, asBob, asRoot] = [] as unknown as [ApiClient, ApiClient, ApiClient];
  const withKey = (key: string) => ({ 'X-API-Key': key });

  beforeEach(async () => {
    shop = await startApp(createShop({ events: { write() {} } }), adapter);
    nobody = new ApiClient(shop.url);
    const sessions = shop.app.get(SessionService);
    [asAlice, asBob, asRoot] = (await Promise.all(
      [alice, bob, root].map(async (user) =>
        nobody.as((await signIn(sessions, sessionPrincipal(user))).accessToken),
      ),
    )) as [ApiClient, ApiClient, ApiClient];
  });
  afterEach(() => shop.close());

  const newKey = async (client = asAlice) => {
    const made = await client.post('/api-keys', { name: 'Warehouse', scopes: ['orders:read'] });
    expect(made.status).toBe(201);
    return made.body as { id: string; key: string };
  };

  it('are 20 of each user at most', async () => {
    const keys = shop.app.get(ApiKeyService);
    const wanted = { name: 'Warehouse', scopes: ['orders:read'] };
    for (let i = 0; i < 20; i++) await keys.create({ owner: alice.id, ...wanted });
    const refused = await asAlice.post('/api-keys', wanted);
    expect([refused.status, refused.body.type]).toEqual([409, 'urn:gatehouse:problem:conflict']);
    const [oldest] = await keys.list(alice.id);
    expect((await asAlice.delete(`/api-keys/${oldest!.id}`)).status).toBe(204);
    await newKey();
    expect((await asAlice.get('/api-keys')).body).toHaveLength(21);
    await newKey(asBob);
  });

  it('show a partner the orders of the user who made the key, and nothing else', async () => {
    const { key } = await newKey();
    const { status, body } = await nobody.get('/orders', withKey(key));
    expect(status).toBe(200);
    expect(body.items).toEqual((await asAlice.get('/orders')).body.items);
    expect((await nobody.get(`/orders/${aliceOpen.id}`, withKey(key))).body.id).toBe(aliceOpen.id);
    expect((await nobody.get(`/orders/${bobOpen.id}`, withKey(key))).status).toBe(404);
    for (const [method, path] of [
      ['POST', '/orders'],
      ['DELETE', `/orders/${aliceOpen.id}`],
      ['GET', '/me'],
      ['GET', '/api-keys'],
      ['POST', '/api-keys'],
    ] as const)
      expect([path, (await nobody.send(method, path, undefined, withKey(key))).status]).toEqual([path, 401]);
  });

  it('of an administrator have none of their roles', async () => {
    const { key } = await newKey(asRoot);
    expect((await nobody.get('/orders', withKey(key))).body.items).toEqual([]);
    expect((await nobody.get(`/orders/${bobOpen.id}`, withKey(key))).status).toBe(404);
    expect((await asRoot.get(`/orders/${bobOpen.id}`)).status).toBe(200);
  });

  it('are shown once', async () => {
    const { id, key } = await newKey();
    const { body, text } = await asAlice.get('/api-keys');
    expect(body).toEqual([
      {
        id,
        name: 'Warehouse',
        scopes: ['orders:read'],
        createdAt: expect.any(String),
        expiresAt: expect.any(String),
        lastUsedAt: null,
        revokedAt: null,
        previousUntil: null,
      },
    ]);
    expect(text).not.toContain(key.slice(-39, -6));
    expect((await asBob.get('/api-keys')).body).toEqual([]);
    const [row] = await shop.app.get(DataSource).query('SELECT * FROM api_keys');
    expect(JSON.stringify(row)).not.toContain(key.slice(-39, -6));
  });

  it('are rotated with an overlap, and revoked at once', async () => {
    const first = await newKey();
    const rotated = await asAlice.post(`/api-keys/${first.id}/rotate`);
    expect([rotated.status, rotated.body.id]).toEqual([200, first.id]);
    for (const key of [first.key, rotated.body.key as string])
      expect((await nobody.get('/orders', withKey(key))).status).toBe(200);
    expect((await asAlice.delete(`/api-keys/${first.id}`)).status).toBe(204);
    for (const key of [first.key, rotated.body.key as string])
      expect((await nobody.get('/orders', withKey(key))).status).toBe(401);
    expect((await asAlice.post(`/api-keys/${first.id}/rotate`)).status).toBe(409);
  });

  it('are nobody else’s to rotate or revoke', async () => {
    const { id, key } = await newKey();
    for (const client of [asBob, asRoot]) {
      expect((await client.post(`/api-keys/${id}/rotate`)).status).toBe(404);
      expect((await client.delete(`/api-keys/${id}`)).status).toBe(404);
    }
    expect((await nobody.get('/orders', withKey(key))).status).toBe(200);
  });

  it('end with the account', async () => {
    const { key } = await newKey(asBob);
    expect((await asRoot.delete(`/users/${bob.id}`)).status).toBe(200);
    expect((await nobody.get('/orders', withKey(key))).status).toBe(401);
    // Nor is another one made with an access token from before, which would outlive it.
    const again = await asBob.post('/api-keys', { name: 'Warehouse', scopes: ['orders:read'] });
    expect(again.status).toBe(401);
  });

  it.each([
    [{ name: '', scopes: ['orders:read'] }],
    [{ name: ' ', scopes: ['orders:read'] }],
    [{ name: 'a\nb', scopes: ['orders:read'] }],
    [{ name: 'x'.repeat(101), scopes: ['orders:read'] }],
    [{ name: 'x', scopes: [] }],
    [{ name: 'x', scopes: ['orders:write'] }],
    [{ name: 'x', scopes: ['orders:read', 'orders:read'] }],
    [{ name: 'x', scopes: ['orders:read'], days: 91 }],
    [{ name: 'x', scopes: ['orders:read'], days: 0 }],
    [{ name: 'x', scopes: ['orders:read'], roles: ['admin'] }],
    [{ name: 'x', scopes: ['orders:read'], owner: bob.id }],
  ])('are not made of %j', async (body) => {
    expect((await asAlice.post('/api-keys', body)).status).toBe(400);
    expect((await asAlice.get('/api-keys')).body).toEqual([]);
  });
});
