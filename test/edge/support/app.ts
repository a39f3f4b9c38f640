import {
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  ForbiddenException,
  Get,
  HttpException,
  Module,
  NotFoundException,
  Param,
  Post,
  Query,
  RawBody,
  Req,
  Res,
  StreamableFile,
  type DynamicModule,
  type INestApplication,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common';
import type { HttpsOptions } from '@nestjs/common/interfaces/external/https-options.interface.js';
import { APP_FILTER, HttpAdapterHost, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import type { Decision, MaybePromise } from '../../../lib/core/decision.js';
import { ProblemException } from '../../../lib/core/problem-exception.js';
import { factsOf, rawRequest, type RequestFacts } from '../../../lib/core/request-facts.js';
import type { SecurityEvent } from '../../../lib/core/security-event.js';
import { SecurityEvents } from '../../../lib/kit/events/security-events.js';
import { EdgeHook } from '../../../lib/pipeline/edge/edge.hook.js';
import { resolveEdge, type EdgeOptions } from '../../../lib/pipeline/edge/edge.options.js';
import { EdgeServers } from '../../../lib/pipeline/edge/edge.servers.js';
import type { Readings } from '../../../lib/pipeline/edge/event-loop-delay.js';
import { Overload } from '../../../lib/pipeline/edge/overload.js';
import { AdapterErrors } from '../../../lib/pipeline/output/problems/adapter-errors.js';
import { ProblemWriter } from '../../../lib/pipeline/output/problems/problem-writer.js';
import { ProblemFilter } from '../../../lib/pipeline/output/problems/problem.filter.js';
import { Refusals } from '../../../lib/pipeline/output/problems/refusals.js';

export type AdapterName = 'express' | 'fastify';
export const ADAPTERS: readonly AdapterName[] = ['express', 'fastify'];

@Controller('things')
export class ThingsController {
  @Get('facts') facts(@Req() request: unknown): RequestFacts | undefined {
    return factsOf(rawRequest(request));
  }
  @Get('throw/:what') throw(@Param('what') what: string): unknown {
    throw thrownValue(what);
  }
  @Get('bigint') bigint(): unknown {
    return { secret: 'hunter2', n: 1n };
  }
  @Get('stream') stream(): StreamableFile {
    const source = new Readable({ read() {} });
    source.push('first');
    setTimeout(() => source.destroy(new Error('hunter2')), 30);
    return new StreamableFile(source);
  }
  @Get('half') async half(@Res() response: any): Promise<void> {
    const raw = response.raw ?? response;
    if (response.raw) response.hijack();
    raw.write('half');
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error('hunter2');
  }
  @Get('own-headers') ownHeaders(@Res({ passthrough: true }) response: any): unknown {
    response.header('Cache-Control', 'public, max-age=60');
    return {};
  }
  @Get('stale-headers') staleHeaders(@Res({ passthrough: true }) response: any): unknown {
    const raw = response.raw ?? response;
    raw.setHeader('Content-Length', '3');
    raw.setHeader('Content-Encoding', 'gzip');
    raw.setHeader('Cache-Control', 'public, max-age=60');
    throw new ConflictException();
  }
  @Post('echo') echo(@Body() body: unknown, @RawBody() rawBody: Buffer | undefined): unknown {
    return { body: body ?? null, none: body === undefined, raw: rawBody?.length ?? null };
  }
  @Get('query') query(@Query() query: unknown): unknown {
    return query;
  }
  @Get(':id') one(@Param('id') id: string): unknown {
    return { id };
  }
}

function thrownValue(what: string): unknown {
  const values: Record<string, unknown> = {
    string: 'hunter2',
    undefined: undefined,
    null: null,
    object: { status: 418, message: 'hunter2' },
    error: new Error('hunter2'),
    'error-with-status': Object.assign(new Error('hunter2'), { status: 401, statusCode: 401, expose: true }),
    conflict: new ConflictException('hunter2'),
    object400: new BadRequestException({ query: 'hunter2', errors: ['hunter2'] }),
    object500: new HttpException({ query: 'hunter2', cause: { stack: 'hunter2' } }, 500),
    redirect: new HttpException('hunter2', 302),
    weird: new HttpException('hunter2', 9999),
    forbidden: new ForbiddenException('hunter2'),
    missing: new NotFoundException('hunter2'),
    own: new ProblemException({ status: 409, type: 'https://x.example/out', title: 'Out of "stock"' }),
  };
  return values[what];
}

export interface Options {
  readonly edge?: EdgeOptions;
  readonly consumed?: readonly string[];
  readonly prefix?: string;
  readonly charge?: (facts: RequestFacts) => MaybePromise<Decision>;
  readonly door?: (facts: RequestFacts, method: string, path: string) => Decision;
  readonly development?: boolean;
  readonly middleware?: (request: any, response: any, next: (error?: unknown) => void) => void;
  readonly controllers?: any[];
  readonly testing?: boolean;
  readonly host?: string;
  /** Speaks TLS, with these options of Node's. */
  readonly tls?: TlsOptions;
  /** In the place of those of this process. */
  readonly readings?: Readings;
  /** Runs between creation and start. */
  readonly prepare?: (app: INestApplication) => void;
}

@Module({})
class SecurityParts implements NestModule {
  static options: Options;
  configure(consumer: MiddlewareConsumer): void {
    const { middleware } = SecurityParts.options;
    if (middleware) consumer.apply(middleware).forRoutes('*');
  }
}

/** The parts of `SecurityModule` under test, with stand-ins for the rooms that are not. */
function partsModule(options: Options, events: SecurityEvents): DynamicModule {
  SecurityParts.options = options;
  const refusals = new Refusals(
    { charge: (facts) => options.charge?.(facts) },
    events,
    new ProblemWriter(options.development ?? false),
    options.development ?? false,
  );
  const edge = resolveEdge(options.edge);
  const overload = new Overload(edge.maxEventLoopDelay, events, options.readings);
  const consumed = new Set(options.consumed);
  const door = { check: options.door ?? (() => undefined) };
  return {
    module: SecurityParts,
    controllers: options.controllers ?? [ThingsController],
    providers: [
      { provide: SecurityEvents, useValue: events },
      {
        provide: EdgeHook,
        inject: [HttpAdapterHost],
        useFactory: (host: HttpAdapterHost) => new EdgeHook(host, edge, door, refusals, consumed, overload),
      },
      {
        provide: EdgeServers,
        inject: [HttpAdapterHost],
        useFactory: (host: HttpAdapterHost) => new EdgeServers(host, edge.timeouts),
      },
      {
        provide: AdapterErrors,
        inject: [HttpAdapterHost, EdgeHook],
        useFactory: (host: HttpAdapterHost, hook: EdgeHook) =>
          new AdapterErrors(host, refusals, hook, events),
      },
      {
        provide: APP_FILTER,
        inject: [EdgeHook],
        useFactory: (hook: EdgeHook) => new ProblemFilter(refusals, hook),
      },
    ],
  };
}

export interface Running {
  readonly app: INestApplication;
  readonly port: number;
  readonly events: SecurityEvent[];
  close(): Promise<void>;
}

/** Boots a small application and listens on loopback. */
export async function boot(name: AdapterName, options: Options = {}): Promise<Running> {
  const events: SecurityEvent[] = [];
  const log = new SecurityEvents({ write: (event) => events.push(event) });
  const root = partsModule(options, log);
  const { tls } = options;
  const adapter =
    name === 'express' ? new ExpressAdapter() : new FastifyAdapter(tls ? ({ https: tls } as object) : {});
  const app: INestApplication = options.testing
    ? (await Test.createTestingModule({ imports: [root] }).compile()).createNestApplication(adapter as any, {
        logger: false,
      })
    : await NestFactory.create(root, adapter as any, {
        logger: false,
        abortOnError: false,
        ...(tls && { httpsOptions: tls as HttpsOptions }),
      });
  if (options.prefix) app.setGlobalPrefix(options.prefix);
  options.prepare?.(app);
  await app.listen(0, options.host ?? '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, port, events, close: () => app.close() };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: any;
}

/** One request through Node's own client, with the path as given. */
export function send(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body?: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { port, host: '127.0.0.1', method, path, headers, agent: false },
      (incoming) => {
        collect(incoming).then(resolve, reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function collect(incoming: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', reject);
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        json = undefined;
      }
      resolve({ status: incoming.statusCode!, headers: incoming.headers, text, json });
    });
  });
}

/** Writes bytes to a raw socket and gives all that comes back until the server closes or is silent. */
export function rawSend(port: number, bytes: string | Buffer, silence = 400, half = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    const finish = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(silence, finish);
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', finish);
    socket.on('end', finish);
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    if (half) socket.end();
  });
}

/** Whether the server ends the connection by itself, after these bytes. */
export function endsConnection(port: number, bytes: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setTimeout(3000, () => socket.destroy().emit('silence'));
    socket.on('silence', () => resolve(false));
    socket.on('close', () => resolve(true));
    socket.on('error', () => {});
    socket.resume();
    socket.write(bytes);
  });
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Takes the first answer out of what came over a socket. */
export function parseRaw(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(status.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}
