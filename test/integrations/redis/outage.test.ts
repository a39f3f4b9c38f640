import { Controller, Get, Post } from '@nestjs/common';
import { Authenticated, Returns, type SecurityEvent } from 'nestjs-gatehouse';
import { redisState } from 'nestjs-gatehouse/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardedModule } from '../../support/guarded-module.js';
import { ask, canRun, startRedis, type TestRedis } from '../../support/redis.js';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';
import { bearer, issuer } from '../../support/tokens.js';
import { LIBRARIES, type Connected } from './clients.js';

@Controller('things')
class ThingsController {
  @Get() @Authenticated() @Returns(null) read() {}
  @Post() @Authenticated() @Returns(null) write() {}
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Sends requests at a steady pace, whatever becomes of the ones before. */
class Load {
  readonly answers: Array<{ at: number; method: string; status: number; took: number }> = [];
  running = true;
  readonly #sent: Array<Promise<void>> = [];
  readonly #pace: Promise<void>;

  constructor(
    private readonly url: string,
    private readonly authorization: string,
  ) {
    this.#pace = this.#run();
  }

  async #run(): Promise<void> {
    for (let i = 0; this.running; i++) {
      this.#sent.push(this.#send(i % 4 === 0 ? 'POST' : 'GET'));
      await sleep(10);
    }
  }

  async #send(method: string): Promise<void> {
    const at = performance.now();
    const headers = { authorization: this.authorization };
    const response = await fetch(`${this.url}/things`, { method, headers });
    await response.text();
    this.answers.push({ at, method, status: response.status, took: performance.now() - at });
  }

  /** What was answered to requests sent in a stretch of time. */
  between(from: number, to: number, method: string): number[] {
    const inside = this.answers.filter(({ at, method: sent }) => at >= from && at < to && sent === method);
    return inside.map(({ status }) => status);
  }

  async end(): Promise<void> {
    this.running = false;
    await this.#pace;
    await Promise.all(this.#sent);
  }
}

describe.runIf(canRun(import.meta.url, 'own'))('an app whose Redis goes away under load', () => {
  let server: TestRedis;
  let connected: Connected;
  let app: StartedApp;
  let events: SecurityEvent[];
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => void rejections.push(reason);

  beforeEach(async () => {
    server = await startRedis();
    events = [];
    rejections.length = 0;
    process.on('unhandledRejection', onRejection);
  });
  afterEach(async () => {
    process.off('unhandledRejection', onRejection);
    await app?.close();
    connected?.close();
    await server?.stop();
  });

  async function start(adapter: (typeof ADAPTERS)[number], kind: string): Promise<Load> {
    connected = await LIBRARIES.find(({ name }) => name === kind)!.connect(server.url);
    const module = guardedModule([ThingsController], {
      authentication: { ...issuer.options, revocation: true },
      throttling: {
        throttlers: [
          { name: 'address', by: 'address', ttl: 60_000, limit: 100_000 },
          { name: 'user', by: 'user', ttl: 60_000, limit: 100_000 },
        ],
        concurrency: false,
      },
      state: redisState(connected.client),
      events: { sink: { write: (event) => void events.push(event) } },
    });
    app = await startApp(module, adapter);
    return new Load(app.url, await bearer('alice'));
  }
  const outages = () => events.map(({ type }) => type).filter((type) => type.startsWith('state.'));

  const matrix = ADAPTERS.flatMap((adapter) =>
    (['killed', 'stopped'] as const).flatMap((fate) =>
      // The others are told apart from these by nothing that matters here.
      (['ioredis 5', 'redis 6'] as const).map((kind) => ({ adapter, fate, kind })),
    ),
  );
  it.each(matrix)(
    'answers by policy while it is $fate, and is whole again soon after ($kind, $adapter)',
    { timeout: 60_000 },
    async ({ adapter, fate, kind }) => {
      const load = await start(adapter, kind);
      await sleep(600);
      const down = performance.now();
      if (fate === 'killed') await server.kill();
      else server.pause();
      await sleep(1500);
      const up = performance.now();
      if (fate === 'killed') await server.restart();
      else server.resume();
      const back = performance.now();
      while (!outages().includes('state.recovered') && performance.now() - back < 10_000) await sleep(20);
      const recovered = performance.now();
      await sleep(400);
      const end = performance.now();
      await load.end();

      const statuses = new Set(load.answers.map(({ status }) => status));
      expect([...statuses].filter((status) => ![200, 201, 503].includes(status))).toEqual([]);
      // Until three have failed each waits for the deadline.
      expect(new Set(load.between(down + 400, up - 200, 'GET'))).toEqual(new Set([200]));
      expect(new Set(load.between(down + 400, up - 200, 'POST'))).toEqual(new Set([503]));
      expect(new Set(load.between(recovered + 50, end, 'POST'))).toEqual(new Set([201]));
      expect(outages()).toEqual(['state.outage', 'state.recovered']);
      expect(rejections).toEqual([]);
      expect(events.filter(({ type }) => type === 'server.failed')).toEqual([]);
    },
  );

  it('goes on where the scripts of the server are flushed', { timeout: 60_000 }, async () => {
    const load = await start('express', 'ioredis 5');
    for (let i = 0; i < 5; i++) {
      await sleep(100);
      await ask(server.port, 'SCRIPT', 'FLUSH');
    }
    await load.end();
    expect(new Set(load.answers.map(({ status }) => status))).toEqual(new Set([200, 201]));
    expect(outages()).toEqual([]);
  });

  it(
    'treats a server that has become a replica, and one that is full, as down',
    { timeout: 60_000 },
    async () => {
      const load = await start('express', 'ioredis 5');
      await sleep(200);
      for (const [begin, end] of [
        [
          ['REPLICAOF', '127.0.0.1', '1'],
          ['REPLICAOF', 'NO', 'ONE'],
        ],
        [
          ['CONFIG', 'SET', 'maxmemory', '1'],
          ['CONFIG', 'SET', 'maxmemory', '0'],
        ],
      ]) {
        events.length = 0;
        await ask(server.port, begin![0]!, ...begin!.slice(1));
        await sleep(500);
        expect(outages()).toEqual(['state.outage']);
        await ask(server.port, end![0]!, ...end!.slice(1));
        while (outages().length < 2) await sleep(20);
      }
      await load.end();
      const statuses = new Set(load.answers.map(({ status }) => status));
      expect([...statuses].filter((status) => ![200, 201, 503].includes(status))).toEqual([]);
      expect(rejections).toEqual([]);
    },
  );
});
