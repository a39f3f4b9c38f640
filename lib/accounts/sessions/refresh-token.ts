import { createHmac, hash, randomBytes } from 'node:crypto';
import { isSameText } from '../../kit/keys/same-text.js';

/** A refresh token, taken apart. Nothing of it is proven. */
export interface RefreshToken {
  /** The session that it is of, which is no secret: access tokens name it too. */
  readonly session: string;
  /** 256 bits, base64url. */
  readonly secret: string;
  /** Shows that the session's own key made it. */
  readonly mark: string;
}

// base64url of 16, 32 and 16 bytes
const TOKEN = /^([\w-]{22})\.([\w-]{43})\.([\w-]{22})$/;
const MARK_LENGTH = 22;
const [SESSION_BYTES, SECRET_BYTES] = [16, 32];

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

/** A refresh token as its owner gets it. `markKey` is the session's. */
export function writeRefreshToken(session: string, secret: string, markKey: string): string {
  return `${session}.${secret}.${markOf(session, secret, markKey)}`;
}

/**
 * Whether a token was made for its session. Who has seen no refresh token of it cannot make one that is, and so cannot pass for a thief
 * and end it.
 */
export function isMarked({ session, secret, mark }: RefreshToken, markKey: string): boolean {
  return isSameText(mark, markOf(session, secret, markKey));
}

/**
 * What comes after a secret: from the secret, which the store does not know, and a nonce, which the owner does not know. So everybody who
 * holds the predecessor gets the same one while the nonce is kept, and nobody has it who holds only one of the two.
 */
export function successorOf(secret: string, nonce: string): string {
  return createHmac('sha256', secret).update(`successor:${nonce}`).digest('base64url');
}

/** What a page of a session shows against CSRF: the same for as long as it lasts, so that no tab has an old one. */
export function csrfTokenOf(session: string, markKey: string): string {
  return createHmac('sha256', markKey).update(`csrf:${session}`).digest('base64url');
}

/** What is kept of a secret. A fast hash will do for 256 random bits. */
export function digestOf(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

function markOf(session: string, secret: string, markKey: string): string {
  return createHmac('sha256', markKey)
    .update(`${session}.${secret}`)
    .digest('base64url')
    .slice(0, MARK_LENGTH);
}
