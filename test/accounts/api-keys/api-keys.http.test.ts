import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Controller, Get, Next } from '@nestjs/common';
import {
  ApiKeyService,
  Authenticated,
  AuthenticateWith,
  memoryApiKeys,
  memoryState,
  Posture,
  RawResponse,
  Returns,
  Revocation,
  Scopes,
  type StateOp,
  type StateStore,
} from 'nestjs-gatehouse';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { guardedModule } from '../../support/guarded-module.js';
import { ADAPTERS, startApp } from '../../support/start-app.js';
import { bearer, issuer } from '../../support/tokens.js';
import { Held, keyApp, type KeyApp } from './key-app.js';

const ALICE = { owner: 'alice', name: 'Warehouse', scopes: ['orders:read'] };
const A_MINUTE = 60_000;

@Controller()
class DetourController {
  served = 0;

  @Get('detour')
  @AuthenticateWith('jwt', 'api-key')
  @Scopes('orders:read')
  @RawResponse('hands the request on')
  first(@Next() next: () => void): void {
    next();
  }

  @Get('detour')
  @Authenticated()
  @Returns(null)
  second(): void {
    this.served++;
  }
}

it('a route that takes none has none handed on by another that does', async () => {
  const apiKeys = { prefix: 'shop', store: memoryApiKeys() };
  const { app, url, close } = await startApp(
    guardedModule([DetourController], { accounts: { apiKeys } }),
    'express',
  );
  const controller = app.get(DetourController);
  const { key } = await app.get(ApiKeyService, { strict: false }).create(ALICE);
  expect((await fetch(`${url}/detour`, { headers: { 'X-API-Key': key } })).status).toBe(401);
  expect(controller.served).toBe(0);
  const headers = { Authorization: await bearer('alice', [], { scope: 'orders:read' }) };
  expect((await fetch(`${url}/detour`, { headers })).status).toBe(200);
  expect(controller.served).toBe(1);
  await close();
});

describe.each(ADAPTERS)('API keys over HTTP on %s', (adapter) => {
  let app: KeyApp;
  afterEach(() => app.close());
  const start = async (
    ...given: Parameters<typeof keyApp> extends [unknown, ...infer Rest] ? Rest : never
  ) => {
    app = await keyApp(adapter, ...given);
    return app;
  };

  it.each([
    ['X-API-Key', (key: string) => ({ 'X-API-Key': key })],
    ['Authorization: ApiKey', (key: string) => ({ Authorization: `ApiKey ${key}` })],
    ['Authorization: apikey', (key: string) => ({ Authorization: `apikey ${key}` })],
  ])('come in %s, as their owner', async (_, headers) => {
    const { keys, get } = await start();
    const { key } = await keys.create(ALICE);
    const answer = await get('/orders', headers(key));
    expect([answer.status, await answer.json()]).toEqual([200, { id: 'alice', method: 'api-key' }]);
  });

  it('stand beside access tokens on one route, and on no other', async () => {
    const { keys, get, reasons } = await start();
    const { key } = await keys.create(ALICE);
    const token = await bearer('bob', [], { scope: 'orders:read' });
    const answer = await get('/orders', { Authorization: token });
    expect(await answer.json()).toEqual({ id: 'bob', method: 'jwt' });
    expect((await get('/me', { Authorization: token })).status).toBe(200);
    const refused = await get('/me', { 'X-API-Key': key });
    expect([refused.status, refused.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer realm="api"']);
    expect((await get('/reports', { Authorization: token })).status).toBe(401);
    expect(reasons()).toEqual(['credential.method', 'credential.method']);
  });

  it('have their scopes alone, and no roles of their owner', async () => {
    const { keys, get, reasons, counter, url } = await start();
    const { key } = await keys.create(ALICE);
    const write = await fetch(`${url}/orders`, { method: 'POST', headers: { 'X-API-Key': key } });
    expect(write.status).toBe(403);
    expect((await get('/reports', { 'X-API-Key': key })).status).toBe(403);
    expect(reasons()).toEqual(['access.scope', 'access.role']);
    expect(counter.reached).toEqual([]);
    const withRole = await keys.create({ ...ALICE, roles: ['user'] as never });
    expect((await get('/reports', { 'X-API-Key': withRole.key })).status).toBe(200);
  });

  it('are named in the log by their id, and never by themselves', async () => {
    const { keys, get, events } = await start();
    const { key, info } = await keys.create(ALICE);
    await get('/reports', { 'X-API-Key': key });
    expect(events.at(-1)).toMatchObject({ reason: 'access.role', principal: 'alice', apiKey: info.id });
    expect(JSON.stringify(events)).not.toContain(key.slice(-39, -6));
  });

  it('are refused in one way, whatever is wrong with them', async () => {
    const { keys, get, reasons } = await start();
    const { key, info } = await keys.create(ALICE);
    await keys.revoke(info.id, 'alice');
    const other = await keys.create(ALICE);
    const { key: after } = (await keys.rotate(other.info.id, 'alice', { overlapHours: 0 }))!;
    const answers = await Promise.all(
      ['junk', key, other.key].map(async (each) => {
        const answer = await get('/orders', { 'X-API-Key': each });
        const { instance, traceId, ...body } = (await answer.json()) as Record<string, unknown>;
        expect([typeof instance, typeof traceId]).toEqual(['string', 'string']);
        return JSON.stringify([answer.status, answer.headers.get('WWW-Authenticate'), body]);
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('[401,"ApiKey realm=\\"api\\""');
    expect(new Set(reasons())).toEqual(new Set(['api-key.malformed', 'api-key.revoked', 'api-key.rotated']));
    expect((await get('/orders', { 'X-API-Key': after })).status).toBe(200);
  });

  it('are not shown to the issuer that is asked about tokens', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      void text(request).then((body) => asked.push(body));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"active":false}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const introspection = { endpoint: `${url}/introspect`, clientId: 'shop', clientSecret: 'of the shop' };
    try {
      const { keys, get, counter } = await start({
        authentication: { issuer: url, audience: 'https://api.test', introspection },
      });
      const { key } = await keys.create(ALICE);
      for (const scheme of ['Bearer', 'bearer', 'BEARER'])
        for (const path of ['/orders', '/reports', '/me'])
          expect((await get(path, { Authorization: `${scheme} ${key}` })).status).toBe(401);
      expect(asked).toEqual([]);
      expect((await get('/me', { Authorization: 'Bearer opaque' })).status).toBe(401);
      await vi.waitFor(() => expect(asked).toHaveLength(1));
      expect(asked).toEqual(['token=opaque&token_type_hint=access_token']);
      expect(counter.reached).toEqual([]);
      expect((await get('/orders', { 'X-API-Key': key })).status).toBe(200);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('are asked for on a route that takes nothing else', async () => {
    const { get } = await start();
    const either = await get('/orders');
    expect(either.headers.get('WWW-Authenticate')).toBe('Bearer realm="api", ApiKey realm="api"');
    expect((await get('/reports')).headers.get('WWW-Authenticate')).toBe('ApiKey realm="api"');
  });

  it('are not looked at on a public route', async () => {
    const { get, calls } = await start();
    expect((await get('/health', { 'X-API-Key': 'junk' })).status).toBe(200);
    expect(calls).toEqual({});
  });

  it('are a 503 while their store is down, and access tokens go on', async () => {
    const store = memoryApiKeys();
    const { keys, get, reasons, counter } = await start({}, { store, deadline: 20 });
    const { key } = await keys.create(ALICE);
    for (const find of [() => Promise.reject(new Error('x')), () => new Promise<never>(() => undefined)]) {
      store.find = find as never;
      const answer = await get('/orders', { 'X-API-Key': key });
      expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '5']);
    }
    expect(reasons()).toEqual(['api-key.unavailable', 'api-key.unavailable']);
    expect(counter.reached).toEqual([]);
    const token = await bearer('bob', [], { scope: 'orders:read' });
    expect((await get('/orders', { Authorization: token })).status).toBe(200);
  });

  it('have limits of their own: neither spends what the other has', async () => {
    const throttlers = [
      { name: 'address', by: 'address', ttl: A_MINUTE, limit: 1000 },
      { name: 'user', by: 'user', ttl: A_MINUTE, limit: 2 },
      { name: 'key', by: 'key', ttl: A_MINUTE, limit: 3 },
    ] as const;
    const { keys, get, reasons } = await start({ throttling: { throttlers } });
    const one = await keys.create(ALICE);
    const other = await keys.create(ALICE);
    const token = await bearer('alice', [], { scope: 'orders:read' });
    const statuses = async (count: number, headers: Record<string, string>) => {
      const seen: number[] = [];
      for (let i = 0; i < count; i++) seen.push((await get('/orders', headers)).status);
      return seen;
    };
    expect(await statuses(4, { 'X-API-Key': one.key })).toEqual([200, 200, 200, 429]);
    expect(await statuses(3, { Authorization: token })).toEqual([200, 200, 429]);
    expect(await statuses(4, { 'X-API-Key': other.key })).toEqual([200, 200, 200, 429]);
    // Both secrets of a key have one count.
    const { key } = (await keys.rotate(other.info.id, 'alice'))!;
    expect(await statuses(1, { 'X-API-Key': key })).toEqual([429]);
    expect(new Set(reasons())).toEqual(new Set(['limit.exceeded']));
  });

  it('have places of their own, too', async () => {
    const { keys, get, app: nest } = await start({ throttling: { concurrency: 1 } });
    const one = await keys.create(ALICE);
    const other = await keys.create(ALICE);
    const token = await bearer('alice', [], { scope: 'orders:read' });
    const held = nest.get(Held);
    const waiting = get('/held', { 'X-API-Key': one.key });
    await held.begun;
    expect((await get('/orders', { 'X-API-Key': one.key })).status).toBe(429);
    expect((await get('/orders', { 'X-API-Key': other.key })).status).toBe(200);
    expect((await get('/orders', { Authorization: token })).status).toBe(200);
    held.end();
    expect((await waiting).status).toBe(200);
    await expect.poll(async () => (await get('/orders', { 'X-API-Key': one.key })).status).toBe(200);
  });

  it('are counted on routes that take them, and stand in the inventory there alone', async () => {
    const { app: nest } = await start();
    const counted = nest
      .get(Posture)
      .rows()
      .filter(({ controls }) => controls['limits']?.includes('key 300/60s'));
    expect(counted.map(({ address }) => address).toSorted()).toEqual([
      'GET /held',
      'GET /orders',
      'GET /reports',
      'POST /orders',
    ]);
  });

  it('cost one trip to the state store and one look into their own', async () => {
    const batches: Array<readonly StateOp[]> = [];
    const memory = memoryState();
    const state: StateStore = { run: async (batch) => (batches.push(batch), memory.run(batch)) };
    const authentication = { ...issuer.options, revocation: true };
    const { keys, get, calls } = await start({ state, authentication });
    const { key, info } = await keys.create(ALICE);
    expect((await get('/orders', { 'X-API-Key': key })).status).toBe(200);
    expect(calls['find']).toBe(1);
    expect(batches).toHaveLength(1);
    expect(batches[0]!.map((op) => op.key)).toEqual([
      expect.stringContaining('address:'),
      `user:key:${info.id}`,
    ]);
  });

  it('outlive the tokens of their owner, and end with revokeAll', async () => {
    const {
      keys,
      get,
      app: nest,
    } = await start({
      authentication: { ...issuer.options, revocation: true },
    });
    const { key } = await keys.create(ALICE);
    const token = await bearer('alice', [], { scope: 'orders:read' });
    await nest.get(Revocation, { strict: false }).revokeSubject('alice');
    expect((await get('/orders', { Authorization: token })).status).toBe(401);
    expect((await get('/orders', { 'X-API-Key': key })).status).toBe(200);
    expect(await keys.revokeAll('alice')).toBe(1);
    expect((await get('/orders', { 'X-API-Key': key })).status).toBe(401);
  });

  it('that are guessed spend the failures of their address, and good ones go on', async () => {
    const { keys, get, reasons } = await start({
      throttling: { failures: { limit: 3, ttl: A_MINUTE } },
    });
    const { key, info } = await keys.create(ALICE);
    await keys.rotate(info.id, 'alice', { overlapHours: 0 });
    // A secret that was rotated out is no guess.
    for (let i = 0; i < 5; i++) expect((await get('/orders', { 'X-API-Key': key })).status).toBe(401);
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) seen.push((await get('/orders', { 'X-API-Key': 'junk' })).status);
    expect(seen).toEqual([401, 401, 401, 429, 429]);
    const good = await keys.create(ALICE);
    expect((await get('/orders', { 'X-API-Key': good.key })).status).toBe(200);
    expect(reasons().slice(5, 8)).toEqual(Array(3).fill('api-key.malformed'));
  });
});
