import type { OnApplicationBootstrap } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Decision, Denial } from '../../../core/decision.js';
import type { Reporter } from '../../../core/reporter.js';
import type { RequestFacts } from '../../../core/request-facts.js';
import { occurrenceOf } from '../../../kit/events/occurrence.js';
import { fastifyInternal } from '../../../kit/http/fastify-internals.js';
import { clientErrorAnswer, clientErrorDenial, factsOfSocket, type Decorate } from './client-error.js';
import type { FactsSource } from './problem.filter.js';
import type { Refusals } from './refusals.js';

/** What the paths around the filters need of the edge. */
export interface EdgeAccess extends FactsSource {
  /** Takes a request through the edge, where it has not been; `false` where that answered it. */
  admit(raw: IncomingMessage, response: ServerResponse): boolean;
  /** Sets the security headers and the request id on an answer. */
  decorate(...args: Parameters<Decorate>): void;
}

type ErrorMiddleware = (
  error: unknown,
  raw: IncomingMessage,
  response: ServerResponse,
  next: unknown,
) => void;
type LastMiddleware = (raw: IncomingMessage, response: ServerResponse) => void;

interface ExpressLike {
  use(middleware: ErrorMiddleware | LastMiddleware): unknown;
}

interface FastifyLike {
  addHook(name: 'onListen', hook: (done: () => void) => void): unknown;
}

interface FrameworkErrors {
  frameworkErrors?: (
    error: unknown,
    request: { readonly raw: IncomingMessage },
    reply: { readonly raw: ServerResponse; hijack(): void },
  ) => void;
}

const UNKNOWN_ROUTE: Denial = { reason: 'route.unknown' };
const EXPECTATION: Denial = { reason: 'http.expectation' };

/**
 * Answers the failures that never reach a filter of Nest, with the same problems and headers: unknown paths outside the global prefix
 * and errors outside Nest on Express, bad URLs on Fastify, and on both what Node's HTTP parser refuses.
 */
export class AdapterErrors implements OnApplicationBootstrap {
  private readonly refused = new WeakSet<Socket>();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly refusals: Refusals,
    private readonly edge: EdgeAccess,
    private readonly reporter: Reporter,
  ) {}

  /** Registers itself last, when Nest has bound its routes and its own handlers. */
  onApplicationBootstrap(): void {
    const adapter = this.host.httpAdapter;
    if (!adapter) return;
    if (adapter.getType() === 'fastify') this.attachToFastify(adapter.getInstance<FastifyLike>());
    else this.attachToExpress(adapter.getInstance<ExpressLike>());
    this.attachToServer(adapter.getHttpServer() as Server);
  }

  private attachToExpress(app: ExpressLike): void {
    const notFound: LastMiddleware = (raw, response) => this.refuse(UNKNOWN_ROUTE, raw, response);
    app.use(notFound);
    // Express tells an error handler by its four parameters.
    const onError: ErrorMiddleware = (error, raw, response, _next) => {
      this.refusals.fail(error, this.edge.factsFor(raw, response), raw, response);
    };
    app.use(onError);
  }

  private attachToFastify(instance: FastifyLike): void {
    const options = fastifyInternal<FrameworkErrors>(instance, 'fastify.options');
    if (options) {
      // The router answers a bad URL before any hook runs.
      options.frameworkErrors = (error, request, reply) => {
        reply.hijack();
        if (!this.edge.admit(request.raw, reply.raw)) return;
        this.refusals.fail(error, this.edge.factsFor(request.raw, reply.raw), request.raw, reply.raw);
      };
    }
    // For `localhost` Fastify listens with one more server for each further address.
    instance.addHook('onListen', (done) => {
      for (const server of fastifyInternal<Server[]>(instance, 'fastify.serverBindings') ?? []) {
        this.attachToServer(server);
      }
      done();
    });
  }

  private attachToServer(server: Server): void {
    // Node answers a missing Host with an empty 400 of its own; the edge refuses it with a problem.
    (server as { requireHostHeader?: boolean }).requireHostHeader = false;
    server.removeAllListeners('clientError');
    server.on('clientError', (error, socket) => this.answerClientError(error, socket as Socket));
    server.removeAllListeners('checkExpectation');
    server.on('checkExpectation', (raw: IncomingMessage, response: ServerResponse) =>
      this.refuse(EXPECTATION, raw, response),
    );
  }

  private refuse(denial: Denial, raw: IncomingMessage, response: ServerResponse): void {
    if (!this.edge.admit(raw, response)) return;
    this.refusals.refuse(denial, this.edge.factsFor(raw, response), raw, response);
  }

  private answerClientError(failure: NodeJS.ErrnoException, socket: Socket): void {
    if (failure.code === 'ECONNRESET' || socket.destroyed) return void socket.destroy();
    // What comes on a connection after its first error is an error too, and may come before the answer is out.
    if (this.refused.has(socket)) return;
    this.refused.add(socket);
    const facts = factsOfSocket(socket);
    const finish = (toll: Decision): void => {
      const denial = toll ?? clientErrorDenial(failure.code);
      this.reporter.record(occurrenceOf(denial), facts);
      this.endSocket(socket, denial, facts);
    };
    const toll = this.refusals.charge(facts);
    if (toll instanceof Promise) void toll.then(finish);
    else finish(toll);
  }

  private endSocket(socket: Socket, denial: Denial, facts: RequestFacts): void {
    // A second answer within one that has begun would be taken for a part of it; what is written of that one still goes out.
    const current = Reflect.get(socket, '_httpMessage') as ServerResponse | null | undefined;
    if (socket.writable && !current?.headersSent) {
      socket.write(clientErrorAnswer(denial, facts, (...args) => this.edge.decorate(...args)));
    }
    socket.destroySoon();
  }
}
