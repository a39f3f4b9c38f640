import type { Algorithm } from './algorithm.js';
import { keyOfJwk, type Jwk, type VerificationKey } from './verification-key.js';

/** The keys of a published set that may be used, and what was left out that should not have been there. */
export interface PublishedKeys {
  readonly keys: readonly VerificationKey[];
  /** For the log, in words of ours: nothing of what was published. */
  readonly complaints: readonly string[];
}

/**
 * Vets a published JWK set: no secrets, no private keys, no weak ones, and no two different keys of one `kid`, because nobody can say which is
 * meant. Keys for another use (`enc`) or of a kind that is none of ours are no fault.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7517#section-4.5
 */
export function vetPublished(jwks: readonly Jwk[], allowed: readonly Algorithm[] | undefined): PublishedKeys {
  const complaints = new Set<string>();
  const sound: VerificationKey[] = [];
  for (const jwk of jwks) {
    // What was published is nobody's secret any more.
    if (jwk.kty === 'oct' || 'd' in jwk) complaints.add('it published a secret or a private key');
    else {
      const key = keyOfJwk(jwk, allowed);
      if (!('fault' in key)) sound.push(key);
      else if (key.weak) complaints.add(`a key of it ${key.fault}`);
    }
  }
  const ambiguous = ambiguousKids(sound);
  if (ambiguous.size > 0) complaints.add('it published different keys under one kid');
  return {
    keys: sound.filter(({ kid }) => kid === undefined || !ambiguous.has(kid)),
    complaints: [...complaints],
  };
}

function ambiguousKids(keys: readonly VerificationKey[]): ReadonlySet<string> {
  const first = new Map<string, VerificationKey>();
  const ambiguous = new Set<string>();
  for (const key of keys) {
    if (key.kid === undefined) continue;
    const known = first.get(key.kid);
    if (known === undefined) first.set(key.kid, key);
    // One key may stand there twice, once for each of its algorithms.
    else if (!known.key.equals(key.key)) ambiguous.add(key.kid);
  }
  return ambiguous;
}
