import {
  Controller,
  Get,
  Injectable,
  Post,
  Res,
  StreamableFile,
  UseGuards,
  type CanActivate,
  type INestApplication,
  type LoggerService,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Consumes,
  Deadline,
  Posture,
  Public,
  RawResponse,
  Returns,
  SecurityModule,
  type SecurityEvent,
  type SecurityOptions,
} from 'nestjs-gatehouse';
import { issuer } from '../support/tokens.js';
import { ADAPTERS, parseRaw, rawSend, send, type AdapterName } from './support/app.js';
import { expectProblem } from './support/expect.js';
import { untilClosed } from './support/raw-connection.js';

const HANDLER = 300;
const LATE = 500;
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const never = () => new Promise<never>(() => {});
const get = (path: string, method = 'GET') => `${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const UPLOAD =
  'POST /late/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n';

let begun = 0;

@Injectable()
class LateGuard implements CanActivate {
  async canActivate(): Promise<boolean> {
    await wait(LATE);
    return true;
  }
}

@Controller('late')
@Public('a test')
class LateController {
  @Get('prompt') @Returns(String) prompt() {
    return 'prompt';
  }
  @Get('never') @Returns(String) never() {
    return never();
  }
  @Get('value') @Returns(String) async value() {
    await wait(LATE);
    return 'too late';
  }
  @Get('throw') @Returns(String) async throw(): Promise<string> {
    await wait(LATE);
    throw new Error('hunter2');
  }
  @Get('callback') @RawResponse('a test') callback(@Res() response: any): void {
    setTimeout(() => {
      response.header('x-late', '1');
      response.send({ too: 'late' });
    }, LATE);
  }
  @Get('stream') @RawResponse('a test') async stream(): Promise<StreamableFile> {
    await wait(LATE);
    return new StreamableFile(Readable.from(['too', 'late']));
  }
  @Get('guarded') @UseGuards(LateGuard) @Returns(String) guarded() {
    begun++;
    return 'too late';
  }
  @Get('moving') @RawResponse('a test') async moving(@Res() response: any): Promise<void> {
    const raw = (response.raw ?? response) as ServerResponse;
    if (response.raw) response.hijack();
    for (let i = 0; i < 6; i++) {
      raw.write('.');
      await wait(100);
    }
    raw.end('end');
  }
  @Post('upload') @Consumes('multipart/form-data') @Returns(String) upload() {
    return never();
  }
  @Get('half') @RawResponse('a test') async half(@Res() response: any): Promise<void> {
    const raw = (response.raw ?? response) as ServerResponse;
    if (response.raw) response.hijack();
    raw.write('half');
    await never();
  }
}

@Controller('own')
@Public('a test')
@Deadline(150)
class OwnController {
  @Get('short') @Returns(String) short() {
    return never();
  }
  @Get('long') @Deadline(5000) @Returns(String) async long() {
    await wait(LATE);
    return 'in time';
  }
}

interface Running {
  readonly app: INestApplication;
  readonly port: number;
  readonly events: SecurityEvent[];
  readonly log: string[];
}

async function start(name: AdapterName, options: Partial<SecurityOptions> = {}): Promise<Running> {
  const events: SecurityEvent[] = [];
  const log: string[] = [];
  class App {}
  const note = (message: unknown) => void log.push(String(message));
  const logger: LoggerService = { log: () => {}, warn: note, error: note, fatal: note };
  const stream = { write: note };
  const adapter =
    name === 'express' ? new ExpressAdapter() : new FastifyAdapter({ logger: { level: 'warn', stream } });
  const root = {
    module: App,
    controllers: [LateController, OwnController],
    imports: [
      SecurityModule.forRoot({
        authentication: issuer.options,
        events: { sink: { write: (event) => void events.push(event) } },
        edge: { timeouts: { handler: HANDLER }, cors: { origins: ['https://app.example.com'] } },
        ...options,
      }),
    ],
  };
  const app = await NestFactory.create(root, adapter as ExpressAdapter, { logger, abortOnError: false });
  // One that leaves the body to the handler.
  if (adapter instanceof FastifyAdapter) {
    const fastify = adapter.getInstance();
    fastify.addContentTypeParser('multipart/form-data', (_request, _body, done) => done(null));
  }
  await app.listen(0, '127.0.0.1');
  return { app, port: (app.getHttpServer().address() as AddressInfo).port, events, log };
}

describe.each(ADAPTERS)('the deadline of a handler, %s', (name) => {
  let server: Running;
  beforeAll(async () => {
    server = await start(name);
  });
  afterAll(() => server.app.close());

  it.each(['never', 'value', 'throw', 'callback', 'stream', 'guarded'])(
    'is answered 503 once, whatever comes later: %s',
    async (path) => {
      server.events.length = 0;
      server.log.length = 0;
      begun = 0;
      const { text, after } = await untilClosed(server.port, get(`/late/${path}`));
      const answer = parseRaw(text);
      expectProblem(answer, 503, 'unavailable');
      expect(answer.headers).toMatchObject({ 'retry-after': '5', connection: 'close' });
      expect(after).toBeLessThan(4000);
      await wait(LATE);
      expect(text.match(/HTTP\/1.1/g)).toHaveLength(1);
      expect(server.events).toMatchObject([
        {
          type: 'server.failed',
          reason: 'server.deadline',
          status: 503,
          route: `LateController.${path}`,
          requestId: answer.headers['x-request-id'],
        },
      ]);
      expect(server.log).toEqual([]);
      expect(begun).toBe(0);
    },
  );

  it('does not count while something moves', async () => {
    const text = await rawSend(server.port, get('/late/moving'), 1000);
    expect(parseRaw(text).status).toBe(200);
    expect(text).toContain('end');
  });

  it.each([
    ['sends one request after the other', `${get('/late/never')}GET /late/prompt HTTP/1.1\r\nA: `],
    ['asks for another route meanwhile', `${get('/late/never')}${get('/own/long')}GET / HTTP/1.1\r\nA: `],
    ['sends its body byte by byte', UPLOAD],
  ])('is not put off by a client that %s', async (_what, bytes) => {
    server.events.length = 0;
    const { text, after } = await untilClosed(server.port, bytes, { drip: 'a'.repeat(200) });
    expectProblem(parseRaw(text), 503, 'unavailable');
    expect(after).toBeLessThan(4000);
    expect(server.events).toHaveLength(1);
  });

  it('cuts an answer that has begun', async () => {
    server.events.length = 0;
    const { text } = await untilClosed(server.port, get('/late/half'));
    expect(parseRaw(text).status).toBe(200);
    expect(text).not.toContain('503');
    expect(server.events).toEqual([]);
  });

  it('a HEAD is answered without a body', async () => {
    const { text } = await untilClosed(server.port, get('/late/never', 'HEAD'));
    const answer = parseRaw(text);
    expect(answer.status).toBe(503);
    expect(answer.body).toBe('');
  });

  it('a page that may read answers may read this one', async () => {
    const answer = await send(server.port, 'GET', '/late/never', { origin: 'https://app.example.com' });
    expectProblem(answer, 503);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      vary: 'Origin',
    });
  });

  it('@Deadline on a controller, and another on its method', async () => {
    expectProblem(await send(server.port, 'GET', '/own/short'), 503);
    expect((await send(server.port, 'GET', '/own/long')).text).toBe('in time');
  });

  it('@Deadline ends with its request', async () => {
    const socketIsKept = rawSend(server.port, get('/own/long') + get('/late/prompt'), 1500);
    expect((await socketIsKept).match(/HTTP\/1.1 200/g)).toHaveLength(2);
    const { text, after } = await untilClosed(server.port, get('/own/long'), { next: get('/late/never') });
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503']);
    expect(after).toBeLessThan(4000);
  });

  it('the inventory shows it', () => {
    const rows = server.app.get(Posture).rows();
    const shown = Object.fromEntries(rows.map(({ handler, controls }) => [handler, controls['deadline']]));
    expect(shown).toMatchObject({ 'OwnController.short': '0.15s', 'OwnController.long': '5s' });
    expect(shown['LateController.never']).toBeUndefined();
  });
});

it.each([0, 99, 1.5, -1, Number.NaN, Infinity, 86_400_001, '1000', undefined])(
  '@Deadline(%s) is refused',
  (value) => {
    expect(() => Deadline(value as number)).toThrow(
      /option\.invalid\] @Deadline has no number of milliseconds/,
    );
  },
);
