import { createHash, createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { encode, signatureOf } from '../forge.js';

/** Where the tests' API is reached, whatever address it listens on. */
export const PUBLIC_URL = 'https://api.example.com';

/** What a client proves with. */
export interface ProofKey {
  readonly algorithm: string;
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
  readonly thumbprint: string;
}

/** A new key pair for an algorithm, with the thumbprint as `jose` computes it. */
export async function newProofKey(algorithm: string): Promise<ProofKey> {
  const { privateKey } = pairFor(algorithm);
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' }) as JWK;
  return { algorithm, privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

function pairFor(algorithm: string): { privateKey: KeyObject } {
  if (algorithm.startsWith('ES')) {
    const namedCurve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[algorithm]!;
    return generateKeyPairSync('ec', { namedCurve });
  }
  return algorithm === 'EdDSA'
    ? generateKeyPairSync('ed25519')
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
}

/** The `ath` of a token. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Writes one proof after another: the good one, changed in one place. */
export class ProofForge {
  constructor(
    readonly key: ProofKey,
    readonly token: string,
    readonly method = 'GET',
    readonly url = `${PUBLIC_URL}/orders`,
  ) {}

  get now(): number {
    return Math.floor(Date.now() / 1000);
  }

  header(changes: object = {}): Record<string, unknown> {
    return { typ: 'dpop+jwt', alg: this.key.algorithm, jwk: this.key.jwk, ...changes };
  }

  claims(changes: object = {}): Record<string, unknown> {
    return {
      jti: randomUUID(),
      htm: this.method,
      htu: this.url,
      iat: this.now,
      ath: hashOf(this.token),
      ...changes,
    };
  }

  /** A proof of these parts, each a value or already encoded (`{ raw }`), signed by its own key unless another says otherwise. */
  proof(
    header: unknown = this.header(),
    claims: unknown = this.claims(),
    algorithm: string = this.key.algorithm,
    key: KeyObject | Buffer | string = this.key.privateKey,
  ): string {
    const input = `${part(header)}.${part(claims)}`;
    return `${input}.${encode(signatureOf(algorithm, key, input))}`;
  }

  headed(changes: object): string {
    return this.proof(this.header(changes));
  }

  claiming(changes: object): string {
    return this.proof(this.header(), this.claims(changes));
  }
}

function part(value: unknown): string {
  return typeof value === 'object' && value !== null && 'raw' in value
    ? (value as { raw: string }).raw
    : encode(value);
}
