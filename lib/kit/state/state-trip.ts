import type { Decision, Denial, MaybePromise } from '../../core/decision.js';
import { RETRY_SOON } from '../../core/decision.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type { StateAsk } from '../../core/state-ask.js';
import type { StateResult, StateStore } from '../../core/state-store.js';

/** Runs what the rooms ask of shared state for one request: in one batch, and so in one trip at most. */
export class StateTrip {
  constructor(private readonly store: StateStore) {}

  /** Runs all that a request has asked so far. Without a promise where the store needs none; no question, no trip. */
  run(facts: RequestFacts): MaybePromise<Decision> {
    const { asks } = facts;
    if (asks === undefined) return undefined;
    facts.asks = undefined;
    let answer: ReturnType<StateStore['run']>;
    try {
      answer = this.store.run(asks.length === 1 ? asks[0]!.ops : asks.flatMap(({ ops }) => ops));
    } catch (error) {
      return withoutAnswer(asks, error);
    }
    // `settle` stands outside the attempt: an error of our own must not pass for one of the store.
    if (!(answer instanceof Promise)) return settle(asks, answer);
    return answer.then(
      (results) => settle(asks, results),
      (error: unknown) => withoutAnswer(asks, error),
    );
  }
}

/** The refusal of a request that needs an answer of the store and got none. */
export function unavailable(error: unknown): Denial {
  // The class alone: a driver's message may hold its connection string.
  const note = error instanceof Error ? error.name : 'no Error';
  return { reason: 'state.unavailable', note, headers: RETRY_SOON };
}

function settle(asks: readonly StateAsk[], results: readonly StateResult[]): Decision {
  if (asks.length === 1) return asks[0]!.settle(results);
  let from = 0;
  let decision: Decision;
  for (const ask of asks) {
    const to = from + ask.ops.length;
    const decided = ask.settle(results.slice(from, to));
    decision ??= decided;
    from = to;
  }
  return decision;
}

function withoutAnswer(asks: readonly StateAsk[], error: unknown): Decision {
  for (const ask of asks) {
    const decision = ask.outage(error);
    if (decision) return decision;
  }
  return undefined;
}
