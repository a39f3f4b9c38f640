import {
  createPrivateKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto';
import { thumbprintOf } from './thumbprint.js';
import type { Jwk } from './verification-key.js';

/** What own tokens may be signed with. `EdDSA` is Ed25519. */
export type SigningAlgorithm = keyof typeof MAKE;

/** A key pair of ours as a JWK: with `d` the private key, without it the public one. */
export interface OwnJwk extends Jwk {
  readonly kty: string;
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: 'sig';
}

/** The private half of a key, ready to sign. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly key: KeyObject;
}

// In bytes, which are then read as a key of their own: Node 20 waits for itself without end where a key that it has just made is exported as
// a JWK, and what made it is collected in that moment.
const BYTES = {
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  publicKeyEncoding: { type: 'spki', format: 'der' },
} as const;

// The types of one of them know of no encoding.
const made = ({ privateKey }: { privateKey: unknown }) => privateKey as Buffer;

const MAKE = {
  EdDSA: () => made(generateKeyPairSync('ed25519', BYTES)),
  ES256: () => made(generateKeyPairSync('ec', { namedCurve: 'P-256', ...BYTES })),
  RS256: () => made(generateKeyPairSync('rsa', { modulusLength: 3072, ...BYTES })),
} as const;

/** The names of {@link SigningAlgorithm}. */
export const SIGNING_ALGORITHMS = Object.keys(MAKE) as readonly SigningAlgorithm[];

const PUBLIC = new Set(['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use']);

/** Makes a key pair. Its `kid` is its RFC 7638 thumbprint, so that no two keys share one. */
export function newKey(alg: SigningAlgorithm): OwnJwk {
  const key = createPrivateKey({ key: MAKE[alg](), type: 'pkcs8', format: 'der' });
  const jwk = key.export({ format: 'jwk' }) as Jwk;
  const kid = thumbprintOf(jwk)!;
  // Of 64 keys one would be called like an option, and `gatehouse keys retire` could not name it.
  return kid.startsWith('-') ? newKey(alg) : ({ ...jwk, kid, alg, use: 'sig' } as OwnJwk);
}

/** The public half. What is not known to be public is left out. */
export function publicHalf(jwk: OwnJwk): OwnJwk {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => PUBLIC.has(name))) as unknown as OwnJwk;
}

/** The private half as a key; `undefined` where there is none. Throws for what is no key, without quoting it. */
export function signingKeyOf(jwk: OwnJwk): SigningKey | undefined {
  if (!('d' in jwk)) return undefined;
  return { kid: jwk.kid, alg: jwk.alg, key: createPrivateKey({ key: jwk as never, format: 'jwk' }) };
}

/**
 * Signs a JWS in compact form. By `node:crypto`, as the verifier checks: WebCrypto costs several times the signature.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-3.1
 * @example
 * ```ts
 * const token = signCompact(key, { typ: 'at+jwt' }, { iss, sub, aud, iat, exp });
 * ```
 */
export function signCompact({ kid, alg, key }: SigningKey, header: object, payload: object): string {
  const signed = `${encoded({ alg, kid, ...header })}.${encoded(payload)}`;
  return `${signed}.${signatureOf(alg, key, signed)}`;
}

function signatureOf(alg: SigningAlgorithm, key: KeyObject, signed: string): string {
  // RFC 7518 §3.4: r and s as they are, not in DER.
  const input: SignKeyObjectInput = alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : { key };
  return sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(signed), input).toString('base64url');
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
