import { hash } from 'node:crypto';
import type { Jwk } from './verification-key.js';

// RFC 7638 §3.2 and RFC 8037 §2: the members that make a key, in the order of their names.
const MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
  ['RSA', ['e', 'kty', 'n']],
]);

/** The members that make a key of a type; `undefined` for what is no RSA, EC or OKP key. */
export function keyMembers({ kty }: Jwk): readonly string[] | undefined {
  return MEMBERS.get(kty);
}

/**
 * The thumbprint of a public key: SHA-256, base64url. Its members are taken as they are; `undefined` for what is no RSA, EC or OKP key.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7638
 */
export function thumbprintOf(jwk: Jwk): string | undefined {
  const members = keyMembers(jwk)?.map((name) => [name, (jwk as Readonly<Record<string, unknown>>)[name]]);
  return members && hash('sha256', JSON.stringify(Object.fromEntries(members)), 'base64url');
}
