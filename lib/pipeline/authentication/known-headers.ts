import type { SignedBy } from './token-header.js';

const MAX = 64;

/**
 * What headers of tokens say, by their exact text: an issuer has one for each of its keys, and its tokens differ behind it. Remember none
 * but that of a token whose signature is good: so nobody else can fill it.
 */
export class KnownHeaders {
  readonly #known = new Map<string, SignedBy>();

  /** What a header says that was on a well signed token before. */
  get(header: string): SignedBy | undefined {
    return this.#known.get(header);
  }

  /** Remembers a header that passed every check, on a token whose signature is good. */
  add(header: string, signedBy: SignedBy): void {
    if (this.#known.has(header)) return;
    // An issuer that changes its keys for years must not run out of room.
    if (this.#known.size >= MAX) this.#known.clear();
    this.#known.set(header, signedBy);
  }
}
