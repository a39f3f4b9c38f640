import {
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { ALGORITHMS, algorithmsOf, type Algorithm } from '../../lib/kit/keys/algorithm.js';
import type { VerificationKey } from '../../lib/kit/keys/verification-key.js';

/** A key pair, or a secret twice, and what it may verify. */
export interface SigningPair {
  readonly name: string;
  readonly signing: KeyObject;
  readonly verification: VerificationKey;
}

/** Every algorithm there is. */
export const ALL_ALGORITHMS = Object.keys(ALGORITHMS) as Algorithm[];

// 2049 bits: the length in bytes is rounded up there, and PSS has an encoded message of a byte less than the modulus.
const RSA_BITS = [2048, 2049];

/** One key of each kind that we take. */
export function newPairs(): SigningPair[] {
  const secret = createSecretKey(randomBytes(64));
  return [
    pairOf('secret', secret, secret),
    ...RSA_BITS.map((modulusLength) =>
      ofPair(`rsa ${modulusLength}`, generateKeyPairSync('rsa', { modulusLength })),
    ),
    ...['P-256', 'P-384', 'P-521'].map((namedCurve) =>
      ofPair(namedCurve, generateKeyPairSync('ec', { namedCurve })),
    ),
    ofPair('ed25519', generateKeyPairSync('ed25519')),
  ];
}

function ofPair(name: string, { privateKey }: { readonly privateKey: KeyObject }): SigningPair {
  return pairOf(name, privateKey, createPublicKey(privateKey));
}

function pairOf(name: string, signing: KeyObject, key: KeyObject): SigningPair {
  return { name, signing, verification: { kid: undefined, algorithms: new Set(algorithmsOf(key)), key } };
}
