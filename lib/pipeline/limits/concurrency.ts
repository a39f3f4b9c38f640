import type { ServerResponse } from 'node:http';
import type { Decision, Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import { factsOf, type RequestFacts } from '../../core/request-facts.js';
import { whenAbandonedEnds } from '../../kit/http/abandoned.js';

const TOO_MANY: Denial = { reason: 'limit.concurrency', headers: { 'Retry-After': '1' } };

/**
 * How long a request is still counted whose client has left, where its handler does not end, in milliseconds. One that waits for
 * something that a client alone can bring never does.
 */
const ABANDONED_MS = 30_000;

/**
 * How many requests of one principal, or of one API key, are under way in this instance. One that waits for slow answers, asks for many at once, or hangs up
 * and begins anew, cannot take all of it.
 */
export class Concurrency {
  readonly #underWay = new Map<string, number>();
  readonly #onClose: (this: ServerResponse) => void;

  constructor(private readonly max: number) {
    const leave = (id: string): void => this.#leave(id);
    // One for all requests, which finds its request by the response that it is called on.
    this.#onClose = function onClose(this: ServerResponse) {
      const facts = factsOf(this.req);
      if (!facts?.principal) return;
      const id = callerOf(facts.principal);
      // A stream is ended with its connection; what has not begun to answer goes on.
      if (this.writableEnded || (facts.returned && this.headersSent)) leave(id);
      else whenAbandonedEnds(this, ABANDONED_MS, () => leave(id));
    };
  }

  /**
   * Counts a request until its answer is made; where its client leaves before that, until its handler ends, or for 30 seconds where
   * that is not known.
   */
  enter(facts: RequestFacts): Decision {
    const { principal, response } = facts;
    if (principal === null || response === undefined || facts.underWay) return undefined;
    const id = callerOf(principal);
    const count = this.#underWay.get(id) ?? 0;
    if (count >= this.max) return TOO_MANY;
    facts.underWay = true;
    this.#underWay.set(id, count + 1);
    if (response.closed) this.#onClose.call(response);
    else response.on('close', this.#onClose);
    return undefined;
  }

  #leave(id: string): void {
    const count = this.#underWay.get(id)!;
    if (count > 1) this.#underWay.set(id, count - 1);
    else this.#underWay.delete(id);
  }
}

/** A key does not take the places of its owner. */
function callerOf({ id, keyId }: Principal): string {
  return keyId ?? id;
}
