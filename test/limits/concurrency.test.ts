import { Controller, Get } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Authenticated, Returns } from 'nestjs-gatehouse';
import { afterEach, describe, expect, it } from 'vitest';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';

let waiting: Array<() => void> = [];

@Controller('slow')
class SlowController {
  @Get()
  @Authenticated()
  @Returns(null)
  async slow(): Promise<void> {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
}

let app: StartedApp | undefined;
afterEach(() => app?.close());
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe.each(ADAPTERS)('requests under way, on %s', (adapter) => {
  it('are bounded for one principal, and come free with an answer or a lost connection', async () => {
    waiting = [];
    app = await startApp(guardedModule([SlowController], { throttling: { concurrency: 3 } }), adapter);
    const [alice, bob] = [await bearer('alice'), await bearer('bob')];
    const ask = (authorization: string, signal?: AbortSignal) =>
      fetch(`${app!.url}/slow`, { headers: { authorization }, signal }).then((response) => ({
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
      }));
    const gone = new AbortController();
    const open = [ask(alice), ask(alice), ask(alice, gone.signal).catch(() => 'gone')];
    await until(() => waiting.length === 3);
    expect(await ask(alice)).toEqual({ status: 429, retryAfter: '1' });
    const other = ask(bob);
    await until(() => waiting.length === 4);

    gone.abort();
    expect(await open[2]).toBe('gone');
    // The server hears of it a moment later.
    let after = ask(alice);
    for (let i = 0; i < 200 && waiting.length < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if ((await Promise.race([after, Promise.resolve(undefined)]))?.status === 429) after = ask(alice);
    }
    expect(waiting).toHaveLength(5);
    expect((await ask(alice)).status).toBe(429);
    for (const answer of waiting) answer();
    expect((await open[0]) as object).toMatchObject({ status: 200 });
    expect((await other).status).toBe(200);
    expect((await after).status).toBe(200);
    const again = [ask(alice), ask(alice), ask(alice)];
    await until(() => waiting.length === 8);
    for (const answer of waiting) answer();
    expect((await Promise.all(again)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

it('come free again where a test injects them past the network', async () => {
  @Controller('quick')
  class QuickController {
    @Get() @Authenticated() @Returns(null) quick() {}
  }
  const module = guardedModule([QuickController], { throttling: { concurrency: 3 } });
  const injected = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    logger: false,
  });
  await injected.init();
  const authorization = await bearer('alice');
  for (let i = 0; i < 8; i++) {
    expect((await injected.inject({ url: '/quick', headers: { authorization } })).statusCode).toBe(200);
  }
  await injected.close();
});
