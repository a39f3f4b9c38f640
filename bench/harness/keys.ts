import {
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { createHmac, randomUUID } from 'node:crypto';
import { AUDIENCE, ISSUER, type Algorithm, type Verification } from '../shop/shop.options.js';

/** A key that lives as long as one run of the bench. */
export interface Issuer {
  readonly algorithm: Algorithm;
  /** The public key as PEM, or the shared secret: what a server is told. */
  readonly text: string;
  readonly key: KeyObject;
}

/** Makes the key of an algorithm. */
export function newIssuer(algorithm: Algorithm): Issuer {
  if (algorithm === 'HS256') {
    const text = randomBytes(32).toString('base64url');
    return { algorithm, text, key: createSecretKey(Buffer.from(text)) };
  }
  const { privateKey, publicKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : algorithm === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519');
  return { algorithm, text: publicKey.export({ type: 'spki', format: 'pem' }) as string, key: privateKey };
}

/** What a server makes of the text of a key. */
export function verificationOf(algorithm: Algorithm, text: string): Verification {
  const key = algorithm === 'HS256' ? createSecretKey(Buffer.from(text)) : createPublicKey(text);
  return { algorithm, text, key };
}

/** An access token of one hour, in the profile of RFC 9068. Signed here, because 10,000 of them are needed in a moment. */
export function newToken({ algorithm, key }: Issuer, subject: string, roles: readonly string[]): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: subject,
    roles,
    client_id: 'shop-web',
    iat: now - 1,
    exp: now + 3600,
    jti: randomUUID(),
  };
  const signed = `${part({ alg: algorithm, typ: 'at+jwt' })}.${part(claims)}`;
  return `${signed}.${signatureOf(algorithm, key, signed).toString('base64url')}`;
}

function signatureOf(algorithm: Algorithm, key: KeyObject, signed: string): Buffer {
  const bytes = Buffer.from(signed);
  switch (algorithm) {
    case 'HS256':
      return createHmac('sha256', key).update(bytes).digest();
    case 'EdDSA':
      return sign(null, bytes, key);
    case 'ES256':
      return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
    default:
      return sign('sha256', bytes, key);
  }
}
