/** What is left of a limit; both in the units of the headers. */
export interface Left {
  readonly remaining: number;
  /** Milliseconds until the limit is whole again. */
  readonly reset: number;
  /** Milliseconds until a request is admitted, 0 where this one was. */
  readonly wait: number;
}

/** The generic cell rate algorithm with one number a key. What has expired goes in small steps, without timers. */
export class Rate {
  readonly #arrivals = new Map<string, number>();
  #hand = this.#arrivals.entries();
  readonly #interval: number;

  constructor(
    limit: number,
    private readonly period: number,
  ) {
    this.#interval = period / limit;
  }

  hit(key: string, now: number): Left {
    const next = this.#hand.next();
    if (next.done) this.#hand = this.#arrivals.entries();
    else if (next.value[1] < now) this.#arrivals.delete(next.value[0]);
    const arrival = Math.max(this.#arrivals.get(key) ?? 0, now);
    const wait = arrival - now - this.period + this.#interval;
    if (wait > 0) return { remaining: 0, reset: arrival - now, wait };
    this.#arrivals.set(key, arrival + this.#interval);
    const reset = arrival + this.#interval - now;
    return { remaining: Math.floor((this.period - reset) / this.#interval), reset, wait: 0 };
  }
}
