import { constants, createHmac, createVerify, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import type { Algorithm } from './algorithm.js';
import type { VerificationKey } from './verification-key.js';

type Check = (key: KeyObject, signed: string, signature: Buffer) => boolean;

const CHECKS: Readonly<Record<Algorithm, Check>> = {
  HS256: hmac('sha256'),
  HS384: hmac('sha384'),
  HS512: hmac('sha512'),
  RS256: rsa('sha256'),
  RS384: rsa('sha384'),
  RS512: rsa('sha512'),
  PS256: rsaPss('sha256', 32),
  PS384: rsaPss('sha384', 48),
  PS512: rsaPss('sha512', 64),
  ES256: ecdsa('sha256', 64),
  ES384: ecdsa('sha384', 96),
  ES512: ecdsa('sha512', 132),
  EdDSA: ed25519,
  Ed25519: ed25519,
};

/**
 * Whether a key that may have the algorithm made the signature over this text (its UTF-8). Synchronous: WebCrypto costs several times
 * the check itself. Every length is exact, and what OpenSSL cannot read is no signature.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7518#section-3
 * @see https://www.rfc-editor.org/rfc/rfc8037#section-3.1
 * @example
 * ```ts
 * isSignedBy(key, 'RS256', `${header}.${payload}`, signature);
 * ```
 */
export function isSignedBy(
  { key, algorithms }: VerificationKey,
  algorithm: Algorithm,
  signed: string,
  signature: Buffer,
): boolean {
  // OpenSSL goes by the key: under the name RS256 it would check an EC signature for an EC key.
  if (!algorithms.has(algorithm)) return false;
  try {
    return CHECKS[algorithm](key, signed, signature);
  } catch {
    return false;
  }
}

/** RFC 7518 §3.2. */
function hmac(hash: string): Check {
  return (key, signed, signature) => {
    const mac = createHmac(hash, key).update(signed).digest();
    return mac.length === signature.length && timingSafeEqual(mac, signature);
  };
}

/** RFC 7518 §3.3: RSASSA-PKCS1-v1_5, which is what Node takes for an RSA key. */
function rsa(hash: string): Check {
  return (key, signed, signature) =>
    signature.length === modulusBytes(key) && createVerify(hash).update(signed).verify(key, signature);
}

/** RFC 7518 §3.5: MGF1 with the same hash, and a salt of exactly its length. */
function rsaPss(hash: string, saltLength: number): Check {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return (key, signed, signature) =>
    signature.length === modulusBytes(key) &&
    createVerify(hash).update(signed).verify({ key, padding, saltLength }, signature);
}

/** RFC 7518 §3.4: r and s as they are, not in DER. */
function ecdsa(hash: string, length: number): Check {
  return (key, signed, signature) =>
    signature.length === length &&
    createVerify(hash).update(signed).verify({ key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** RFC 8037 §3.1: it hashes by itself. */
function ed25519(key: KeyObject, signed: string, signature: Buffer): boolean {
  return signature.length === 64 && verify(null, Buffer.from(signed), key, signature);
}

/** RFC 8017 §8.1.2 and §8.2.2: a signature is as long as the modulus, its leading zeros included. */
function modulusBytes(key: KeyObject): number {
  return Math.ceil(key.asymmetricKeyDetails!.modulusLength! / 8);
}
