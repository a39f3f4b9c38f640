import { compactVerify, errors } from 'jose';
import { systemClock, type Clock } from '../../core/clock.js';
import type { Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { KeySet } from '../../kit/keys/key-set.js';
import type { VerificationKey } from '../../kit/keys/verification-key.js';
import type { AuthenticationSettings } from './authentication.options.js';
import { readBearer, type Bearer } from './bearer.js';
import { TokenCache } from './token-cache.js';
import { checkClaims } from './token-claims.js';
import { TokenDenials } from './token-denials.js';
import { parseObject, takeApart } from './token-format.js';
import { checkHeader, type SignedBy } from './token-header.js';

/** Whose token it is, or why it is refused. */
export type Verdict = { readonly principal: Principal } | { readonly denial: Denial };

/**
 * Verifies access tokens. Knows neither Nest nor passport, so that it serves other transports too.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725 (JWT best current practices)
 * @example
 * ```ts
 * const verifier = new TokenVerifier(resolveAuthentication({ issuer, audience, secret }));
 * const verdict = await verifier.verify(token);
 * if ('denial' in verdict) refuse(verdict.denial);
 * ```
 */
export class TokenVerifier {
  readonly #denials: TokenDenials;
  readonly #cache: TokenCache | undefined;

  constructor(
    private readonly settings: AuthenticationSettings,
    private readonly clock: Clock = systemClock,
  ) {
    this.#denials = new TokenDenials(settings.realm);
    if (settings.cachedTokens > 0)
      this.#cache = new TokenCache(settings.cachedTokens, settings.clockTolerance);
  }

  /** The token in a request's headers (names and values in turn, as Node has them raw). */
  read(rawHeaders: readonly string[]): Bearer {
    return readBearer(rawHeaders, this.settings.maxTokenBytes, this.#denials);
  }

  /** Whose token it is, where that is known without work: verified before, with the keys of now, and valid now. */
  recall(token: string): Principal | undefined {
    if (!this.#cache) return undefined;
    // Asked for each time, because this is also what starts the background refresh of the keys.
    const keys = this.settings.keys.current();
    return keys && this.#cache.get(token, keys, this.#now());
  }

  /** Verifies a token. Rejects only where something of ours is broken; a bad token is a denial. */
  async verify(token: string): Promise<Verdict> {
    if (token.length > this.settings.maxTokenBytes) return this.#no('token.too-large');
    const parts = takeApart(token);
    if (!parts)
      return this.#no(
        'token.malformed',
        'not three parts in canonical base64url, with one JSON object as header',
      );
    const signedBy = checkHeader(parts.header, this.settings, this.#denials);
    if ('denial' in signedBy) return signedBy;
    const found = await this.#keysFor(signedBy);
    if ('denial' in found) return found;
    if (!(await isSigned(token, signedBy, found.candidates))) return this.#no('token.signature');
    const claims = parseObject(parts.payload);
    if (!claims) return this.#no('token.malformed', 'the claims are not one strict JSON object');
    const claimed = checkClaims(claims, this.settings, this.#denials, this.#now());
    if ('denial' in claimed) return claimed;
    this.#cache?.set(token, found.keys, claimed);
    return { principal: claimed.principal };
  }

  async #keysFor(
    signedBy: SignedBy,
  ): Promise<
    { readonly keys: KeySet; readonly candidates: readonly VerificationKey[] } | { readonly denial: Denial }
  > {
    const { algorithm, kid } = signedBy;
    const source = this.settings.keys;
    let keys = source.current() ?? (await source.refresh());
    if (!keys) return this.#no('token.keys-unavailable', source.failure);
    let candidates = keys.candidates(algorithm, kid);
    // A key of that name with another algorithm is an attempt, not a rotation.
    if (candidates.length === 0 && keys.has(kid))
      return this.#no('token.algorithm', 'not the algorithm of its key');
    if (candidates.length === 0) {
      keys = await source.refresh();
      if (!keys) return this.#no('token.keys-unavailable', source.failure);
      candidates = keys.candidates(algorithm, kid);
    }
    if (candidates.length > 0) return { keys, candidates };
    // The key may be a new one, which an issuer that is down cannot tell.
    return source.failure === undefined
      ? this.#no('token.key-unknown')
      : this.#no('token.keys-unavailable', source.failure);
  }

  #no(...refusal: Parameters<TokenDenials['of']>): { readonly denial: Denial } {
    return { denial: this.#denials.of(...refusal) };
  }

  #now(): number {
    return this.clock() / 1000;
  }
}

async function isSigned(
  token: string,
  { algorithm }: SignedBy,
  candidates: readonly VerificationKey[],
): Promise<boolean> {
  for (const { key } of candidates) {
    try {
      await compactVerify(token, key, { algorithms: [algorithm] });
      return true;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  return false;
}
