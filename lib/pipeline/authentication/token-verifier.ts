import { systemClock, type Clock } from '../../core/clock.js';
import type { Verdict } from '../../core/credential.js';
import type { Denial, MaybePromise } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import { isSignedBy } from '../../kit/keys/signature.js';
import type { AuthenticationSettings } from './authentication.options.js';
import { KnownHeaders } from './known-headers.js';
import { TokenCache } from './token-cache.js';
import { checkClaims } from './token-claims.js';
import { TokenDenials } from './token-denials.js';
import { parseHeader, parseObject, takeApart, type TokenParts } from './token-format.js';
import { checkHeader, type SignedBy } from './token-header.js';
import { findKeys, type TokenKeys } from './token-keys.js';

// RFC 6750 §2.1
const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

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
  readonly #headers = new KnownHeaders();
  readonly #cache: TokenCache | undefined;

  constructor(
    private readonly settings: AuthenticationSettings,
    private readonly clock: Clock = systemClock,
  ) {
    this.#denials = new TokenDenials(settings.realm);
    if (settings.cachedTokens > 0)
      this.#cache = new TokenCache(settings.cachedTokens, settings.clockTolerance);
  }

  /** Begins to fetch published keys, so that the first request does not wait for them. Fails never, and waits for nothing. */
  prepare(): void {
    this.settings.keys.current();
  }

  /** Whose token it is: at once where it was verified before, else by {@link verify}. */
  identify(token: string): MaybePromise<Verdict> {
    // Before its form is looked at: what is remembered was a whole token, and this is the same text.
    const principal = this.recall(token);
    return principal ? { principal } : this.verify(token);
  }

  /** Whose token it is, where that is known without work: verified before, with the keys of now, and valid now. */
  recall(token: string): Principal | undefined {
    if (!this.#cache) return undefined;
    // Asked for each time, because this is also what starts the background refresh of the keys.
    const keys = this.settings.keys.current();
    return keys && this.#cache.get(token, keys, this.#now());
  }

  /** Verifies a token; a promise only where keys are fetched. Fails only where something of ours is broken; a bad token is a denial. */
  verify(token: string): MaybePromise<Verdict> {
    if (token.length > this.settings.maxTokenBytes) return this.#no('token.too-large');
    if (!B64TOKEN.test(token)) return this.#no('token.malformed', 'not one Bearer token after one space');
    const parts = takeApart(token);
    const signedBy = parts && (this.#headers.get(parts.header) ?? this.#checkHeader(parts.header));
    if (!signedBy)
      return this.#no(
        'token.malformed',
        'not three parts in canonical base64url, with one JSON object as header',
      );
    if ('denial' in signedBy) return signedBy;
    const found = findKeys(this.settings.keys, signedBy, this.#denials);
    return found instanceof Promise
      ? found.then((fetched) => this.#judge(token, parts, signedBy, fetched))
      : this.#judge(token, parts, signedBy, found);
  }

  #checkHeader(raw: string): SignedBy | { readonly denial: Denial } | undefined {
    const header = parseHeader(raw);
    return header && checkHeader(header, this.settings, this.#denials);
  }

  #judge(
    token: string,
    { header, payload, signature, signed }: TokenParts,
    signedBy: SignedBy,
    found: TokenKeys | { readonly denial: Denial },
  ): Verdict {
    if ('denial' in found) return found;
    if (!found.candidates.some((key) => isSignedBy(key, signedBy.algorithm, signed, signature)))
      return this.#no('token.signature');
    this.#headers.add(header, signedBy);
    const claims = parseObject(payload);
    if (!claims) return this.#no('token.malformed', 'the claims are not one strict JSON object');
    const claimed = checkClaims(claims, this.settings, this.#denials, this.#now());
    if ('denial' in claimed) return claimed;
    this.#cache?.set(token, found.keys, claimed);
    return { principal: claimed.principal };
  }

  #no(...refusal: Parameters<TokenDenials['of']>): { readonly denial: Denial } {
    return { denial: this.#denials.of(...refusal) };
  }

  #now(): number {
    return this.clock() / 1000;
  }
}
