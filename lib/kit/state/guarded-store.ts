import { systemClock, type Clock } from '../../core/clock.js';
import type { MaybePromise } from '../../core/decision.js';
import type { StateOp, StateResult, StateStore } from '../../core/state-store.js';
import { CircuitBreaker, type OutageListener } from './circuit-breaker.js';

/** Says that the store was not asked, or did not answer in time. */
export class StateUnavailable extends Error {
  override readonly name = 'StateUnavailable';
}

/**
 * A store with a deadline and a circuit breaker, which no client of Redis or PostgreSQL has of itself: one that hangs costs a request
 * no more than the deadline, and one that is down costs it nothing. A store that answers without a promise has no deadline.
 *
 * @throws {StateUnavailable} while the breaker is open, and after the deadline; else what the store throws
 */
export class GuardedStore implements StateStore {
  readonly #breaker: CircuitBreaker;

  constructor(
    private readonly store: StateStore,
    /** Milliseconds. */
    private readonly deadline: number,
    listener: OutageListener,
    clock: Clock = systemClock,
  ) {
    this.#breaker = new CircuitBreaker(listener, clock);
  }

  run(batch: readonly StateOp[]): MaybePromise<readonly StateResult[]> {
    if (!this.#breaker.admits()) throw new StateUnavailable('the state store is down');
    let answer: ReturnType<StateStore['run']>;
    try {
      answer = this.store.run(batch);
    } catch (error) {
      this.#breaker.failed();
      throw error;
    }
    if (isPromise(answer)) return this.#inTime(answer, batch.length);
    return this.#whole(answer, batch.length);
  }

  check(): MaybePromise<readonly string[]> {
    return this.store.check?.() ?? [];
  }

  async #inTime(
    answer: PromiseLike<readonly StateResult[]>,
    length: number,
  ): Promise<readonly StateResult[]> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      const late = (): void => reject(new StateUnavailable('the state store did not answer in time'));
      // When this process itself was busy, the answer may lie in the socket already: what came in is read before it is called late.
      timer = setTimeout(() => setImmediate(late), this.deadline);
    });
    let results: readonly StateResult[];
    try {
      results = await Promise.race([answer, deadline]);
    } catch (error) {
      this.#breaker.failed();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return this.#whole(results, length);
  }

  /** A limit without a result would be one that admits. */
  #whole(results: readonly StateResult[], length: number): readonly StateResult[] {
    if (!Array.isArray(results) || results.length !== length) {
      this.#breaker.failed();
      throw new StateUnavailable('the state store gave another number of results than was asked for');
    }
    this.#breaker.succeeded();
    return results;
  }
}

function isPromise<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof (answer as Partial<PromiseLike<T>> | undefined)?.then === 'function';
}
