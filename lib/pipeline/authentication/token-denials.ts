import { RETRY_SOON, type Denial } from '../../core/decision.js';
import type { DenialReason } from '../../core/reason.js';

/** The reasons for which a token is refused. */
export type TokenReason = Extract<DenialReason, `token.${string}`> | 'credential.several';

/**
 * Makes the refusals of this room with the headers that belong to them. The challenges are text made at boot: a request cannot
 * get anything into them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 */
export class TokenDenials {
  readonly #bare: Readonly<Record<string, string>>;
  readonly #invalid: Readonly<Record<string, string>>;
  readonly #several: Readonly<Record<string, string>>;

  constructor(realm: string) {
    this.#bare = Object.freeze({ 'WWW-Authenticate': `Bearer realm="${realm}"` });
    this.#invalid = Object.freeze({ 'WWW-Authenticate': `Bearer realm="${realm}", error="invalid_token"` });
    this.#several = Object.freeze({ 'WWW-Authenticate': `Bearer realm="${realm}", error="invalid_request"` });
  }

  /** A refusal. `note` is for the log: words of ours, never of the token. */
  of(reason: TokenReason, note?: string): Denial {
    return { reason, note, headers: this.#headersOf(reason) };
  }

  #headersOf(reason: TokenReason): Readonly<Record<string, string>> {
    if (reason === 'token.keys-unavailable' || reason === 'token.introspection-unavailable')
      return RETRY_SOON;
    if (reason === 'credential.several') return this.#several;
    // RFC 6750 §3.1: no error code for a client that sent no token, or another scheme.
    return reason === 'token.missing' || reason === 'token.scheme' ? this.#bare : this.#invalid;
  }
}
