import { Controller, Delete, Get, Logger, Post, UseGuards } from '@nestjs/common';
import { SkipThrottle, Throttle, ThrottlerGuard } from '@nestjs/throttler';
import { Authenticated, Public, Returns, type SecurityEvent, type SecurityOptions } from 'nestjs-gatehouse';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type AdapterName, type StartedApp } from '../support/start-app.js';
import { bearer, issuer } from '../support/tokens.js';
import { FlakyStore, type Mood } from './flaky-store.js';

let handled = 0;

@Controller('things')
class ThingsController {
  @Get() @Authenticated() @Returns(null) read() {
    handled++;
  }
  @Post() @Authenticated() @Returns(null) write() {
    handled++;
  }
  @Delete() @Authenticated() @SkipThrottle() @Returns(null) remove() {
    handled++;
  }
  @Post('login') @Public('signs in') @Throttle({ login: {} }) @Returns(null) login() {
    handled++;
  }
  @Get('health') @Public('probe') @SkipThrottle() @Returns(null) health() {
    handled++;
  }
  @Get('plain') @Public('open') @Returns(null) plain() {
    handled++;
  }
  @Get('stock') @Public('open') @UseGuards(ThrottlerGuard) @Returns(null) stock() {
    handled++;
  }
}

const throttlers = [
  { name: 'address', by: 'address', ttl: 600_000, limit: 1000 },
  { name: 'user', by: 'user', ttl: 600_000, limit: 40 },
  { name: 'login', by: 'address', ttl: 600_000, limit: 5, algorithm: 'log', scope: 'declared' },
] as const;

let app: StartedApp;
let events: SecurityEvent[];
let store: FlakyStore;
afterEach(() => app.close());

async function start(adapter: AdapterName, options: Partial<SecurityOptions> = {}): Promise<void> {
  handled = 0;
  events = [];
  store = new FlakyStore();
  const module = guardedModule([ThingsController], {
    authentication: { ...issuer.options, revocation: true },
    throttling: { throttlers },
    state: store,
    outage: { deadline: 25, expectedInstances: 4 },
    events: { sink: { write: (event) => void events.push(event) } },
    ...options,
  });
  app = await startApp(module, adapter);
}
async function send(method: string, path: string, authorization?: string) {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const response = await fetch(`${app.url}/things${path}`, { method, headers });
  const text = await response.text();
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text };
}
const types = () => events.map(({ type }) => type).filter((type) => type.startsWith('state.'));

describe.each(ADAPTERS)('on %s', (adapter) => {
  it('what a request asks of the store is one trip: revocation, address, user', async () => {
    await start(adapter);
    const alice = await bearer('alice');
    for (let i = 0; i < 3; i++) expect((await send('GET', '', alice)).status).toBe(200);
    expect(store.trips.map((batch) => batch.map(({ op, key }) => `${op} ${key.split(':')[0]}`))).toEqual(
      Array.from({ length: 3 }, () => ['read revoked', 'read revoked', 'consume address', 'consume user']),
    );
    store.trips.length = 0;
    await send('GET', '/health');
    expect(store.trips).toEqual([]);
    expect((await send('DELETE', '', alice)).status).toBe(200);
    expect(store.trips.map((batch) => batch.map(({ op }) => op))).toEqual([['read', 'read']]);
    store.trips.length = 0;
    await send('GET', '/nowhere');
    expect(store.trips).toHaveLength(1);
  });

  it.each<Mood>(['rejects', 'throws', 'hangs'])(
    'a store that %s: reads of known callers go on by a local share, writes, logins and strangers get 503',
    async (mood) => {
      await start(adapter);
      const [alice, bob] = [await bearer('alice'), await bearer('bob')];
      expect((await send('GET', '', alice)).status).toBe(200);
      store.mood = mood;
      handled = 0;
      // Opens the breaker.
      for (let i = 0; i < 3; i++) expect((await send('GET', '/plain')).status).toBe(200);
      const before = store.trips.length;
      const seen: number[] = [];
      for (let i = 0; i < 12; i++) seen.push((await send('GET', '', alice)).status);
      // 40 in four instances.
      expect(seen).toEqual([...Array<number>(10).fill(200), 429, 429]);
      expect(handled).toBe(13);
      for (const [method, path, authorization] of [
        ['POST', '', alice],
        ['DELETE', '', alice],
        ['POST', '/login', undefined],
        ['GET', '', bob],
        ['GET', '', bob],
      ] as const) {
        const answer = await send(method, path, authorization);
        expect([method, path, answer.status, answer.retryAfter]).toEqual([method, path, 503, '5']);
        expect(answer.text).not.toContain('secret');
      }
      expect((await send('GET', '/health')).status).toBe(200);
      expect((await send('GET', '/nowhere')).status).toBe(404);
      expect((await send('GET', '', 'Bearer x.y.z')).status).toBe(401);
      expect(handled).toBe(14);
      // While it is down nobody is sent there, but for one that tries now and then.
      expect(store.trips.length - before).toBeLessThan(10);
      expect(types()).toEqual(['state.outage']);
      expect(events.filter(({ type }) => type === 'server.failed')).toEqual([]);
      expect(JSON.stringify(events)).not.toContain('secret');

      store.mood = 'works';
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const authorization of [alice, bob])
        expect((await send('POST', '', authorization)).status).toBe(201);
      expect((await send('POST', '/login')).status).toBe(201);
      expect(types()).toEqual(['state.outage', 'state.recovered']);
      const over = events.find(({ type }) => type === 'state.recovered') as { milliseconds: number };
      expect(over.milliseconds).toBeGreaterThan(0);
    },
  );

  it('reads of known callers end when they have gone on for long enough', async () => {
    await start(adapter, { outage: { deadline: 25, readsFor: 300 } });
    const alice = await bearer('alice');
    expect((await send('GET', '', alice)).status).toBe(200);
    store.mood = 'rejects';
    for (let i = 0; i < 3; i++) expect((await send('GET', '', alice)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect((await send('GET', '', alice)).status).toBe(503);
  });

  it('a limit of traffic may be closed, and one of security open to a local share', async () => {
    await start(adapter, {
      throttling: {
        throttlers: [
          { ...throttlers[0], onOutage: 'closed' },
          { ...throttlers[2], onOutage: 'local' },
        ],
      },
    });
    store.mood = 'rejects';
    expect((await send('GET', '/plain')).status).toBe(503);
    expect((await send('GET', '/nowhere')).status).toBe(503);
  });

  it('a limit that is only watched holds nobody up, whatever it counts by', async () => {
    await start(adapter, {
      throttling: {
        throttlers: [
          ...throttlers,
          { name: 'watched', by: 'address', ttl: 600_000, limit: 5, algorithm: 'log', mode: 'report' },
        ],
      },
    });
    store.mood = 'rejects';
    for (let i = 0; i < 6; i++) expect((await send('GET', '/plain')).status).toBe(200);
  });

  it('answers 503 where the stock guard of the application cannot count', async () => {
    await start(adapter);
    expect((await send('GET', '/stock')).status).toBe(200);
    store.mood = 'rejects';
    const answer = await send('GET', '/stock');
    expect([answer.status, answer.retryAfter]).toEqual([503, '5']);
  });
});

describe('what a store says of itself at boot', () => {
  it.each([
    ['a warning', () => ['it evicts'], 'it evicts'],
    ['nothing, for it hangs', () => new Promise<string[]>(() => {}), 'The state store does not answer.'],
    [
      'nothing, for it throws',
      () => Promise.reject(new Error('secret')),
      'The state store could not be checked.',
    ],
  ])('%s: it is warned of, and the application starts', { timeout: 20_000 }, async (_, check, warning) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const state = { run: (batch: readonly unknown[]) => batch.map(() => undefined), check };
    app = await startApp(guardedModule([ThingsController], { throttling: { throttlers }, state }), 'express');
    const warned = warn.mock.calls.map(([message]) => message as unknown);
    warn.mockRestore();
    expect(warned).toEqual([warning]);
    expect((await send('GET', '/health')).status).toBe(200);
  });
});
