import type { Principal } from '../../core/principal.js';
import type { KeySet } from '../../kit/keys/key-set.js';
import type { Claimed } from './token-claims.js';

interface Entry {
  readonly tail: string;
  token: string;
  claimed: Claimed;
  /** Since the hand came by last. */
  used: boolean;
}

// Of a signature, so that it tells tokens apart. A map hashes the whole of its key, which costs more than all the rest of a hit.
const TAIL = 32;

/**
 * Verified tokens by their exact text, so that a token costs one signature check and not one a request. Bounded: one that was not used
 * lately makes room (a clock: a hit only marks its entry, and the hand that looks for room passes over a marked one once). No timers:
 * the times are looked at each time. Other keys, and everything is forgotten.
 */
export class TokenCache {
  readonly #byTail = new Map<string, Entry>();
  #ring: Entry[] = [];
  #hand = 0;
  #keys: KeySet | undefined;

  constructor(
    private readonly max: number,
    /** Seconds. */
    private readonly clockTolerance: number,
  ) {}

  /** Whose token this is, where it was verified with these keys and is valid at `now` (seconds since the epoch). */
  get(token: string, keys: KeySet, now: number): Principal | undefined {
    if (this.#keys !== keys) return undefined;
    const entry = this.#byTail.get(token.slice(-TAIL));
    if (entry === undefined || entry.token !== token) return undefined;
    const { principal, expires, begins } = entry.claimed;
    if (expires <= now - this.clockTolerance || begins > now + this.clockTolerance) return undefined;
    entry.used = true;
    return principal;
  }

  /** Remembers a token that was verified with these keys. */
  set(token: string, keys: KeySet, claimed: Claimed): void {
    if (this.#keys !== keys) this.#forget(keys);
    const tail = token.slice(-TAIL);
    const known = this.#byTail.get(tail);
    if (known) {
      known.token = token;
      known.claimed = claimed;
      return;
    }
    const entry = { tail, token, claimed, used: false };
    this.#byTail.set(tail, entry);
    if (this.#ring.length < this.max) this.#ring.push(entry);
    else this.#replace(entry);
  }

  /** How many tokens are remembered. */
  get size(): number {
    return this.#ring.length;
  }

  #replace(entry: Entry): void {
    for (let oldest = this.#ring[this.#hand]!; oldest.used; oldest = this.#ring[this.#hand]!) {
      oldest.used = false;
      this.#step();
    }
    this.#byTail.delete(this.#ring[this.#hand]!.tail);
    this.#ring[this.#hand] = entry;
    this.#step();
  }

  #step(): void {
    this.#hand = (this.#hand + 1) % this.max;
  }

  #forget(keys: KeySet): void {
    this.#byTail.clear();
    this.#ring = [];
    this.#hand = 0;
    this.#keys = keys;
  }
}
