import { hash, randomBytes } from 'node:crypto';
import type { Rate } from '../../core/state-store.js';
import { BoundedEntries } from './bounded-entries.js';
import type { Meter } from './meter.js';

/** So many keys share a meter in the end: three hexadecimal digits. */
const SHARED = 4096;
/** So many rates may have shared meters of their own at once. */
const RATES = 16;

/**
 * The meters of one kind of key. At the cap, newcomers share 4,096 meters a rate, and where a limit has more than some rates (one that
 * differs from caller to caller), 4,096 in all: flooding it with keys frees nobody who is being counted or blocked, and makes only
 * newcomers share. What is shared is as strict as its strictest rate.
 */
export class Meters<M extends Meter> {
  readonly #own: BoundedEntries<M>;
  readonly #shared = new BoundedEntries<M>(RATES * SHARED);
  readonly #last = new BoundedEntries<M>(SHARED);
  // Unpredictable, so that nobody can choose whom to share a meter with.
  readonly #salt = randomBytes(16).toString('hex');

  constructor(
    max: number,
    private readonly make: () => M,
  ) {
    this.#own = new BoundedEntries(max);
  }

  /** The meter of a key, made where there is none. */
  of(key: string, rate: Rate, now: number): M {
    const known = this.#own.get(key);
    if (known) return known;
    const meter = this.make();
    if (this.#own.add(key, meter, now)) return meter;
    const bucket = this.#bucketOf(key);
    const ofRate = nameOf(bucket, rate);
    const shared = this.#shared.get(ofRate) ?? this.#last.get(bucket);
    if (shared) return shared;
    // There is always room among the last: they have no more names.
    if (!this.#shared.add(ofRate, meter, now)) this.#last.add(bucket, meter, now);
    return meter;
  }

  /** The meter that a key is counted by, its own or a shared one. */
  find(key: string, rate: Rate): M | undefined {
    const own = this.#own.get(key);
    if (own) return own;
    if (this.#shared.size === 0) return undefined;
    const bucket = this.#bucketOf(key);
    return this.#shared.get(nameOf(bucket, rate)) ?? this.#last.get(bucket);
  }

  /** Forgets the meter of a key. A shared one stays: whoever may empty their own count must not empty that of others. */
  forget(key: string): void {
    this.#own.delete(key);
  }

  #bucketOf(key: string): string {
    return hash('sha256', this.#salt + key).slice(0, 3);
  }
}

function nameOf(bucket: string, { limit, period, burst, block }: Rate): string {
  return `${limit}/${period}/${burst}/${block}/${bucket}`;
}
