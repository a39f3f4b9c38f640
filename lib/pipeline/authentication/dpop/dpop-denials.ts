import type { Algorithm } from '../../../kit/keys/algorithm.js';
import { REASONS } from '../../../core/reason.js';
import type { Denial } from '../../../core/decision.js';

type Headers = NonNullable<Denial['headers']>;

/** The challenge that names DPoP and what it takes, as part of a longer one or with an error behind it. */
export function dpopChallenge(realm: string, algorithms: readonly Algorithm[]): string {
  return `DPoP realm="${realm}", algs="${[...new Set(algorithms)].join(' ')}"`;
}

/**
 * The refusals of requests that use DPoP, with the challenges that belong to them, made at boot.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-7.1
 */
export class DpopDenials {
  readonly #invalidToken: Headers;
  readonly #invalidProof: Headers;
  readonly #useNonce: string;

  constructor(challenge: string) {
    const saying = (error: string) => `${challenge}, error="${error}"`;
    this.#invalidToken = Object.freeze({ 'WWW-Authenticate': saying('invalid_token') });
    this.#invalidProof = Object.freeze({ 'WWW-Authenticate': saying('invalid_dpop_proof') });
    this.#useNonce = saying('use_dpop_nonce');
  }

  /** The token is not bound to the key that was proven, or to none. `note` in words of ours. */
  binding(note: string): Denial {
    return { reason: 'token.binding', note, headers: this.#invalidToken };
  }

  /** The proof is none. `fault` in words of ours. */
  proof(fault: string): Denial {
    return { reason: 'token.proof', note: `the proof ${fault}`, headers: this.#invalidProof };
  }

  /** The proof was shown before. */
  replayed(): Denial {
    return { reason: 'token.proof-replayed', headers: this.#invalidProof };
  }

  /** The proof lacks the nonce of now, which goes with the refusal. */
  nonce(nonce: string): Denial {
    return { reason: 'token.nonce', headers: { 'WWW-Authenticate': this.#useNonce, 'DPoP-Nonce': nonce } };
  }

  /** A refusal of the token itself, with the challenge of the scheme by which it came. */
  ofToken(denial: Denial): Denial {
    return REASONS[denial.reason].status === 401 ? { ...denial, headers: this.#invalidToken } : denial;
  }
}
