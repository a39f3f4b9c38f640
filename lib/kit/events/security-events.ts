import type { OnApplicationShutdown } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { systemClock, type Clock } from '../../core/clock.js';
import type { Denial } from '../../core/decision.js';
import type { Reporter } from '../../core/reporter.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type {
  EventContext,
  EventSink,
  SecurityEvent,
  SecurityOccurrence,
} from '../../core/security-event.js';
import { isoDate } from '../json/iso-date.js';
import type { FlushableSink } from './json-lines.js';
import { occurrenceOf } from './occurrence.js';

/** Takes security events as they happen. What it throws or rejects with is dropped. */
export type SecurityEventListener = (event: SecurityEvent) => void;

/**
 * The security log: every room reports through it, the application records its sign-ins with it and may subscribe.
 *
 * @example
 * ```ts
 * constructor(private readonly events: SecurityEvents) {
 *   events.subscribe((event) => event.type === 'limit.exceeded' && alarm(event.address));
 * }
 * // after a wrong password:
 * this.events.record({ type: 'sign-in.failed', account: user?.id }, factsOf(rawRequest(request)), rawRequest(request));
 * ```
 */
export class SecurityEvents implements Reporter, OnApplicationShutdown {
  private listeners: readonly SecurityEventListener[] = [];
  private readonly toSink: SecurityEventListener = (event) => this.sink.write(event);

  constructor(
    private readonly sink: EventSink,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Writes one event. With `facts` and the raw request it says who, from where, and which route. Never throws. */
  record(occurrence: SecurityOccurrence, facts?: RequestFacts, raw?: IncomingMessage): void {
    const event: SecurityEvent = Object.assign(contextOf(this.clock(), facts, raw), occurrence);
    deliver(this.toSink, event);
    for (const listener of this.listeners) deliver(listener, event);
  }

  /** Writes a refusal under the event type of its reason, once a request. */
  denied(denial: Denial, facts: RequestFacts, raw: IncomingMessage): void {
    if (facts.reported) return;
    facts.reported = true;
    this.record(occurrenceOf(denial), facts, raw);
  }

  /** Calls `listener` with every event from now on; the returned function ends that. */
  subscribe(listener: SecurityEventListener): () => void {
    // Its own function, so that one listener subscribed twice ends once each.
    const own: SecurityEventListener = (event) => listener(event);
    this.listeners = [...this.listeners, own];
    return () => {
      this.listeners = this.listeners.filter((each) => each !== own);
    };
  }

  /** Writes out what the sink still holds. */
  onApplicationShutdown(): void {
    (this.sink as Partial<FlushableSink>).flush?.();
  }
}

function contextOf(
  now: number,
  facts: RequestFacts | undefined,
  raw: IncomingMessage | undefined,
): EventContext {
  const time = isoDate(now);
  if (facts === undefined) return { time, method: raw?.method };
  return {
    time,
    requestId: facts.requestId,
    traceId: facts.traceId,
    address: facts.address,
    method: raw?.method,
    route: facts.plan?.route.id,
    principal: facts.principal?.id,
    apiKey: facts.principal?.keyId,
  };
}

/** A sink or a listener that fails must not fail the request. */
function deliver(listener: SecurityEventListener, event: SecurityEvent): void {
  try {
    const result = listener(event) as unknown;
    if (result instanceof Promise) result.catch(() => {});
  } catch {
    // Nowhere to say so: this is the log.
  }
}
