import type { Principal } from '../../core/principal.js';
import type { KeySet } from '../../kit/keys/key-set.js';
import type { Claimed } from './token-claims.js';

/**
 * Verified tokens by their exact text, so that a token costs one signature check and not one a request. Bounded: the one that was not
 * used for longest makes room. No timers: the times are looked at each time. Other keys, and everything is forgotten.
 */
export class TokenCache {
  readonly #entries = new Map<string, Claimed>();
  #keys: KeySet | undefined;

  constructor(
    private readonly max: number,
    /** Seconds. */
    private readonly clockTolerance: number,
  ) {}

  /** Whose token this is, where it was verified with these keys and is valid at `now` (seconds since the epoch). */
  get(token: string, keys: KeySet, now: number): Principal | undefined {
    if (this.#keys !== keys) return undefined;
    const claimed = this.#entries.get(token);
    if (claimed === undefined) return undefined;
    this.#entries.delete(token);
    if (claimed.expires <= now - this.clockTolerance || claimed.begins > now + this.clockTolerance)
      return undefined;
    // Back at the end: the first is the one that was not used for longest.
    this.#entries.set(token, claimed);
    return claimed.principal;
  }

  /** Remembers a token that was verified with these keys. */
  set(token: string, keys: KeySet, claimed: Claimed): void {
    if (this.#keys !== keys) {
      this.#entries.clear();
      this.#keys = keys;
    }
    this.#entries.set(token, claimed);
    if (this.#entries.size > this.max) this.#entries.delete(this.#entries.keys().next().value!);
  }

  /** How many tokens are remembered. */
  get size(): number {
    return this.#entries.size;
  }
}
