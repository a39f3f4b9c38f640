import { createHmac, type KeyObject } from 'node:crypto';
import { isSameText } from '../../../kit/keys/same-text.js';

/** How long one nonce is handed out, milliseconds. It is taken until the next one has had its time. */
const PERIOD = 60_000;

/**
 * The nonces that proofs have to carry, so that none can be made in advance. Nothing is kept: a nonce is the MAC of a minute, and every
 * instance with the secret makes the same. One counts in its minute, in the next, and in the one before, for clocks that differ.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-9
 */
export class Nonces {
  #minute = -1;
  #around: readonly string[] = [];

  constructor(private readonly secret: KeyObject) {}

  /** The nonce to hand out, at a time in milliseconds. */
  current(now: number): string {
    return this.#at(now)[0]!;
  }

  /** Whether a nonce counts: as the one of now, as one that should be replaced, or not. */
  look(nonce: unknown, now: number): 'current' | 'aging' | 'unknown' {
    if (typeof nonce !== 'string') return 'unknown';
    const found = this.#at(now).findIndex((expected) => isSameText(nonce, expected));
    if (found === 0) return 'current';
    return found === -1 ? 'unknown' : 'aging';
  }

  #at(now: number): readonly string[] {
    const minute = Math.floor(now / PERIOD);
    if (minute !== this.#minute) {
      this.#around = [minute, minute - 1, minute + 1].map((each) => this.#make(each));
      this.#minute = minute;
    }
    return this.#around;
  }

  #make(minute: number): string {
    return createHmac('sha256', this.secret).update(`dpop-nonce:${minute}`).digest('base64url');
  }
}
