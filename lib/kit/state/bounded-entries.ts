// Two a call keeps memory near what is live; at the cap a newcomer pays for a little more. A few are not worth the work: a key that
// expires between two requests would be removed and added again each time.
const STEPS = 2;
const STEPS_WHEN_FULL = 8;
const FEW = 1024;

/**
 * A map that never holds more than `max` entries and never forgets a live one. What has expired (`until` ≤ now) is removed in small
 * steps when something is added: no timer, and no sweep that stops the process.
 */
export class BoundedEntries<Entry extends { readonly until: number }> {
  readonly #entries = new Map<string, Entry>();
  #hand = this.#entries.entries();

  constructor(private readonly max: number) {}

  /** How many entries are held, expired ones that nobody has met yet included. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Adds an entry under a key that has none. `false`: there is no room, and nothing was added. */
  add(key: string, entry: Entry, now: number): boolean {
    const { size } = this.#entries;
    if (size >= this.max) this.#sweep(STEPS_WHEN_FULL, now);
    else if (size >= FEW) this.#sweep(STEPS, now);
    if (this.#entries.size >= this.max) return false;
    this.#entries.set(key, entry);
    return true;
  }

  /** Whether `count` more entries fit, after a few steps of sweeping where they do not. */
  hasRoom(count: number, now: number): boolean {
    if (this.#entries.size + count > this.max) this.#sweep(STEPS_WHEN_FULL * count, now);
    return this.#entries.size + count <= this.max;
  }

  #sweep(steps: number, now: number): void {
    for (let i = 0; i < steps; i++) {
      let next = this.#hand.next();
      if (next.done) {
        this.#hand = this.#entries.entries();
        next = this.#hand.next();
        if (next.done) return;
      }
      const [key, entry] = next.value;
      if (entry.until <= now) this.#entries.delete(key);
    }
  }
}
