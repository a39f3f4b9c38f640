import { hash, randomBytes } from 'node:crypto';
import type { Rate } from '../../core/state-store.js';
import { BoundedEntries } from './bounded-entries.js';
import type { Meter } from './meter.js';

/**
 * The meters of one kind of key. At the cap, newcomers share 4,096 meters a rate: flooding it with keys frees nobody who is being
 * counted or blocked, and only makes the flood's own keys share.
 */
export class Meters<M extends Meter> {
  readonly #own: BoundedEntries<M>;
  readonly #shared = new Map<string, M>();
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
    return this.#own.add(key, meter, now) ? meter : this.#sharedBy(key, rate);
  }

  /** The meter of a key that has one of its own. */
  find(key: string): M | undefined {
    return this.#own.get(key);
  }

  forget(key: string): void {
    this.#own.delete(key);
  }

  #sharedBy(key: string, { limit, period, burst, block }: Rate): M {
    const bucket = `${limit}/${period}/${burst}/${block}/${hash('sha256', this.#salt + key).slice(0, 3)}`;
    let meter = this.#shared.get(bucket);
    if (!meter) this.#shared.set(bucket, (meter = this.make()));
    return meter;
  }
}
