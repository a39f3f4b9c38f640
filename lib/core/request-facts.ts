import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Audience } from './audience.js';
import type { ExposureViolation } from './exposure-violation.js';
import type { Listing } from './listing.js';
import type { Principal } from './principal.js';
import type { RoutePlan } from './route-plan.js';
import type { StateAsk } from './state-ask.js';

/**
 * What is known of one request. The rooms of the pipeline meet here and nowhere else. One shape with every field from the
 * start, so that reading it stays cheap.
 */
export class RequestFacts {
  /** Whose request it is, proven by a credential. `null`: nobody has asked, or nobody has proven anything. */
  principal: Principal | null = null;
  /** The principal's roles, all inherited ones included. */
  audience: Audience | undefined;
  /** The plan of the route, from the moment the guard runs. */
  plan: RoutePlan | undefined;
  /** Loaded and checked resources, by entity class; an array where the declaration says `many`. */
  loaded: Map<unknown, unknown> | undefined;
  /** The query condition of `@Lists`, by entity class. */
  where: Map<unknown, unknown> | undefined;
  /** The condition of `@Guarded`, by entity class. */
  guarded: Map<unknown, unknown> | undefined;
  /** The page of a list that it asks for. */
  listing: Listing | undefined;
  /** Whether authorization has passed, so that a second guard on the route does no work. */
  authorized = false;
  /** Whether the request was counted against its limits. */
  charged = false;
  /** Whether it is counted among the requests that its principal has under way. */
  underWay = false;
  /** Whether a handler that answers by itself has returned. */
  returned = false;
  /** What was on its way to a caller who may not read it, and is not reported. */
  violations: ExposureViolation[] | undefined;
  /** Whether its failure is already in the security log. */
  reported = false;
  /** What was asked of shared state and has not been answered. */
  asks: StateAsk[] | undefined;
  // Not to be seen by whoever writes the facts into a log.
  #response: ServerResponse | undefined;
  /** Whether its connection was answered over its head: its deadline passed, or its body did not arrive. No handler may begin it. */
  answered = false;

  constructor(
    /** A UUID, or the `X-Request-Id` that a declared proxy sent, where it has a safe form. */
    readonly requestId: string,
    /** The W3C trace id: 32 hex digits. */
    readonly traceId: string,
    /** The client's address, validated. Only declared proxies may name another than the socket's. */
    readonly address: string,
    /** Milliseconds since the epoch. */
    readonly startedAt: number,
    /** Whether a declared proxy is at the other end of the connection, so that its headers count. */
    readonly viaProxy = false,
  ) {}

  /** Where the answer goes; `undefined` for what is no request. */
  get response(): ServerResponse | undefined {
    return this.#response;
  }

  set response(response: ServerResponse) {
    this.#response = response;
  }

  /**
   * Begins a route. What another one decided does not count: an Express handler that calls `next()` hands its request on, and
   * the route that takes it asks for its own roles, limits and objects.
   */
  enter(plan: RoutePlan): void {
    this.plan = plan;
    this.audience = undefined;
    this.loaded = undefined;
    this.where = undefined;
    this.guarded = undefined;
    this.listing = undefined;
    this.violations = undefined;
    this.authorized = false;
    this.charged = false;
    this.returned = false;
    this.asks = undefined;
  }

  /** Asks shared state something, together with whatever else this request asks. */
  ask(ask: StateAsk): void {
    if (this.asks === undefined) this.asks = [ask];
    else this.asks.push(ask);
  }
}

// A property and not a WeakMap: an entry for each request would be one more for each collection of garbage to visit.
const FACTS = Symbol('nestjs-gatehouse:facts');

type KnownRequest = IncomingMessage & { [FACTS]?: RequestFacts };

/** Remembers the facts of a request. */
export function keepFacts(raw: IncomingMessage, facts: RequestFacts): RequestFacts {
  (raw as KnownRequest)[FACTS] = facts;
  return facts;
}

/** The facts of a raw request, or `undefined` where the edge has not seen it. */
export function factsOf(raw: IncomingMessage): RequestFacts | undefined {
  return (raw as KnownRequest)[FACTS];
}

/** Node's own request behind what an adapter hands out: Fastify wraps it, Express does not. */
export function rawRequest(request: unknown): IncomingMessage {
  return (request as { raw?: IncomingMessage }).raw ?? (request as IncomingMessage);
}

/** Node's own response behind what an adapter hands out. */
export function rawResponse(response: unknown): ServerResponse {
  return (response as { raw?: ServerResponse }).raw ?? (response as ServerResponse);
}
