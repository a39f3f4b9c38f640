import { isSameText } from '../../kit/keys/same-text.js';
import { shortKey } from '../../kit/state/short-key.js';
import { digestOf, newSecret, successorOf } from './refresh-token.js';

/**
 * What the store keeps of a session: the one line of refresh tokens that follow each other. It holds digests and nonces; no token can be made of it.
 */
export interface SessionFamily {
  readonly subject: string;
  /** What `logoutEverywhere` of the subject had last left when the session began. */
  readonly generation: string;
  /** When the owner signed in, in seconds since the epoch. */
  readonly authenticatedAt: number;
  /** When it ends in any case, in milliseconds since the epoch. */
  readonly endsAt: number;
  /** When the present token was made, in milliseconds since the epoch. */
  readonly rotatedAt: number;
  /** The digest of the key that all its tokens hold. */
  readonly keyDigest: string;
  /** The digest of the present token. */
  readonly current: string;
  /** The digest of the token before it, and what leads from that to the present one. */
  readonly previous?: string;
  readonly nonce?: string;
}

const TEXTS = ['subject', 'generation', 'keyDigest', 'current'] as const;
const TIMES = ['authenticatedAt', 'endsAt', 'rotatedAt'] as const;

/** Where the store keeps a session. */
export function familyKey(session: string): string {
  return `session:family:${session}`;
}

/** Where the store keeps what ends every session that a subject began before. */
export function generationKey(subject: string): string {
  return `session:generation:${shortKey(subject)}`;
}

/** Where the uses of a token that was replaced are counted. */
export function graceKey(session: string, { previous }: SessionFamily): string {
  return `session:grace:${session}:${previous}`;
}

/** Where a secret stands in the line. `older`: it is none of the last two. */
export function placeOf(
  { current, previous }: SessionFamily,
  secret: string,
): 'current' | 'previous' | 'older' {
  const digest = digestOf(secret);
  if (isSameText(digest, current)) return 'current';
  return previous !== undefined && isSameText(digest, previous) ? 'previous' : 'older';
}

/** The family after its present secret was used, and the secret that is the present one then. */
export function advanced(
  family: SessionFamily,
  secret: string,
  now: number,
): { readonly family: SessionFamily; readonly secret: string } {
  const nonce = newSecret();
  const successor = successorOf(secret, nonce);
  return {
    family: { ...family, previous: family.current, nonce, current: digestOf(successor), rotatedAt: now },
    secret: successor,
  };
}

/** How long the store keeps a family, in milliseconds: until it has rested for too long, or ends. */
export function lifeOf({ endsAt, rotatedAt }: SessionFamily, idle: number, now: number): number {
  return Math.floor(Math.min(rotatedAt + idle, endsAt) - now);
}

/** The text of a family for the store. */
export function writeFamily(family: SessionFamily): string {
  return JSON.stringify(family);
}

/** The family of a stored text; `undefined` for anything else. */
export function readFamily(text: unknown): SessionFamily | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const family = JSON.parse(text) as Record<string, unknown> | null;
    const isWhole =
      family !== null &&
      TEXTS.every((name) => typeof family[name] === 'string') &&
      TIMES.every((name) => typeof family[name] === 'number');
    return isWhole ? (family as unknown as SessionFamily) : undefined;
  } catch {
    return undefined;
  }
}
