import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import {
  ALGORITHMS,
  algorithmsOf,
  defaultAlgorithms,
  isAlgorithm,
  namesOf,
  type Algorithm,
} from './algorithm.js';
import { secretWeakness } from './secret-strength.js';

/** A key that a token may be verified with. Never a private one: what was given as private is kept as its public half. */
export interface VerificationKey {
  readonly kid: string | undefined;
  readonly algorithms: ReadonlySet<Algorithm>;
  readonly key: KeyObject;
}

/** Why a key cannot be used, and what to do. Never quotes the key. */
export interface KeyFault {
  readonly fault: string;
  readonly fix: string;
  /** Whether it is a key of a kind that we take, and too weak. */
  readonly weak?: true;
}

/** A JSON Web Key, RFC 7517. Its parameters are checked, so the type promises none of them. */
export interface Jwk {
  readonly kty?: string;
}

const MIN_RSA_BITS = 2048;
const MIN_RSA_EXPONENT = 65_537n;
const MAX_KID = 256;

/** A shared secret as a key; text counts as its UTF-8 bytes. `allowed` are the algorithms of the options. */
export function keyOfSecret(
  secret: string | Uint8Array,
  allowed: readonly Algorithm[],
): VerificationKey | KeyFault {
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret);
  return vetted(createSecretKey(bytes), undefined, undefined, allowed);
}

/** A PEM text (SPKI, PKCS#1, PKCS#8 or a certificate) as a key. */
export function keyOfPem(pem: string, allowed?: readonly Algorithm[]): VerificationKey | KeyFault {
  if (pem.split('-----BEGIN').length > 2) {
    return {
      fault: 'holds several PEM blocks, of which one would be used',
      fix: 'write a list with one PEM each',
    };
  }
  try {
    return vetted(createPublicKey(pem), undefined, undefined, allowed);
  } catch {
    // Not OpenSSL's own message: it may quote what it read.
    return {
      fault: 'is a string, and no PEM key',
      fix: String.raw`write '-----BEGIN PUBLIC KEY-----\n…'; from an environment variable, check that \n became line breaks`,
    };
  }
}

/** Whether a value may be the `kid` of a key or of a token's header: none, or a text of 1 to 256 characters. */
export function isKid(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '' && value.length <= MAX_KID);
}

/** A JWK as a key. */
export function keyOfJwk(jwk: Jwk, allowed?: readonly Algorithm[]): VerificationKey | KeyFault {
  const { kty, k, kid, alg, use, key_ops: operations } = jwk as Readonly<Record<string, unknown>>;
  if (!isKid(kid)) {
    return {
      fault: 'has a kid that is no text of 1 to 256 characters',
      fix: 'write its RFC 7638 thumbprint',
    };
  }
  if (use !== undefined && use !== 'sig')
    return { fault: 'is not for signatures: its use says so', fix: "write use: 'sig'" };
  const needed = 'd' in jwk ? ['sign', 'verify'] : ['verify'];
  if (
    operations !== undefined &&
    !(Array.isArray(operations) && needed.some((name) => operations.includes(name)))
  ) {
    return { fault: 'is not for verifying: its key_ops say so', fix: "write key_ops: ['verify']" };
  }
  let key: KeyObject;
  try {
    key =
      kty === 'oct'
        ? createSecretKey(Buffer.from(k as string, 'base64url'))
        : createPublicKey({ key: jwk as never, format: 'jwk' });
  } catch {
    return {
      fault: 'is no key that this Node.js can read',
      fix: 'write an RSA, EC (P-256, P-384, P-521), Ed25519 or oct JWK',
    };
  }
  return vetted(key, kid, alg, allowed);
}

function vetted(
  key: KeyObject,
  kid: string | undefined,
  own: unknown,
  allowed: readonly Algorithm[] | undefined,
): VerificationKey | KeyFault {
  const weak = weaknessOf(key, allowed);
  if (weak) return weak;
  if (own !== undefined && !isAlgorithm(own))
    return { fault: 'has an alg that is none of ours', fix: `write one of ${names(ALGORITHMS)}` };
  const fitting = algorithmsOf(key);
  const wanted = own !== undefined ? namesOf(own) : (allowed ?? defaultAlgorithms(key));
  const algorithms = new Set(
    wanted.filter((name) => fitting.includes(name) && (!allowed || allowed.includes(name))),
  );
  if (algorithms.size === 0) {
    const fix =
      fitting.length === 0
        ? 'use an RSA, EC (P-256, P-384, P-521) or Ed25519 key'
        : `a key of this type can have ${fitting.join(', ')}`;
    return { fault: 'fits none of the algorithms that are allowed for it', fix };
  }
  return { kid, algorithms, key };
}

function weaknessOf(key: KeyObject, allowed: readonly Algorithm[] | undefined): KeyFault | undefined {
  if (key.type === 'secret') return weakSecret(key, allowed);
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < MIN_RSA_BITS) {
    return {
      fault: `is an RSA key of ${modulusLength} bits`,
      fix: 'make one of 2048 bits or more',
      weak: true,
    };
  }
  if (publicExponent !== undefined && publicExponent < MIN_RSA_EXPONENT) {
    return {
      fault: 'is an RSA key with an exponent below 65537',
      fix: 'make one with the usual exponent, 65537',
      weak: true,
    };
  }
  return undefined;
}

function weakSecret(key: KeyObject, allowed: readonly Algorithm[] | undefined): KeyFault | undefined {
  const lengths = (allowed ?? ['HS256']).map(
    (name) => (ALGORITHMS[name] as { minBytes?: number }).minBytes ?? 32,
  );
  const least = Math.max(...lengths);
  const fix = `make one: node -e "console.log(require('crypto').randomBytes(${least}).toString('base64url'))"`;
  const bytes = key.export();
  if (bytes.length < least)
    return { fault: `is ${bytes.length} bytes long; ${least} are needed (RFC 7518 §3.2)`, fix };
  const weakness = secretWeakness(bytes, least);
  return weakness === undefined ? undefined : { fault: `${weakness}: it can be guessed`, fix };
}

function names(table: object): string {
  return Object.keys(table).join(', ');
}
