import { systemClock, type Clock } from '../../core/clock.js';
import { checkOptions, wholeNumber } from '../../core/options.js';
import type { StateOp, StateResult, StateStore } from '../../core/state-store.js';
import { BoundedEntries } from './bounded-entries.js';
import { Counts, type Charged } from './counts.js';
import { shortKey } from './short-key.js';

/** Options of {@link memoryState}. */
export interface MemoryStateOptions {
  /**
   * The most keys of each kind (addresses, users, other limits, values) that are held. 100,000 by default, about 20 MB a kind
   * when full.
   */
  readonly maxKeys?: number;
  /** For tests. */
  readonly clock?: Clock;
}

/**
 * The state of one process: bounded, without timers, answered without a promise. Several instances of an app need a shared store,
 * because each of these counts for itself.
 *
 * Keys beginning with `user:` and with `address:` have a space of their own, so that a flood of addresses cannot crowd users out.
 * At the cap, new limits share meters, and new values are refused by an exception, which callers answer with 503: a live entry
 * is never given up. A refund reaches a shared meter; `remove` does not, because it would forget what others are counted by.
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`
 * @example
 * ```ts
 * SecurityModule.forRoot({ state: memoryState({ maxKeys: 500_000 }) });
 * ```
 */
export function memoryState(options: MemoryStateOptions = {}): MemoryState {
  checkOptions('state', options, ['maxKeys', 'clock']);
  const maxKeys = wholeNumber('state.maxKeys', options.maxKeys, {
    min: 1,
    max: 10_000_000,
    default: 100_000,
  });
  return new MemoryState(maxKeys, options.clock ?? systemClock);
}

interface Value {
  value: string;
  until: number;
}

/** See {@link memoryState}. */
export class MemoryState implements StateStore {
  readonly #values: BoundedEntries<Value>;
  readonly #counts: Counts;

  constructor(
    maxKeys: number,
    private readonly clock: Clock,
  ) {
    this.#values = new BoundedEntries(maxKeys);
    this.#counts = new Counts(maxKeys);
  }

  run(batch: readonly StateOp[]): readonly StateResult[] {
    const now = this.clock();
    this.#refuseWhenFull(batch, now);
    const results: StateResult[] = [];
    const charged: Charged[] = [];
    let denied = false;
    for (let i = 0; i < batch.length; i++) {
      const op = batch[i]!;
      if (op.op !== 'consume') {
        results.push(this.#apply(op, now));
        continue;
      }
      const result = this.#counts.charge(op, i, charged, now);
      if (!result.allowed && op.enforced) denied = true;
      results.push(result);
    }
    if (denied) this.#counts.takeBack(charged, batch, results, now);
    return results;
  }

  #apply(op: Exclude<StateOp, { op: 'consume' }>, now: number): StateResult {
    if (op.op === 'refund') return this.#counts.refund(op, now);
    const key = shortKey(op.key);
    const present = this.#read(key, now);
    switch (op.op) {
      case 'read':
        return present;
      case 'put':
        this.#write(key, op.value, op.ttl, now);
        return undefined;
      case 'claim':
        if (present !== undefined) return false;
        this.#write(key, '', op.ttl, now);
        return true;
      case 'compareAndSet':
        if (present !== op.expected) return false;
        this.#write(key, op.value, op.ttl, now);
        return true;
      default:
        this.#values.delete(key);
        this.#counts.forget(op.key);
        return undefined;
    }
  }

  #read(key: string, now: number): string | undefined {
    const found = this.#values.get(key);
    return found && found.until > now ? found.value : undefined;
  }

  #write(key: string, value: string, ttl: number, now: number): void {
    this.#values.delete(key);
    this.#values.add(key, { value, until: now + ttl }, now);
  }

  /** Before anything is done, so that a batch is done or refused as a whole. */
  #refuseWhenFull(batch: readonly StateOp[], now: number): void {
    let newcomers = 0;
    for (let i = 0; i < batch.length; i++) {
      const op = batch[i]!;
      if (op.op !== 'put' && op.op !== 'claim' && op.op !== 'compareAndSet') continue;
      if (!this.#values.get(shortKey(op.key))) newcomers++;
    }
    if (newcomers > 0 && !this.#values.hasRoom(newcomers, now)) {
      throw new Error(
        'memoryState holds as many live values as maxKeys allows: raise maxKeys, or use a shared store.',
      );
    }
  }
}
