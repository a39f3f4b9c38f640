import { keyMembers, thumbprintOf } from '../../../kit/keys/thumbprint.js';
import type { JsonObject } from '../token-format.js';

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
// Nothing in it is written with an escape in JSON, so that a key has one thumbprint.
const MEMBER = /^[A-Za-z0-9_-]+$/;
// The sender chooses the key: 4096 bits of modulus and 32 of exponent bound what its check costs.
const LONGEST: Readonly<Record<string, number>> = { n: 683, e: 6 };
const LONGEST_MEMBER = 128;

/**
 * The RFC 7638 thumbprint (SHA-256, base64url) of the public key in a proof; `undefined` for what is no public RSA, EC or OKP key, or one
 * that is longer than any in use. The key itself is not read yet: compare the thumbprint first.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7638#section-3
 */
export function proofThumbprint(jwk: unknown): string | undefined {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return undefined;
  const key = jwk as JsonObject;
  if (PRIVATE.some((name) => Object.hasOwn(key, name))) return undefined;
  const areMembers = keyMembers(key)?.every((name) => isMember(key[name], LONGEST[name] ?? LONGEST_MEMBER));
  return areMembers ? thumbprintOf(key) : undefined;
}

function isMember(value: unknown, longest: number): boolean {
  return typeof value === 'string' && value.length <= longest && MEMBER.test(value);
}
