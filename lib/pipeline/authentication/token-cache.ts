import type { Principal } from '../../core/principal.js';
import type { KeySet, KeySource } from '../../kit/keys/key-set.js';
import type { Claimed } from './token-claims.js';

/** What a token came to when it was verified. */
export interface Verified {
  readonly claimed: Claimed;
  readonly keys: KeySet;
  /** Where the keys came from: those of its issuer. */
  readonly source: KeySource;
}

interface Entry {
  readonly tail: string;
  token: string;
  verified: Verified;
  /** Since the hand came by last. */
  used: boolean;
}

// Of a signature, so that it tells tokens apart. A map hashes the whole of its key, which costs more than all the rest of a hit.
const TAIL = 32;

/**
 * Verified tokens by their exact text, so that a token costs one signature check and not one a request. Bounded: one that was not used
 * lately makes room (a clock: a hit only marks its entry, and the hand that looks for room passes over a marked one once). No timers:
 * the times are looked at each time, and whether the issuer still has the keys that the token was verified with.
 */
export class TokenCache {
  readonly #byTail = new Map<string, Entry>();
  #ring: Entry[] = [];
  #hand = 0;

  constructor(
    private readonly max: number,
    /** Seconds. */
    private readonly clockTolerance: number,
  ) {}

  /** Whose token this is, where it is valid at `now` (seconds since the epoch) and its issuer has the keys of then. */
  get(token: string, now: number): Principal | undefined {
    const entry = this.#byTail.get(token.slice(-TAIL));
    if (entry === undefined || entry.token !== token) return undefined;
    const { source, keys, claimed } = entry.verified;
    // Asked for each time, because this is also what starts the background refresh of the keys.
    if (source.current() !== keys) return undefined;
    const { principal, expires, begins } = claimed;
    if (expires <= now - this.clockTolerance || begins > now + this.clockTolerance) return undefined;
    entry.used = true;
    return principal;
  }

  /** Remembers a token that was verified. */
  set(token: string, verified: Verified): void {
    const tail = token.slice(-TAIL);
    const known = this.#byTail.get(tail);
    if (known) {
      known.token = token;
      known.verified = verified;
      return;
    }
    const entry = { tail, token, verified, used: false };
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
}
