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
/**
 * Counts one request against a limit: `limit` requests in `period` milliseconds, by the generic cell rate algorithm. In a batch
 * either all limits are charged or none. A denied key stays denied for `block` milliseconds (0: until a unit is free).
 */
export interface Consume {
  readonly op: 'consume';
  readonly key: string;
  readonly limit: number;
  readonly period: number;
  readonly block: number;
}
/** Replaces a value only where it still is the expected one (`undefined`: where there is none). */
export interface CompareAndSet {
  readonly op: 'compareAndSet';
  readonly key: string;
  readonly expected: string | undefined;
  readonly value: string;
  readonly ttl: number;
}
/** Forgets a key. */
export interface Remove {
  readonly op: 'remove';
  readonly key: string;
}

/** One operation of a batch. Times are in milliseconds. */
export type StateOp = Read | Put | Claim | Consume | CompareAndSet | Remove;

/** The answer to a {@link Consume}. */
export interface Consumed {
  /** Whether this limit alone admits the request. The batch was charged only if every one of its limits says `true`. */
  readonly allowed: boolean;
  /** Whole requests left. */
  readonly remaining: number;
  /** Milliseconds until a request is admitted again; 0 where it was admitted. Never rounded down. */
  readonly retryAfter: number;
  /** Milliseconds until the limit is whole again. */
  readonly resetAfter: number;
}

/** The answer to one operation: a value for `read`, `true`/`false` for `claim` and `compareAndSet`, {@link Consumed} for `consume`. */
export type StateResult = string | undefined | boolean | Consumed;

/**
 * Shared state behind one method, so that all that a request needs travels in one trip.
 *
 * The batch is atomic where the store can be (memory, one Redis, PostgreSQL). A store that cannot answer throws or rejects;
 * the caller answers 503.
 *
 * @example
 * ```ts
 * const [user] = await store.run([{ op: 'consume', key: 'user:alice', limit: 300, period: 60_000, block: 0 }]);
 * ```
 */
export interface StateStore {
  /** One result an operation, in order. A store in this process may answer without a promise. */
  run(batch: readonly StateOp[]): MaybePromise<readonly StateResult[]>;
}

/** Injection token of the {@link StateStore}. */
export const STATE_STORE = Symbol('nestjs-gatehouse:state-store');
