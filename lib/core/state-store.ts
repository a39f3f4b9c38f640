import type { MaybePromise } from './decision.js';

/** Reads a value. */
export interface Read {
  readonly op: 'read';
  readonly key: string;
}
/** Writes a value that is forgotten after `ttl` milliseconds. */
export interface Put {
  readonly op: 'put';
  readonly key: string;
  readonly value: string;
  readonly ttl: number;
}
/** Puts a value only where there is none: the first caller wins. The replay check. */
export interface Claim {
  readonly op: 'claim';
  readonly key: string;
  readonly ttl: number;
}
/** Replaces a value only where it still is the expected one (`undefined`: where there is none). */
export interface CompareAndSet {
  readonly op: 'compareAndSet';
  readonly key: string;
  readonly expected: string | undefined;
  readonly value: string;
  readonly ttl: number;
}
/** Forgets a key: its value, or its count. */
export interface Remove {
  readonly op: 'remove';
  readonly key: string;
}

/**
 * How a limit counts. `gcra`, the generic cell rate algorithm: a few bytes a key, at most `limit + burst − 1` units in any window of
 * `period`. `log`: every unit is remembered, at most `limit` in any window; for small limits.
 */
export type LimitAlgorithm = 'gcra' | 'log';

/** A limit. All numbers are whole, times in milliseconds. */
export interface Rate {
  readonly algorithm: LimitAlgorithm;
  /** Units in `period`. For `log` at most {@link MAX_LOG_LIMIT}. */
  readonly limit: number;
  readonly period: number;
  /** The most units at once after a rest, 1 to `limit`. With `log` it is `limit`. */
  readonly burst: number;
  /** How long a key that was denied stays denied; 0: until a unit is free. */
  readonly block: number;
}

/** The largest limit that may be counted by a log. */
export const MAX_LOG_LIMIT = 100;

/** Counts `cost` units against a limit. In a batch either all limits are charged or none. */
export interface Consume {
  readonly op: 'consume';
  readonly key: string;
  readonly rate: Rate;
  /** 1 to `rate.burst`. */
  readonly cost: number;
  /** `false`: counted like any other, but a denial by it holds up nothing (report mode). */
  readonly enforced: boolean;
}
/** Gives back units that were charged: the newest ones. Nothing happens to a key that has none. */
export interface Refund {
  readonly op: 'refund';
  readonly key: string;
  readonly rate: Rate;
  readonly cost: number;
}

/** One operation of a batch. A key holds a value or a count, never both. */
export type StateOp = Read | Put | Claim | CompareAndSet | Remove | Consume | Refund;

/** The answer to a {@link Consume}. */
export interface Consumed {
  /** Whether this limit alone admits the request. The batch was charged only if every enforced one of its limits says `true`. */
  readonly allowed: boolean;
  /** Whole units left. */
  readonly remaining: number;
  /** Milliseconds until the same cost is admitted; 0 where it was admitted. Never rounded down. */
  readonly retryAfter: number;
  /** Milliseconds until the limit is whole again. */
  readonly resetAfter: number;
}

/**
 * The answer to one operation: a value for `read`, `true`/`false` for `claim` and `compareAndSet`, {@link Consumed} for `consume`,
 * `undefined` for the others.
 */
export type StateResult = string | undefined | boolean | Consumed;

/**
 * Shared state behind one method, so that all that a request needs travels in one trip.
 *
 * The batch is atomic where the store can be (memory, one Redis, PostgreSQL). A store that cannot answer throws or rejects.
 * `stateStoreContract` of `nestjs-gatehouse/testing` tests a store.
 *
 * @example
 * ```ts
 * const rate = { algorithm: 'gcra', limit: 300, period: 60_000, burst: 300, block: 0 } as const;
 * const [user] = await store.run([{ op: 'consume', key: 'user:alice', rate, cost: 1, enforced: true }]);
 * ```
 */
export interface StateStore {
  /** One result an operation, in order. A store in this process may answer without a promise. */
  run(batch: readonly StateOp[]): MaybePromise<readonly StateResult[]>;
  /** What is wrong with how the store is set up, in words for the log; asked once, at boot. Must not throw. */
  check?(): MaybePromise<readonly string[]>;
}

/** Injection token of the {@link StateStore}. */
export const STATE_STORE = Symbol('nestjs-gatehouse:state-store');
