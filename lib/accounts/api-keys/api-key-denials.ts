import { RETRY_SOON, type Denial } from '../../core/decision.js';
import type { DenialReason } from '../../core/reason.js';

/** The reasons for which an API key is refused. */
export type ApiKeyReason = Extract<DenialReason, `api-key.${string}`>;

/** Makes the refusals of API keys: one challenge for all, so that a client cannot tell what is wrong with a key. */
export class ApiKeyDenials {
  readonly #challenge: Denial['headers'];

  constructor(realm: string) {
    this.#challenge = Object.freeze({ 'WWW-Authenticate': `ApiKey realm="${realm}"` });
  }

  /** A refusal. `note` is for the log: words of ours, never of the key. */
  of(reason: ApiKeyReason, note?: string): Denial {
    return { reason, note, headers: reason === 'api-key.unavailable' ? RETRY_SOON : this.#challenge };
  }
}
