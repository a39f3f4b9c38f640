import { hash } from 'node:crypto';
import type { Clock } from '../../core/clock.js';
import type { Verdict } from '../../core/credential.js';
import type { Denial, MaybePromise } from '../../core/decision.js';
import { FetchFailure } from '../../kit/keys/fetch-json.js';
import { BoundedEntries } from '../../kit/state/bounded-entries.js';
import type { Introspected, IntrospectionClient } from './introspection-client.js';
import type { IssuerSettings } from './issuer.options.js';
import { checkClaims, type Claimed } from './token-claims.js';
import type { TokenDenials } from './token-denials.js';

/** How long it is remembered that a token is active, and that it is not, in milliseconds. */
const [ACTIVE_MS, REFUSED_MS] = [60_000, 10_000];
/** How many tokens are asked for at once. Each holds a connection. */
const MAX_UNDER_WAY = 100;

interface Known {
  readonly until: number;
  readonly claimed: Claimed;
}

interface Refused {
  readonly until: number;
  readonly denial: Denial;
}

/** What {@link IntrospectedTokens} needs. */
export interface IntrospectionParts {
  readonly denials: TokenDenials;
  /** How many answers are remembered; 0: none. */
  readonly remembered: number;
  readonly clock: Clock;
  /** Told once when asking begins to fail, and again after it has worked. */
  warn(failure: string): void;
}

/**
 * Verifies the tokens of an issuer by asking it. An active token is remembered for a minute at most, what is refused for ten seconds; a token
 * is asked for once for all who wait. Where the issuer does not answer, nobody gets in.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7662
 */
export class IntrospectedTokens {
  // By hash: a token is a secret, and may be long.
  readonly #known: BoundedEntries<Known>;
  readonly #refused: BoundedEntries<Refused>;
  readonly #underWay = new Map<string, Promise<Verdict>>();
  readonly #rules: IssuerSettings;
  #warned = false;
  #worked = false;

  constructor(
    settings: IssuerSettings,
    private readonly client: IntrospectionClient,
    private readonly parts: IntrospectionParts,
  ) {
    // What the issuer says has no typ of a header: whatever can be told to be no access token is refused.
    this.#rules = { ...settings, profile: 'oidc-compat' };
    this.#known = new BoundedEntries(parts.remembered);
    this.#refused = new BoundedEntries(parts.remembered);
  }

  /** Begins to look for the endpoint. */
  prepare(): void {
    this.client.prepare();
  }

  /** Verifies a token; a promise where the issuer is asked. */
  verify(token: string): MaybePromise<Verdict> {
    const key = hash('sha256', token, 'base64url');
    return this.#remembered(key) ?? this.#underWay.get(key) ?? this.#begin(key, token);
  }

  #remembered(key: string): Verdict | undefined {
    const now = this.parts.clock();
    const known = this.#known.get(key);
    if (known !== undefined) {
      if (now < known.until) return { principal: known.claimed.principal };
      this.#known.delete(key);
    }
    const refused = this.#refused.get(key);
    if (refused === undefined) return undefined;
    if (now < refused.until) return { denial: refused.denial };
    this.#refused.delete(key);
    return undefined;
  }

  #begin(key: string, token: string): MaybePromise<Verdict> {
    if (this.#underWay.size >= MAX_UNDER_WAY) return this.#unavailable('too many tokens are being asked for');
    const asked = this.#ask(key, token).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
  }

  async #ask(key: string, token: string): Promise<Verdict> {
    const began = this.parts.clock();
    let said: Introspected;
    try {
      said = await this.client.ask(token);
    } catch (error) {
      return this.#failed(error);
    }
    this.#warned = false;
    this.#worked = true;
    const now = this.parts.clock();
    const claimed = this.#judge(said, now / 1000);
    if ('denial' in claimed) {
      this.#refused.add(key, { until: now + REFUSED_MS, ...claimed }, now);
      return claimed;
    }
    // Counted from when it was asked: it may have been revoked while the answer was on its way.
    this.#known.add(key, { until: Math.min(began + ACTIVE_MS, claimed.expires * 1000), claimed }, now);
    return { principal: claimed.principal };
  }

  #failed(error: unknown): Verdict {
    const failure = error instanceof FetchFailure ? error.message : 'it could not be asked';
    // Said of this token, and not of the issuer: whoever can write a token must neither shut the door on others nor fill the log.
    const ofToken = error instanceof FetchFailure && error.status === 400;
    if (!this.#warned && !(ofToken && this.#worked)) {
      this.#warned = true;
      this.parts.warn(failure);
    }
    return ofToken
      ? { denial: this.parts.denials.of('token.inactive', 'the issuer does not take it: it answered 400') }
      : this.#unavailable(failure);
  }

  #judge(said: Introspected, now: number): Claimed | { readonly denial: Denial } {
    const { denials } = this.parts;
    const no = (...refusal: Parameters<TokenDenials['of']>) => ({ denial: denials.of(...refusal) });
    if (!said.active) return no('token.inactive');
    const { iss = this.#rules.issuer, token_type: type } = said;
    // Issuers answer for refresh tokens too, and not all say so.
    if (!isAccessType(type, said))
      return no('token.type', 'the issuer does not say that it is an access token (token_type)');
    return checkClaims({ ...said, iss }, this.#rules, denials, now);
  }

  #unavailable(note: string): Verdict {
    return { denial: this.parts.denials.of('token.introspection-unavailable', note) };
  }
}

/** RFC 6749 §5.1, and RFC 9449 §6.2, where it has to name the key that it is bound to. */
function isAccessType(type: unknown, { cnf }: Introspected): boolean {
  if (typeof type !== 'string') return false;
  const name = type.toLowerCase();
  return name === 'bearer' || (name === 'dpop' && cnf !== undefined);
}
