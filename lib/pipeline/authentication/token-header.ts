import type { Denial } from '../../core/decision.js';
import { isAlgorithm, type Algorithm } from '../../kit/keys/algorithm.js';
import { isKid } from '../../kit/keys/verification-key.js';
import type { IssuerSettings, TokenProfile } from './issuer.options.js';
import type { TokenDenials } from './token-denials.js';
import type { JsonObject } from './token-format.js';

/** What a token's header says of its signature. */
export interface SignedBy {
  readonly algorithm: Algorithm;
  readonly kid: string | undefined;
}

// Where to find a key is the server's to know (RFC 8725 §3.10); extensions that change the meaning are none of ours.
const FORBIDDEN = ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc'];

/**
 * Checks the header of a token before any key is looked for: nothing that names a key or an extension, one of the pinned algorithms,
 * the type of an access token.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-4
 */
export function checkHeader(
  header: JsonObject,
  { algorithms, profile }: Pick<IssuerSettings, 'algorithms' | 'profile'>,
  denials: TokenDenials,
): SignedBy | { readonly denial: Denial } {
  const forbidden = FORBIDDEN.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined)
    return { denial: denials.of('token.header', `has the parameter ${forbidden}`) };
  const { alg, kid, typ } = header;
  if (!isAlgorithm(alg) || !algorithms.has(alg)) return { denial: denials.of('token.algorithm') };
  if (!isKid(kid)) return { denial: denials.of('token.header', 'kid is no text of 1 to 256 characters') };
  return isAccessToken(typ, profile)
    ? { algorithm: alg, kid }
    : { denial: denials.of('token.type', TYPE_NOTES[profile]) };
}

const TYPE_NOTES: Readonly<Record<TokenProfile, string>> = {
  rfc9068:
    "typ is not at+jwt; where the issuer's access tokens are plain JWTs, write authentication.profile: 'oidc-compat'",
  'oidc-compat': 'typ is neither at+jwt nor JWT (profile oidc-compat)',
};

function isAccessToken(typ: unknown, profile: TokenProfile): boolean {
  if (typ === undefined) return profile === 'oidc-compat';
  if (typeof typ !== 'string') return false;
  const type = typ.toLowerCase();
  if (type === 'at+jwt' || type === 'application/at+jwt') return true;
  return profile === 'oidc-compat' && (type === 'jwt' || type === 'application/jwt');
}
