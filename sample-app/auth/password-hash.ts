import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

// OWASP's Password Storage Cheat Sheet, the scrypt setting that fits into 16 MiB.
const COST = { N: 2 ** 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Hashes a password with scrypt and a new salt: `scrypt$<salt>$<key>`, both base64url.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7914
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, KEY_BYTES, COST);
  return `scrypt$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

// Stands in for the hash of a user who does not exist; no password derives this key.
const NOBODY = `scrypt$${Buffer.alloc(SALT_BYTES).toString('base64url')}$`;

/**
 * Compares a password with a hash. Without a hash (there is no such user) it does the same work and says `false`, so that the time
 * of an answer does not tell which names exist.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = '', key = ''] = (hash ?? NOBODY).split('$');
  const expected = Buffer.from(key, 'base64url');
  const derived = await derive(password, Buffer.from(salt, 'base64url'), KEY_BYTES, COST);
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}
