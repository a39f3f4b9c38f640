import { hash } from 'node:crypto';
import { isAlgorithm, type Algorithm } from '../../../kit/keys/algorithm.js';
import { isSameText } from '../../../kit/keys/same-text.js';
import { isSignedBy } from '../../../kit/keys/signature.js';
import { keyOfJwk } from '../../../kit/keys/verification-key.js';
import { parseHeader, parseObject, takeApart } from '../token-format.js';
import { proofThumbprint } from './proof-key.js';
import { isTarget } from './target-uri.js';

/** What a proof has to be made for. */
export interface ProofTarget {
  /** The method of the request, `GET`. */
  readonly method: string;
  /** The path as the request line has it. */
  readonly path: string;
  /** The access token that came with the proof. */
  readonly token: string;
  /** The thumbprint to which that token is bound, its `cnf.jkt`. */
  readonly thumbprint: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** What is asked of every proof. */
export interface ProofRules {
  /** Where clients reach this API, each in its normal form. */
  readonly publicUrls: readonly string[];
  /** None of a shared secret. */
  readonly algorithms: readonly Algorithm[];
  /** How far its `iat` may be from now, to either side, seconds. */
  readonly window: number;
}

/** A good proof, which still has to be one that nobody has shown before, and to carry a nonce where one is asked for. */
export interface Proof {
  /** Of its key and its `jti`, as short as a hash. */
  readonly id: string;
  /** As it was sent. */
  readonly nonce: unknown;
}

/** Why a proof is none, in words of ours. */
export interface ProofFault {
  readonly fault: string;
  /** Whether its key is not the one to which the token is bound, so that the token is shown by somebody else. */
  readonly foreign?: true;
}

const LONGEST_PROOF = 8192;
const LONGEST_JTI = 256;
// Where to find a key is nobody's to say but `jwk`; extensions that change the meaning are none of ours.
const FORBIDDEN = ['crit', 'jku', 'x5u', 'x5c', 'b64', 'zip', 'enc'];

/**
 * Checks a DPoP proof by all that is in it: one strict JWS of type `dpop+jwt`, signed with an asymmetric algorithm by the public key that
 * it carries, to which the token is bound; for this method, this URI and this token, and made just now. Never throws. The cheap checks
 * come first, and no key is read but the one that the token names.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-4.3
 */
export function checkProof(proof: string, target: ProofTarget, rules: ProofRules): Proof | ProofFault {
  if (proof.length > LONGEST_PROOF) return { fault: 'is too long' };
  const parts = takeApart(proof);
  const header = parts && parseHeader(parts.header);
  const claims = header && parseObject(parts.payload);
  if (!claims)
    return { fault: 'is not three parts in canonical base64url, with a JSON object in the first two' };

  const { typ, alg, jwk } = header;
  if (typ !== 'dpop+jwt') return { fault: 'has another typ than dpop+jwt' };
  const forbidden = FORBIDDEN.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined) return { fault: `has the parameter ${forbidden}` };
  if (!isAlgorithm(alg) || !rules.algorithms.includes(alg))
    return { fault: 'has an algorithm that is not taken' };
  const thumbprint = proofThumbprint(jwk);
  if (thumbprint === undefined) return { fault: 'has a jwk that is no public key' };
  if (!isSameText(thumbprint, target.thumbprint))
    return { fault: 'is of another key than the token', foreign: true };

  const { htm, htu, iat, exp = Infinity, nbf = 0, jti, ath, nonce } = claims;
  if (htm !== target.method) return { fault: 'is for another method (htm)' };
  if (!rules.publicUrls.some((url) => isTarget(htu, url, target.path)))
    return { fault: 'is for another URI (htu)' };
  if (typeof iat !== 'number' || !(Math.abs(target.now - iat) <= rules.window)) {
    return { fault: 'was not made now (iat)' };
  }
  // RFC 9449 asks for neither; RFC 7519 says what they mean where they are.
  if (
    typeof exp !== 'number' ||
    exp <= target.now ||
    typeof nbf !== 'number' ||
    nbf > target.now + rules.window
  ) {
    return { fault: 'says itself that it does not count now (exp, nbf)' };
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_JTI) {
    return { fault: 'has no jti of 1 to 256 characters' };
  }
  if (typeof ath !== 'string' || !isSameText(ath, hash('sha256', target.token, 'base64url'))) {
    return { fault: 'is for another token (ath)' };
  }

  const key = keyOfJwk(jwk as object, rules.algorithms);
  if ('fault' in key) return { fault: `has a key that ${key.fault}` };
  if (!isSignedBy(key, alg, parts.signed, parts.signature)) return { fault: 'is not signed by its key' };
  return { id: hash('sha256', `${thumbprint}.${jti}`, 'base64url'), nonce };
}
