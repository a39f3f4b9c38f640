import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SecurityConfigError } from '../../core/config-error.js';
import type { Decision, Denial } from '../../core/decision.js';
import type { FrontDoor } from '../../core/reporter.js';
import { factsOf, keepFacts, RequestFacts } from '../../core/request-facts.js';
import { fastifyInternal } from '../../kit/http/fastify-internals.js';
import type { ExpressApplication, FastifyInstanceLike, Middleware, OnRequest } from './adapters.js';
import { refuseUnusedLimits } from './body-limits.js';
import { expressParsers, replaceFastifyParsers } from './body-parsers.js';
import { clientAddress, peerOf, type Peer } from './client-address.js';
import { checkContent } from './content-rules.js';
import { applyCors, isPreflight } from './cors.js';
import type { EdgeSettings } from './edge.options.js';
import { checkHeaders, checkMethod, checkPath, checkQuery, checkVersion } from './firewall.js';
import { checkHost, checkHttps } from './origin-rules.js';
import type { Overload } from './overload.js';
import { safeRequestId, traceIdOf } from './request-ids.js';
import { securityHeaders } from './security-headers.js';

/** Answers a request that the edge refuses: counts it, reports it, writes the problem. */
export interface Refuser {
  refuse(denial: Denial, facts: RequestFacts, raw: IncomingMessage, response: ServerResponse): void;
}

/**
 * What every request meets before its body is read, known routes and unknown ones alike: its address and ids, the security headers of
 * its answer, load shedding, the front door, the firewall, CORS, and the type and size of its body. It attaches itself to the adapter as soon as Nest
 * has one; without one (a microservice, a standalone context) it does nothing.
 */
export class EdgeHook implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly headers = securityHeaders();
  // A connection keeps its other end, so that is looked at once a connection and not once a request.
  private readonly peers = new WeakMap<Socket, Peer>();
  private closing = false;

  /** @param consumed the media types, beside JSON, that routes declare with `@Consumes`; complete when the routes are planned. */
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly settings: EdgeSettings,
    private readonly frontDoor: FrontDoor,
    private readonly refuser: Refuser,
    private readonly consumed: ReadonlySet<string>,
    private readonly overload: Overload,
  ) {
    host.init$.subscribe(() => this.attach());
  }

  /** Puts our body parsers in the place of those that Nest has registered with Fastify, and begins to watch the event loop. */
  onApplicationBootstrap(): void {
    const adapter = this.host.httpAdapter;
    if (!adapter) return;
    refuseUnusedLimits(this.settings.bodyLimits, this.consumed);
    this.overload.start();
    if (adapter.getType() !== 'fastify') return;
    replaceFastifyParsers(adapter.getInstance<FastifyInstanceLike>(), this.settings, this.consumed);
  }

  /** From here on answers end their connection: a kept one would hold up the shutdown (72 s on Fastify). */
  onModuleDestroy(): void {
    this.closing = true;
    this.overload.stop();
  }

  /**
   * Takes a request through the edge; `false` where it is already answered. A request that has been through goes on.
   */
  admit(raw: IncomingMessage, response: ServerResponse): boolean {
    if (factsOf(raw) !== undefined) return true;
    const facts = this.begin(raw, response);
    const denial = this.decide(raw, response, facts);
    if (denial !== undefined) {
      this.refuser.refuse(denial, facts, raw, response);
      return false;
    }
    if (this.settings.cors === undefined || !isPreflight(raw)) return true;
    response.statusCode = 204;
    response.end();
    return false;
  }

  /** The facts of a request, also of one that failed before it came to the edge. Sets its security headers. */
  factsFor(raw: IncomingMessage, response: ServerResponse): RequestFacts {
    return factsOf(raw) ?? this.begin(raw, response);
  }

  /** Sets the security headers and the request id on an answer. */
  decorate(response: Pick<ServerResponse, 'setHeader'>, facts: RequestFacts): void {
    const { headers } = this;
    for (let i = 0; i < headers.length; i++) response.setHeader(headers[i]![0], headers[i]![1]);
    response.setHeader('X-Request-Id', facts.requestId);
  }

  /** Whether a declared proxy is at the other end of a connection. */
  comesThroughProxy(socket: Socket): boolean {
    return this.peerOf(socket).isProxy;
  }

  private begin(raw: IncomingMessage, response: ServerResponse): RequestFacts {
    const { headers } = raw;
    const peer = this.peerOf(raw.socket);
    const facts = new RequestFacts(
      (peer.isProxy ? safeRequestId(headers['x-request-id']) : undefined) ?? randomUUID(),
      traceIdOf(headers['traceparent']),
      clientAddress(peer, headers['x-forwarded-for'], this.settings.trusts),
      Date.now(),
      peer.isProxy,
    );
    facts.response = response;
    keepFacts(raw, facts);
    if (!response.headersSent) {
      this.decorate(response, facts);
      if (this.closing) response.setHeader('Connection', 'close');
    }
    return facts;
  }

  private peerOf(socket: Socket): Peer {
    let peer = this.peers.get(socket);
    if (peer === undefined) {
      peer = peerOf(socket, this.settings.trusts);
      this.peers.set(socket, peer);
    }
    return peer;
  }

  private decide(raw: IncomingMessage, response: ServerResponse, facts: RequestFacts): Decision {
    const { settings } = this;
    const url = raw.url ?? '';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const method = raw.method ?? '';
    // First, so that a page may read every refusal that follows.
    const foreignOrigin = settings.cors && applyCors(raw, response, settings.cors);
    return (
      this.overload.check(facts) ??
      this.frontDoor.check(facts, method, path) ??
      checkVersion(raw.httpVersionMajor) ??
      checkMethod(method) ??
      checkPath(path) ??
      (mark < 0 ? undefined : checkQuery(url.slice(mark + 1))) ??
      checkHeaders(raw.headers, raw.rawHeaders) ??
      checkHost(raw, settings.hosts) ??
      (settings.httpsRequired ? checkHttps(raw, settings.trusts) : undefined) ??
      foreignOrigin ??
      checkContent(raw.headers, this.consumed, settings.bodyLimits)
    );
  }

  private attach(): void {
    const adapter = this.host.httpAdapter;
    if (!adapter) return;
    // Whatever it is told would replace what `edge.cors` says.
    adapter.enableCors = refuseEnableCors;
    if (adapter.getType() === 'fastify')
      return this.attachToFastify(adapter.getInstance<FastifyInstanceLike>());
    adapter.getInstance<ExpressApplication>().disable?.('x-powered-by');
    const edge: Middleware = (raw, response, next) => {
      if (this.admit(raw, response)) next();
    };
    for (const middleware of [edge, ...expressParsers(this.settings)]) adapter.use(middleware);
  }

  private attachToFastify(instance: FastifyInstanceLike): void {
    const edge: OnRequest = (request, reply, done) => {
      try {
        if (this.admit(request.raw, reply.raw)) done();
        else reply.hijack();
      } catch (error) {
        done(error);
      }
    };
    instance.addHook('onRequest', edge);
    // `NestFactory` has registered the hook that runs Nest's middleware before any module exists; ours goes in front of it.
    instance.after(() => {
      const hooks = fastifyInternal<{ onRequest?: OnRequest[] }>(instance, 'fastify.hooks')?.onRequest;
      const at = hooks?.indexOf(edge) ?? -1;
      if (at > 0) hooks!.unshift(...hooks!.splice(at, 1));
    });
  }
}

function refuseEnableCors(): never {
  throw new SecurityConfigError(
    'option.conflict',
    'app.enableCors()',
    'would answer beside the edge, and with other origins',
    "remove it, and write forRoot({ edge: { cors: { origins: ['https://app.example.com'] } } })",
  );
}
