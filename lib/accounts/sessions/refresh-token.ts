import { createHmac, hash, randomBytes } from 'node:crypto';
import { isSameText } from '../../kit/keys/same-text.js';

/** A refresh token, taken apart. Nothing of it is proven. */
export interface RefreshToken {
  /** The session that it is of, which is no secret: access tokens name it too. */
  readonly session: string;
  /** 256 bits, base64url. */
  readonly secret: string;
  /** The key of its session, under a mask that the rest of it gives. */
  readonly mark: string;
}

// base64url of 16, 32 and 16 bytes
const TOKEN = /^([\w-]{22})\.([\w-]{43})\.([\w-]{22})$/;
const [SESSION_BYTES, SECRET_BYTES, KEY_BYTES] = [16, 32, 16];

/** Reads a refresh token; `undefined` for whatever else it is. */
export function readRefreshToken(value: unknown): RefreshToken | undefined {
  if (typeof value !== 'string') return undefined;
  const [, session, secret, mark] = TOKEN.exec(value) ?? [];
  return session && secret && mark ? { session, secret, mark } : undefined;
}

/** The name of a new session: 128 bits. */
export function newSession(): string {
  return randomBytes(SESSION_BYTES).toString('base64url');
}

/** 256 bits that nobody knows, as text. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** The key of a new session, 128 bits: every refresh token of it holds it, and the store its digest alone. */
export function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** A refresh token as its owner gets it. `key` is the session's. */
export function writeRefreshToken(session: string, secret: string, key: string): string {
  return `${session}.${secret}.${masked(key, session, secret)}`;
}

/** The key that a token holds: that of its session, where {@link isMarked} says so. */
export function keyIn({ session, secret, mark }: RefreshToken): string {
  return masked(mark, session, secret);
}

/**
 * Whether a token holds the key of its session, of which this is the digest. Who has seen no refresh token of it cannot make one that does,
 * and so cannot pass for a thief and end it: not even with all that the store keeps.
 */
export function isMarked(token: RefreshToken, keyDigest: string): boolean {
  const key = keyIn(token);
  // The last letter of a mark has bits that no byte takes: a token has one form.
  const isWhole = masked(key, token.session, token.secret) === token.mark;
  return isSameText(digestOf(key), keyDigest) && isWhole;
}

/**
 * What comes after a secret: from the secret, which the store does not know, and a nonce, which the owner does not know. So everybody who
 * holds the predecessor gets the same one while the nonce is kept, and nobody has it who holds only one of the two.
 */
export function successorOf(secret: string, nonce: string): string {
  return createHmac('sha256', secret).update(`successor:${nonce}`).digest('base64url');
}

/** What a page of a session shows against CSRF: the same for as long as it lasts, so that no tab has an old one. */
export function csrfTokenOf(session: string, key: string): string {
  return createHmac('sha256', key).update(`csrf:${session}`).digest('base64url');
}

/** What is kept of a secret. A fast hash will do for 256 random bits. */
export function digestOf(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** Masks a key, and takes the mask away: by all else of a token, so that one with a wrong letter anywhere holds no key. */
function masked(key: string, session: string, secret: string): string {
  const mask = hash('sha256', `mark:${session}.${secret}`, 'buffer');
  const bytes = Buffer.from(key, 'base64url');
  for (let i = 0; i < bytes.length; i++) bytes[i]! ^= mask[i]!;
  return bytes.toString('base64url');
}
