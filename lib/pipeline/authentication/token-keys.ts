import type { Denial, MaybePromise } from '../../core/decision.js';
import type { KeySet, KeySource } from '../../kit/keys/key-set.js';
import type { VerificationKey } from '../../kit/keys/verification-key.js';
import type { TokenDenials } from './token-denials.js';
import type { SignedBy } from './token-header.js';

/** The keys that may have signed a token, at least one, and the set that they are of. */
export interface TokenKeys {
  readonly keys: KeySet;
  readonly candidates: readonly VerificationKey[];
}

/** Finds the keys that may have signed a token: at once where they are at hand, a promise where it takes a fetch to know. */
export function findKeys(
  source: KeySource,
  signedBy: SignedBy,
  denials: TokenDenials,
): MaybePromise<TokenKeys | { readonly denial: Denial }> {
  const keys = source.current();
  const candidates = keys?.candidates(signedBy.algorithm, signedBy.kid) ?? [];
  return keys && candidates.length > 0
    ? { keys, candidates }
    : fetchKeys(source, keys, signedBy, (...refusal) => ({ denial: denials.of(...refusal) }));
}

async function fetchKeys(
  source: KeySource,
  atHand: KeySet | undefined,
  { algorithm, kid }: SignedBy,
  no: (...refusal: Parameters<TokenDenials['of']>) => { readonly denial: Denial },
): Promise<TokenKeys | { readonly denial: Denial }> {
  let keys = atHand ?? (await source.refresh());
  if (!keys) return no('token.keys-unavailable', source.failure);
  let candidates = keys.candidates(algorithm, kid);
  // A key of that name with another algorithm is an attempt, not a rotation.
  if (candidates.length === 0 && keys.has(kid)) return no('token.algorithm', 'not the algorithm of its key');
  if (candidates.length === 0) {
    keys = await source.refresh();
    if (!keys) return no('token.keys-unavailable', source.failure);
    candidates = keys.candidates(algorithm, kid);
  }
  if (candidates.length > 0) return { keys, candidates };
  // The key may be a new one, which an issuer that is down cannot tell.
  return source.failure === undefined
    ? no('token.key-unknown')
    : no('token.keys-unavailable', source.failure);
}
