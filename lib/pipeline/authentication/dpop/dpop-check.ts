import type { GuardCall } from '../../../core/control.js';
import type { Denial } from '../../../core/decision.js';
import type { StateAsk } from '../../../core/state-ask.js';
import { BoundedEntries } from '../../../kit/state/bounded-entries.js';
import { unavailable } from '../../../kit/state/state-trip.js';
import { singleHeader } from '../single-header.js';
import type { DpopDenials } from './dpop-denials.js';
import type { DpopSettings } from './dpop.options.js';
import { Nonces } from './nonces.js';
import { checkProof } from './proof.js';

// For clocks of instances that differ, and for what `window` is rounded by.
const SLACK_MS = 10_000;
const MAX_REPLAYED = 10_000;

/**
 * Checks that whoever sends a token holds the key to which it is bound. That its proof is a new one is asked of shared state, together with
 * whatever else the request asks; nobody but the store can say, so there is no answer without it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-4.3
 */
export class DpopCheck {
  readonly #nonces: Nonces | undefined;
  /** A proof counts for the window before its `iat` and for the one behind it. */
  readonly #ttl: number;
  // Ids of proofs that this instance has seen repeated.
  readonly #replayed = new BoundedEntries<{ readonly until: number }>(MAX_REPLAYED);

  constructor(
    private readonly settings: DpopSettings,
    private readonly denials: DpopDenials,
  ) {
    if (settings.nonceSecret) this.#nonces = new Nonces(settings.nonceSecret);
    this.#ttl = 2 * settings.window * 1000 + SLACK_MS;
  }

  /** @param now milliseconds since the epoch */
  check(
    token: string,
    thumbprint: unknown,
    { raw, facts }: GuardCall,
    now: number,
  ): { readonly ask: StateAsk } | { readonly denial: Denial } {
    const { denials } = this;
    const sent = singleHeader(raw.rawHeaders, 'dpop');
    if (sent === undefined) return { denial: denials.proof('is missing') };
    if (sent === null) return { denial: denials.proof('comes twice') };
    if (typeof thumbprint !== 'string')
      return { denial: denials.binding('the cnf.jkt of the token is no text') };
    const target = {
      method: raw.method!,
      // Express cuts `url` where a router is mounted; what the client asked for stays.
      path: (raw as { originalUrl?: string }).originalUrl ?? raw.url!,
      token,
      thumbprint,
      now: now / 1000,
    };
    const proof = checkProof(sent, target, this.settings);
    if ('fault' in proof)
      return {
        denial: proof.foreign ? denials.binding(`the proof ${proof.fault}`) : denials.proof(proof.fault),
      };
    if (this.#nonces) {
      const nonce = this.#nonces.look(proof.nonce, now);
      if (nonce === 'unknown') return { denial: denials.nonce(this.#nonces.current(now)) };
      // RFC 9449 §8.2: the next one comes with an answer, so that no request is refused for it.
      if (nonce === 'aging') facts.response?.setHeader('DPoP-Nonce', this.#nonces.current(now));
    }
    // Without a trip, and so charged to its address: who repeats an overheard request must not spend the limits of its owner.
    const replayed = this.#replayed.get(proof.id);
    return replayed !== undefined && replayed.until > now
      ? { denial: denials.replayed() }
      : { ask: this.#askFor(proof.id, now) };
  }

  #askFor(id: string, now: number): StateAsk {
    return {
      ops: [{ op: 'claim', key: `dpop:${id}`, ttl: this.#ttl }],
      settle: ([isNew]) => (isNew === true ? undefined : this.#refuse(id, now)),
      outage: unavailable,
    };
  }

  #refuse(id: string, now: number): Denial {
    this.#replayed.delete(id);
    this.#replayed.add(id, { until: now + this.#ttl }, now);
    return this.denials.replayed();
  }
}
