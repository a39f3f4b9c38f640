import { Controller, Get, Res, StreamableFile } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SkipThrottle } from '@nestjs/throttler';
import { Authenticated, Deadline, RawResponse, Returns } from 'nestjs-gatehouse';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { whenAbandonedEnds } from '../../lib/kit/http/abandoned.js';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';

let waiting: Array<() => void> = [];
/** What the server has seen end. */
let ended = { connections: 0 };
const untilCalled = () => new Promise<void>((resolve) => waiting.push(resolve));

@Controller('slow')
class SlowController {
  @Get()
  @Authenticated()
  @Returns(null)
  async slow(): Promise<void> {
    await untilCalled();
  }

  @Get('uncounted')
  @SkipThrottle()
  @Authenticated()
  @Returns(null)
  uncounted(): Promise<void> {
    return untilCalled();
  }

  @Get('fails')
  @Authenticated()
  @Returns(null)
  async fails(): Promise<void> {
    await untilCalled();
    throw new Error('too late');
  }

  @Get('late')
  @Deadline(100)
  @Authenticated()
  @Returns(null)
  late(): Promise<void> {
    return untilCalled();
  }

  @Get('raw')
  @Authenticated()
  @RawResponse('a test')
  async raw(@Res() reply: any): Promise<void> {
    const raw = (reply.raw ?? reply) as ServerResponse;
    if (reply.raw) reply.hijack();
    raw.write('begun');
    await untilCalled();
    raw.end();
  }

  @Get('stream')
  @Authenticated()
  @RawResponse('a test')
  stream(): StreamableFile {
    const source = new Readable({ read() {} });
    source.push('begun');
    waiting.push(() => source.push(null));
    return new StreamableFile(source);
  }
}

let app: StartedApp | undefined;
afterEach(() => app?.close());
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe.each(ADAPTERS)('requests under way, on %s', (adapter) => {
  async function start(concurrency: number, prepare?: Parameters<typeof startApp>[2]) {
    waiting = [];
    // Those of the application before may still be ending.
    const mine = (ended = { connections: 0 });
    const module = guardedModule([SlowController], { throttling: { concurrency } });
    app = await startApp(module, adapter, prepare);
    app.app
      .getHttpServer()
      .on('connection', (socket: Socket) => socket.on('close', () => mine.connections++));
    const authorization = await bearer('alice');
    return (path = '', as = authorization) =>
      fetch(`${app!.url}/slow${path}`, { headers: { authorization: as } }).then(({ status, headers }) => ({
        status,
        retryAfter: headers.get('retry-after'),
      }));
  }
  /** Asks, and hangs up when `condition` holds. */
  async function hangUp(path: string, condition: () => boolean): Promise<void> {
    const headers = { authorization: await bearer('alice') };
    const request = get(`${app!.url}/slow${path}`, { headers, agent: false });
    request.on('error', () => {});
    await until(condition);
    request.destroy();
  }

  it('are bounded for one principal, and come free with their answers', async () => {
    const ask = await start(3);
    const open = [ask(), ask(), ask()];
    await until(() => waiting.length === 3);
    expect(await ask()).toEqual({ status: 429, retryAfter: '1' });
    const other = ask('', await bearer('bob'));
    await until(() => waiting.length === 4);
    for (const answer of waiting) answer();
    for (const asked of [...open, other]) expect((await asked).status).toBe(200);
    const again = [ask(), ask(), ask()];
    await until(() => waiting.length === 7);
    for (const answer of waiting) answer();
    expect((await Promise.all(again)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it.each(['', '/fails', '/raw'])(
    'are not over where the client hangs up, but where the handler ends: %s',
    async (path) => {
      const ask = await start(1);
      await hangUp(path, () => waiting.length === 1);
      await until(() => ended.connections === 1);
      expect((await ask()).status).toBe(429);
      waiting[0]!();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const next = ask();
      await until(() => waiting.length === 2);
      waiting[1]!();
      expect((await next).status).toBe(200);
    },
  );

  it('are not over where the deadline is, but where the handler ends', async () => {
    const ask = await start(1);
    expect((await ask('/late')).status).toBe(503);
    expect((await ask()).status).toBe(429);
    waiting[0]!();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await ask('/late')).status).toBe(503);
  });

  it('are over where the client hangs up on a stream, which ends with it', async () => {
    const ask = await start(1);
    await hangUp('/stream', () => waiting.length === 1);
    await until(() => ended.connections === 1);
    const next = ask();
    await until(() => waiting.length === 2);
    waiting[1]!();
    expect((await next).status).toBe(200);
  });

  it('are counted also where the client has hung up before the guard', async () => {
    let held: (() => void) | undefined;
    const ask = await start(1, (created) => {
      created.use((request: any, _response: unknown, next: () => void) => {
        if (request.headers['x-hold'] === undefined) return next();
        held = next;
      });
    });
    const headers = { authorization: await bearer('alice'), 'x-hold': '1' };
    const request = get(`${app!.url}/slow`, { headers, agent: false }).on('error', () => {});
    await until(() => held !== undefined);
    request.destroy();
    await until(() => ended.connections === 1);
    held!();
    await until(() => waiting.length === 1);
    expect((await ask()).status).toBe(429);
    waiting[0]!();
  });

  it('are bounded also where nothing else is counted', async () => {
    const ask = await start(1);
    const open = ask('/uncounted');
    await until(() => waiting.length === 1);
    expect(await ask('/uncounted')).toEqual({ status: 429, retryAfter: '1' });
    waiting[0]!();
    expect((await open).status).toBe(200);
  });
});

it('an answer that nobody gives and nobody waits for is over after a while', async () => {
  const over = new Promise<void>((resolve) => {
    const server = createServer((_request, response) => {
      response.on('close', () => {
        whenAbandonedEnds(response, 100, () => {
          server.close();
          resolve();
        });
      });
    }).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const request = get({ port, host: '127.0.0.1', agent: false }).on('error', () => {});
      setTimeout(() => request.destroy(), 50);
    });
  });
  await over;
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
