import { hash, randomBytes } from 'node:crypto';
import { BoundedEntries } from './bounded-entries.js';
import { newMeter, type Meter, type Rate } from './gcra.js';

/**
 * The meters of one kind of key. At the cap, newcomers share 4,096 meters a rate: flooding it with keys frees nobody who is being
 * counted or blocked, and only makes the flood's own keys share.
 */
export class Meters {
  readonly #own: BoundedEntries<Meter>;
  readonly #shared = new Map<string, Meter>();
  // Unpredictable, so that nobody can choose whom to share a meter with.
  readonly #salt = randomBytes(16).toString('hex');

  constructor(max: number) {
    this.#own = new BoundedEntries(max);
  }

  /** The meter of a key. */
  of(key: string, rate: Rate, now: number): Meter {
    const known = this.#own.get(key);
    if (known) return known;
    const meter = newMeter();
    return this.#own.add(key, meter, now) ? meter : this.#sharedBy(key, rate);
  }

  forget(key: string): void {
    this.#own.delete(key);
  }

  #sharedBy(key: string, rate: Rate): Meter {
    const bucket = `${rate.limit}/${rate.period}/${rate.block}/${hash('sha256', this.#salt + key).slice(0, 3)}`;
    let meter = this.#shared.get(bucket);
    if (!meter) this.#shared.set(bucket, (meter = newMeter()));
    return meter;
  }
}
