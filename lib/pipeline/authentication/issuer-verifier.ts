import type { Verdict } from '../../core/credential.js';
import type { Denial, MaybePromise } from '../../core/decision.js';
import { isSignedBy } from '../../kit/keys/signature.js';
import type { IssuerSettings } from './issuer.options.js';
import { KnownHeaders } from './known-headers.js';
import type { TokenCache } from './token-cache.js';
import { checkClaims } from './token-claims.js';
import type { TokenDenials } from './token-denials.js';
import { parseHeader, parseObject, type JsonObject, type TokenParts } from './token-format.js';
import { checkHeader, type SignedBy } from './token-header.js';
import { findKeys, type TokenKeys } from './token-keys.js';

/** What the verifiers of all issuers share. */
export interface VerifierParts {
  readonly denials: TokenDenials;
  /** `undefined`: none are remembered. */
  readonly cache: TokenCache | undefined;
  /** Seconds since the epoch. */
  now(): number;
}

/** Verifies the tokens of one issuer: with its keys, its algorithms, its rules, and with nothing of any other. */
export class IssuerVerifier {
  // What a header says depends on the algorithms and the profile of the issuer.
  readonly #headers = new KnownHeaders();

  constructor(
    private readonly settings: IssuerSettings,
    private readonly parts: VerifierParts,
  ) {}

  /** Begins to fetch published keys. */
  prepare(): void {
    this.settings.keys.current();
  }

  /** Verifies a token; a promise only where keys are fetched. `claims`: its payload, where that was looked at to find the issuer. */
  verify(token: string, parts: TokenParts, claims?: JsonObject): MaybePromise<Verdict> {
    const signedBy = this.#headers.get(parts.header) ?? this.#checkHeader(parts.header);
    if ('denial' in signedBy) return signedBy;
    const found = findKeys(this.settings.keys, signedBy, this.parts.denials);
    return found instanceof Promise
      ? found.then((fetched) => this.#judge(token, parts, signedBy, fetched, claims))
      : this.#judge(token, parts, signedBy, found, claims);
  }

  #checkHeader(raw: string): SignedBy | { readonly denial: Denial } {
    const header = parseHeader(raw);
    return header
      ? checkHeader(header, this.settings, this.parts.denials)
      : this.#no('token.malformed', 'the header is not one strict JSON object in canonical base64url');
  }

  #judge(
    token: string,
    { header, payload, signature, signed }: TokenParts,
    signedBy: SignedBy,
    found: TokenKeys | { readonly denial: Denial },
    claims: JsonObject | undefined,
  ): Verdict {
    if ('denial' in found) return found;
    if (!found.candidates.some((key) => isSignedBy(key, signedBy.algorithm, signed, signature)))
      return this.#no('token.signature');
    this.#headers.add(header, signedBy);
    const signedClaims = claims ?? parseObject(payload);
    if (!signedClaims) return this.#no('token.malformed', 'the claims are not one strict JSON object');
    const { denials, cache } = this.parts;
    const claimed = checkClaims(signedClaims, this.settings, denials, this.parts.now());
    if ('denial' in claimed) return claimed;
    cache?.set(token, { source: this.settings.keys, keys: found.keys, claimed });
    return { principal: claimed.principal };
  }

  #no(...refusal: Parameters<TokenDenials['of']>): { readonly denial: Denial } {
    return { denial: this.parts.denials.of(...refusal) };
  }
}
