import type { ServerResponse } from 'node:http';
import type { Decision, Denial } from '../../core/decision.js';
import { factsOf, type RequestFacts } from '../../core/request-facts.js';

const TOO_MANY: Denial = { reason: 'limit.concurrency', headers: { 'Retry-After': '1' } };

/**
 * How many requests of one principal are under way in this instance. One that waits for slow answers, or asks for many at once, cannot
 * take all of it.
 */
export class Concurrency {
  readonly #underWay = new Map<string, number>();
  readonly #onClose: (this: ServerResponse) => void;

  constructor(private readonly max: number) {
    const leave = (id: string): void => this.#leave(id);
    // One for all requests, which finds its request by the response that it is called on.
    this.#onClose = function onClose(this: ServerResponse) {
      const principal = factsOf(this.req)?.principal;
      if (principal) leave(principal.id);
    };
  }

  /** Counts a request until its answer is out or its connection is gone. */
  enter(facts: RequestFacts): Decision {
    const { principal, response } = facts;
    if (principal === null || response === undefined || facts.underWay) return undefined;
    const { id } = principal;
    const count = this.#underWay.get(id) ?? 0;
    if (count >= this.max) return TOO_MANY;
    // Nobody would say that it is over.
    if (response.closed) return undefined;
    facts.underWay = true;
    this.#underWay.set(id, count + 1);
    response.on('close', this.#onClose);
    return undefined;
  }

  #leave(id: string): void {
    const count = this.#underWay.get(id)!;
    if (count > 1) this.#underWay.set(id, count - 1);
    else this.#underWay.delete(id);
  }
}
