import { systemClock, type Clock } from '../../core/clock.js';
import type { MaybePromise } from '../../core/decision.js';
import type { StateOp, StateResult, StateStore } from '../../core/state-store.js';
import { CircuitBreaker, type OutageListener } from './circuit-breaker.js';
import { inTime } from './in-time.js';

/** Says that the store was not asked, or did not answer in time. */
export class StateUnavailable extends Error {
  override readonly name = 'StateUnavailable';
}

// Made once: while the store is down, every request gets it.
const DOWN = new StateUnavailable('the state store is down');
const tooLate = (): StateUnavailable => new StateUnavailable('the state store did not answer in time');

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

  /**
   * @param late what to do after all, where the answer comes after the deadline: sent past the breaker, and nobody waits for it
   */
  run(
    batch: readonly StateOp[],
    late?: (results: readonly StateResult[]) => readonly StateOp[],
  ): MaybePromise<readonly StateResult[]> {
    if (!this.#breaker.admits()) throw DOWN;
    let answer: ReturnType<StateStore['run']>;
    try {
      answer = this.store.run(batch);
    } catch (error) {
      this.#breaker.failed();
      throw error;
    }
    if (isPromise(answer)) return this.#inTime(answer, batch.length, late);
    return this.#whole(answer, batch.length);
  }

  check(): MaybePromise<readonly string[]> {
    return this.store.check?.() ?? [];
  }

  async #inTime(
    answer: PromiseLike<readonly StateResult[]>,
    length: number,
    late: Parameters<GuardedStore['run']>[1],
  ): Promise<readonly StateResult[]> {
    let results: readonly StateResult[];
    try {
      results = await inTime(answer, this.deadline, tooLate);
    } catch (error) {
      this.#breaker.failed();
      if (late) void this.#afterAll(answer, late);
      throw error;
    }
    return this.#whole(results, length);
  }

  async #afterAll(
    answer: PromiseLike<readonly StateResult[]>,
    late: (results: readonly StateResult[]) => readonly StateOp[],
  ): Promise<void> {
    try {
      const ops = late(await answer);
      if (ops.length > 0) await this.store.run(ops);
    } catch {
      // It was refused, or is down for good: then there is nothing to do.
    }
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
