import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign as signWith,
  type KeyObject,
} from 'node:crypto';

/** The algorithms that the tests sign with. */
export type SigningAlgorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA';

/** All of {@link SigningAlgorithm}. */
export const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = ['HS256', 'RS256', 'ES256', 'EdDSA'];

/** What is needed to write tokens that an application trusts. */
export interface TokenMaterial {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithm: SigningAlgorithm;
  /** The private key, or the secret. */
  readonly signingKey: KeyObject;
  /** The name under which the application knows the key. */
  readonly kid?: string;
}

/** A new key for an algorithm: private, or secret. */
export function newKey(algorithm: SigningAlgorithm): KeyObject {
  if (algorithm === 'HS256') return createSecretKey(randomBytes(32));
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return generateKeyPairSync('ed25519').privateKey;
}

/** New material, and the options of an application that trusts it. */
export function newMaterial(algorithm: SigningAlgorithm) {
  const signingKey = newKey(algorithm);
  const material = { issuer: 'https://issuer.test', audience: 'https://api.test', algorithm, signingKey };
  const trust =
    algorithm === 'HS256'
      ? { secret: signingKey.export() as Buffer }
      : { keys: createPublicKey(signingKey).export({ type: 'spki', format: 'pem' }) as string };
  return { material, options: { issuer: material.issuer, audience: material.audience, ...trust } };
}

/** base64url of text, bytes or a value's JSON. */
export function encode(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('base64url');
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** The raw signature of an algorithm. No library in between: it would refuse to write what we need. */
export function signatureOf(algorithm: string, key: KeyObject | Buffer | string, input: string): Buffer {
  const data = Buffer.from(input, 'latin1');
  const hash = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith('HS')) return createHmac(hash, key).update(data).digest();
  const privateKey = key as KeyObject;
  if (algorithm.startsWith('PS')) {
    return signWith(hash, data, {
      key: privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: Number(algorithm.slice(2)) / 8,
    });
  }
  if (algorithm.startsWith('ES')) return signWith(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return signWith(algorithm.startsWith('RS') ? hash : null, data, privateKey);
}

/** Writes one token after another: the good one, changed in one place. */
export class Forge {
  readonly now = Math.floor(Date.now() / 1000);

  constructor(readonly material: TokenMaterial) {}

  header(changes: object = {}): object {
    const { algorithm: alg, kid } = this.material;
    return { alg, typ: 'at+jwt', ...(kid === undefined ? {} : { kid }), ...changes };
  }

  claims(changes: object = {}): Record<string, unknown> {
    const { issuer: iss, audience: aud } = this.material;
    return {
      iss,
      aud,
      sub: 'alice',
      iat: this.now,
      exp: this.now + 300,
      roles: ['user'],
      scope: 'orders:read',
      ...changes,
    };
  }

  /** A token of these parts, each given as a value or already encoded (`{ raw }`), properly signed unless another key says otherwise. */
  token(
    header: unknown,
    claims: unknown,
    algorithm: string = this.material.algorithm,
    key: KeyObject | Buffer | string = this.material.signingKey,
  ) {
    const input = `${part(header)}.${part(claims)}`;
    return `${input}.${encode(signatureOf(algorithm, key, input))}`;
  }

  /** The good token with these claims. */
  claiming(changes: object): string {
    return this.token(this.header(), this.claims(changes));
  }

  /** The good token with these header parameters. */
  headed(changes: object): string {
    return this.token(this.header(changes), this.claims());
  }
}

function part(value: unknown): string {
  return typeof value === 'object' && value !== null && 'raw' in value
    ? (value as { raw: string }).raw
    : encode(value);
}
