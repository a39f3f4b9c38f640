import type { IncomingMessage } from 'node:http';
import type { Decision, Denial, MaybePromise } from './decision.js';
import type { RequestFacts } from './request-facts.js';
import type { SecurityOccurrence } from './security-event.js';

/** Takes note of what happened to a request. Implemented by the events kit; every room reports through it. */
export interface Reporter {
  record(occurrence: SecurityOccurrence, facts?: RequestFacts, raw?: IncomingMessage): void;
  /** A refusal, under the event type of its reason. Does nothing where the request's failure is already reported. */
  denied(denial: Denial, facts: RequestFacts, raw: IncomingMessage): void;
}

/**
 * Counts a request that failed before its limits were charged (unknown route, malformed body, bad token) against the limits of
 * its address. Returns the 429 where those are exhausted. `denial` is why it failed, where that is known.
 */
export interface FailureToll {
  charge(facts: RequestFacts, denial?: Denial): MaybePromise<Decision>;
}

/**
 * Turns away, before the body is read, a request whose address has spent its limits. `method` and `path` as the request line has
 * them: where a route has limits of its own, the guard decides by those.
 */
export interface FrontDoor {
  check(facts: RequestFacts, method: string, path: string): Decision;
}

/** Injection token of the {@link Reporter}. */
export const REPORTER = Symbol('nestjs-gatehouse:reporter');
/** Injection token of the {@link FailureToll}. */
export const FAILURE_TOLL = Symbol('nestjs-gatehouse:failure-toll');
