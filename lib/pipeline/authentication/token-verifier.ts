import { systemClock, type Clock } from '../../core/clock.js';
import type { Verdict } from '../../core/credential.js';
import type { Denial, MaybePromise } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { AuthenticationSettings } from './authentication.options.js';
import { IntrospectedTokens } from './introspected-tokens.js';
import { IssuerVerifier } from './issuer-verifier.js';
import { TokenCache } from './token-cache.js';
import { TokenDenials } from './token-denials.js';
import { parseObject, takeApart, type TokenParts } from './token-format.js';

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
  readonly #cache: TokenCache | undefined;
  readonly #issuers: ReadonlyMap<unknown, IssuerVerifier | IntrospectedTokens>;
  /** The one issuer, where there is no more than one, and it has keys. */
  readonly #only: IssuerVerifier | undefined;
  /** Who is asked about opaque tokens. */
  readonly #opaque: IntrospectedTokens | undefined;

  constructor(
    private readonly settings: AuthenticationSettings,
    private readonly clock: Clock = systemClock,
  ) {
    const { issuers, cachedTokens, clockTolerance, realm } = settings;
    this.#denials = new TokenDenials(realm);
    if (cachedTokens > 0) this.#cache = new TokenCache(cachedTokens, clockTolerance);
    const parts = { denials: this.#denials, cache: this.#cache, now: () => this.#now() };
    const asked = issuers.find(({ introspection }) => introspection !== undefined);
    if (asked) {
      const { client, warn } = asked.introspection!;
      this.#opaque = new IntrospectedTokens(asked, client, {
        denials: this.#denials,
        remembered: cachedTokens,
        clock,
        warn,
      });
    }
    this.#issuers = new Map(
      issuers.map((issuer) => [
        issuer.issuer,
        issuer.introspection?.alone ? this.#opaque! : new IssuerVerifier(issuer, parts),
      ]),
    );
    const [only] = this.#issuers.values();
    if (this.#issuers.size === 1 && only instanceof IssuerVerifier) this.#only = only;
  }

  /** Begins to fetch published keys, so that the first request does not wait for them. Fails never, and waits for nothing. */
  prepare(): void {
    for (const issuer of this.#issuers.values()) issuer.prepare();
    this.#opaque?.prepare();
  }

  /** Whose token it is: at once where it was verified before, else by {@link verify}. */
  identify(token: string): MaybePromise<Verdict> {
    // Before its form is looked at: what is remembered was a whole token, and this is the same text.
    const principal = this.recall(token);
    return principal ? { principal } : this.verify(token);
  }

  /** Whose token it is, where that is known without work: verified before, with the keys of now, and valid now. */
  recall(token: string): Principal | undefined {
    return this.#cache?.get(token, this.#now());
  }

  /** Verifies a token; a promise only where keys are fetched, or the issuer is asked. Fails only where something of ours is broken; a bad token is a denial. */
  verify(token: string): MaybePromise<Verdict> {
    if (token.length > this.settings.maxTokenBytes) return this.#no('token.too-large');
    if (!B64TOKEN.test(token)) return this.#no('token.malformed', 'not one Bearer token after one space');
    const parts = takeApart(token);
    if (!parts) return this.#verifyOpaque(token, 'not three parts in canonical base64url');
    return this.#only ? this.#only.verify(token, parts) : this.#verifyByIssuer(token, parts);
  }

  /** Nobody has signed for the `iss` yet: it says which keys to check it with, and an issuer nobody knows costs nothing. */
  #verifyByIssuer(token: string, parts: TokenParts): MaybePromise<Verdict> {
    const claims = parseObject(parts.payload);
    if (!claims) return this.#verifyOpaque(token, 'the claims are not one strict JSON object');
    const issuer = this.#issuers.get(claims['iss']);
    return issuer ? issuer.verify(token, parts, claims) : this.#no('token.issuer');
  }

  /** What is no JWT. What looks like one, and is meant for keys at hand, is not sent to anybody. */
  #verifyOpaque(token: string, malformed: string): MaybePromise<Verdict> {
    const mayAsk = this.#opaque && (this.#isAlone || !looksLikeJwt(token));
    return mayAsk ? this.#opaque.verify(token) : this.#no('token.malformed', malformed);
  }

  /** Whether no token at all is verified here. */
  get #isAlone(): boolean {
    return this.#issuers.size === 1 && this.#only === undefined;
  }

  #no(...refusal: Parameters<TokenDenials['of']>): { readonly denial: Denial } {
    return { denial: this.#denials.of(...refusal) };
  }

  #now(): number {
    return this.clock() / 1000;
  }
}

/** JWS has three parts, JWE five. */
function looksLikeJwt(token: string): boolean {
  return token.split('.', 3).length === 3;
}
