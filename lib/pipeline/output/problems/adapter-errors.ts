import type { OnApplicationBootstrap } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Denial } from '../../../core/decision.js';
import type { Reporter } from '../../../core/reporter.js';
import { fastifyInternal } from '../../../kit/http/fastify-internals.js';
import { onEachServer } from '../../../kit/http/http-servers.js';
import { ConnectionErrors, type Decorator } from './connection-errors.js';
import type { Refusals } from './refusals.js';

/** What the paths around the filters need of the edge. */
export interface EdgeAccess extends Decorator {
  /** Takes a request through the edge, where it has not been; `false` where that answered it. */
  admit(raw: IncomingMessage, response: ServerResponse): boolean;
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
 * and errors outside Nest on Express, bad URLs on Fastify, and on both what never becomes a request or gets no answer.
 */
export class AdapterErrors implements OnApplicationBootstrap {
  private readonly connections: ConnectionErrors;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly refusals: Refusals,
    private readonly edge: EdgeAccess,
    reporter: Reporter,
  ) {
    this.connections = new ConnectionErrors(refusals, edge, reporter);
  }

  /** Registers itself last, when Nest has bound its routes and its own handlers. */
  onApplicationBootstrap(): void {
    const adapter = this.host.httpAdapter;
    if (!adapter) return;
    if (adapter.getType() === 'fastify') this.attachToFastify(adapter.getInstance<object>());
    else this.attachToExpress(adapter.getInstance<ExpressLike>());
    onEachServer(adapter, (server) => this.attachToServer(server));
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

  private attachToFastify(instance: object): void {
    const options = fastifyInternal<FrameworkErrors>(instance, 'fastify.options');
    if (!options) return;
    // The router answers a bad URL before any hook runs.
    options.frameworkErrors = (error, request, reply) => {
      reply.hijack();
      if (!this.edge.admit(request.raw, reply.raw)) return;
      this.refusals.fail(error, this.edge.factsFor(request.raw, reply.raw), request.raw, reply.raw);
    };
  }

  private attachToServer(server: Server): void {
    // Node answers a missing Host with an empty 400 of its own; the edge refuses it with a problem.
    (server as { requireHostHeader?: boolean }).requireHostHeader = false;
    this.connections.attachTo(server);
    server.removeAllListeners('checkExpectation');
    server.on('checkExpectation', (raw: IncomingMessage, response: ServerResponse) =>
      this.refuse(EXPECTATION, raw, response),
    );
  }

  private refuse(denial: Denial, raw: IncomingMessage, response: ServerResponse): void {
    if (!this.edge.admit(raw, response)) return;
    this.refusals.refuse(denial, this.edge.factsFor(raw, response), raw, response);
  }
}
