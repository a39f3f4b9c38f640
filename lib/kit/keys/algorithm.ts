import type { KeyObject } from 'node:crypto';

/** What key each JWS algorithm takes (RFC 7518 §3.1, RFC 8037). `none` is not one. */
export const ALGORITHMS = {
  HS256: { type: 'secret', minBytes: 32 },
  HS384: { type: 'secret', minBytes: 48 },
  HS512: { type: 'secret', minBytes: 64 },
  RS256: { type: 'rsa' },
  RS384: { type: 'rsa' },
  RS512: { type: 'rsa' },
  PS256: { type: 'rsa' },
  PS384: { type: 'rsa' },
  PS512: { type: 'rsa' },
  ES256: { type: 'ec', curve: 'prime256v1' },
  ES384: { type: 'ec', curve: 'secp384r1' },
  ES512: { type: 'ec', curve: 'secp521r1' },
  EdDSA: { type: 'ed25519' },
  Ed25519: { type: 'ed25519' },
} as const satisfies Record<string, { type: string; minBytes?: number; curve?: string }>;

/** The name of an algorithm that a token may be signed with. */
export type Algorithm = keyof typeof ALGORITHMS;

/** Whether a name is one of {@link ALGORITHMS}. */
export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name);
}

/** Whether an algorithm signs and verifies with one shared secret. */
export function isSymmetric(algorithm: Algorithm): boolean {
  return ALGORITHMS[algorithm].type === 'secret';
}

/** The algorithms for which a key has the right type, curve and length: what an attacker cannot choose. RFC 8725 §3.1 */
export function algorithmsOf(key: KeyObject): Algorithm[] {
  return (Object.keys(ALGORITHMS) as Algorithm[]).filter((name) => {
    const needs: { type: string; minBytes?: number; curve?: string } = ALGORITHMS[name];
    if (key.type === 'secret') return needs.type === 'secret' && key.symmetricKeySize! >= needs.minBytes!;
    if (needs.type !== key.asymmetricKeyType) return false;
    return needs.curve === undefined || needs.curve === key.asymmetricKeyDetails?.namedCurve;
  });
}

/** What a key verifies where nothing names its algorithm: one algorithm, under each of its names. */
export function defaultAlgorithms(key: KeyObject): Algorithm[] {
  return namesOf(algorithmsOf(key)[0]);
}

/** RFC 9864 gave Ed25519 a name of its own beside `EdDSA`; issuers use either for one key. */
export function namesOf(algorithm: Algorithm | undefined): Algorithm[] {
  if (algorithm === undefined) return [];
  return algorithm === 'EdDSA' || algorithm === 'Ed25519' ? ['EdDSA', 'Ed25519'] : [algorithm];
}
