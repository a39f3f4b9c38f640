import { RETRY_SOON, type Decision, type Denial, type MaybePromise } from '../../core/decision.js';
import type { Consume, Consumed, StateStore } from '../../core/state-store.js';
import { addressKey } from '../../kit/http/address.js';
import type { AddressDoor } from './address-door.js';
import { wholeSeconds } from './limit-headers.js';
import type { RouteLimit } from './route-limits.js';

/** Runs a batch of limits, without a promise where the store needs none. A store that fails is a 503. */
export function consume(
  store: StateStore,
  batch: readonly Consume[],
  settle: (results: readonly Consumed[]) => Decision,
): MaybePromise<Decision> {
  let answer: ReturnType<StateStore['run']>;
  try {
    answer = store.run(batch);
  } catch (error) {
    return unavailable(error);
  }
  // A limit without a result would be one that admits.
  const settleAll = (results: readonly Consumed[]): Decision =>
    Array.isArray(results) && results.length === batch.length ? settle(results) : unavailable(results);
  // `settle` stands outside the attempt: an error of our own must not pass for one of the store.
  if (typeof (answer as Partial<PromiseLike<unknown>> | undefined)?.then !== 'function')
    return settleAll(answer as readonly Consumed[]);
  return Promise.resolve(answer as Promise<readonly Consumed[]>).then(settleAll, unavailable);
}

/** The refusal for a batch, or `undefined` where every limit admits. Tells the front door about a spent address. */
export function decide(
  limits: readonly RouteLimit[],
  results: readonly Consumed[],
  address: string,
  door: AddressDoor,
): Decision {
  let longest = -1;
  for (let i = 0; i < results.length; i++) {
    const { allowed, retryAfter } = results[i]!;
    if (allowed) continue;
    if (limits[i]!.by === 'address' && limits[i]!.shared) {
      door.refuse(addressKey(address), limits[i]!.name, retryAfter);
    }
    if (longest === -1 || retryAfter > results[longest]!.retryAfter) longest = i;
  }
  return longest === -1 ? undefined : limitDenial(limits[longest]!.name, results[longest]!.retryAfter);
}

/** The 429 of one limit. */
export function limitDenial(name: string, retryAfter: number): Denial {
  return {
    reason: 'limit.exceeded',
    note: name,
    headers: { 'Retry-After': String(wholeSeconds(retryAfter)) },
  };
}

function unavailable(error: unknown): Denial {
  // The class alone: a driver's message may hold its connection string.
  const note = error instanceof Error ? error.name : 'no Error';
  return { reason: 'state.unavailable', note, headers: RETRY_SOON };
}
