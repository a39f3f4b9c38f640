import { hash } from 'node:crypto';
import { systemClock, type Clock } from '../../core/clock.js';
import { checkOptions, wholeNumber } from '../../core/options.js';
import type { Consume, StateOp, StateResult, StateStore } from '../../core/state-store.js';
import { BoundedEntries } from './bounded-entries.js';
import { charge, uncharge, type Meter } from './gcra.js';
import { Meters } from './meters.js';

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
 * is never given up.
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`
 * @example
 * ```ts
 * SecurityModule.forRoot({ state: memoryState({ maxKeys: 500_000 }) });
 * ```
 */
export function memoryState(options: MemoryStateOptions = {}): StateStore {
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
interface Charged {
  readonly index: number;
  readonly op: Consume;
  readonly meter: Meter;
  readonly tat: number;
  readonly part: number;
}

const LONGEST_KEY = 200;

class MemoryState implements StateStore {
  readonly #values: BoundedEntries<Value>;
  readonly #users: Meters;
  readonly #addresses: Meters;
  readonly #others: Meters;

  constructor(
    maxKeys: number,
    private readonly clock: Clock,
  ) {
    this.#values = new BoundedEntries(maxKeys);
    this.#users = new Meters(maxKeys);
    this.#addresses = new Meters(maxKeys);
    this.#others = new Meters(maxKeys);
  }

  run(batch: readonly StateOp[]): readonly StateResult[] {
    const now = this.clock();
    this.#refuseWhenFull(batch, now);
    const results: StateResult[] = [];
    const charged: Charged[] = [];
    let denied = false;
    for (const op of batch) {
      if (op.op !== 'consume') {
        results.push(this.#apply(op, now));
        continue;
      }
      const meter = this.#metersOf(op.key).of(short(op.key), op, now);
      const { tat, part } = meter;
      const result = charge(meter, op, now);
      if (result.allowed) charged.push({ index: results.length, op, meter, tat, part });
      else denied = true;
      results.push(result);
    }
    if (denied) this.#takeBack(charged, results, now);
    return results;
  }

  /** Last charge first, so that a key that stands twice in a batch ends where it began. */
  #takeBack(charged: readonly Charged[], results: StateResult[], now: number): void {
    for (const { index, op, meter, tat, part } of charged.toReversed()) {
      results[index] = uncharge(meter, op, now, tat, part);
    }
  }

  #apply(op: Exclude<StateOp, Consume>, now: number): StateResult {
    const key = short(op.key);
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
        this.#metersOf(op.key).forget(key);
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
    for (const op of batch) {
      if (op.op === 'consume' || op.op === 'read' || op.op === 'remove') continue;
      if (!this.#values.get(short(op.key))) newcomers++;
    }
    if (newcomers > 0 && !this.#values.hasRoom(newcomers, now)) {
      throw new Error(
        'memoryState holds as many live values as maxKeys allows: raise maxKeys, or use a shared store.',
      );
    }
  }

  #metersOf(key: string): Meters {
    if (key.startsWith('user:')) return this.#users;
    return key.startsWith('address:') ? this.#addresses : this.#others;
  }
}

/** Bounds the memory of a key that a caller had a say in. */
function short(key: string): string {
  return key.length <= LONGEST_KEY ? key : `#${hash('sha256', key)}`;
}
