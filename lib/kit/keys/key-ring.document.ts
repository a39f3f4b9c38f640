import { isKid, keyOfJwk } from './verification-key.js';
import {
  publicHalf,
  SIGNING_ALGORITHMS,
  signingKeyOf,
  type OwnJwk,
  type SigningAlgorithm,
} from './signing-key.js';
import { thumbprintOf } from './thumbprint.js';

/** One key of a ring and its times, in seconds since the epoch. Where an end is missing, nobody has said when. */
export interface RingKey {
  readonly jwk: OwnJwk;
  readonly publishedFrom: number;
  readonly signsFrom: number;
  /** From here on it signs nothing. */
  readonly signsUntil?: number;
  /** From here on nobody has to know it: its last token has expired. */
  readonly publishedUntil?: number;
}

/** What a ring keeps on disk or in an environment variable. */
export interface RingDocument {
  readonly version: 1;
  /** How long a key is published before it signs, in seconds. */
  readonly publishAhead: number;
  /** The longest life of a token that these keys sign, in seconds. */
  readonly longestToken: number;
  readonly keys: readonly RingKey[];
}

/** Why a ring cannot be used or changed, and what to do. Never quotes what it read. */
export class KeyRingFault extends Error {
  override readonly name = 'KeyRingFault';

  constructor(
    readonly problem: string,
    readonly fix: string,
  ) {
    super(`${problem}: ${fix}`);
  }
}

/** The least and the most seconds of `publishAhead` and `longestToken`: from what verifiers cache to a month. */
export const AHEAD = { min: 300, max: 2_592_000, default: 3600 } as const;
/** See {@link AHEAD}. */
export const TOKEN_LIFE = { min: 60, max: 2_678_400, default: 900 } as const;

/** More keys than that are no ring. */
export const MAX_KEYS = 32;
const DOCUMENT_FIELDS = ['version', 'publishAhead', 'longestToken', 'keys'];
const TIMES = ['publishedFrom', 'signsFrom', 'signsUntil', 'publishedUntil'] as const;

/**
 * Reads a ring from its JSON, strictly: what would sign with the wrong key, or publish a key that is not what it says, is no ring.
 *
 * @throws {KeyRingFault}
 */
export function parseRing(text: string): RingDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON.parse's own error: it quotes what it read.
    throw unreadable('is no JSON');
  }
  if (!isObject(value) || value['version'] !== 1) throw unreadable('is no key ring of version 1');
  const other = Object.keys(value).find((name) => !DOCUMENT_FIELDS.includes(name));
  if (other !== undefined) throw unreadable('has a field that no key ring has');
  const { publishAhead, longestToken, keys } = value;
  if (!isWithin(publishAhead, AHEAD) || !isWithin(longestToken, TOKEN_LIFE))
    throw unreadable('has a publishAhead or longestToken that is out of bounds');
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS)
    throw unreadable(`has not 1 to ${MAX_KEYS} keys`);
  const ring = keys.map((key, i) => ringKey(key, `keys[${i}]`));
  if (new Set(ring.map(({ jwk }) => jwk.kid)).size < ring.length) throw unreadable('has a key twice');
  return { version: 1, publishAhead, longestToken, keys: ring };
}

/** The key that signs now: of those whose time it is, the one that began last. */
export function signerAt(document: RingDocument, now: number): RingKey | undefined {
  let found: RingKey | undefined;
  for (const key of document.keys) {
    const signs = key.signsFrom <= now && now < (key.signsUntil ?? Infinity) && 'd' in key.jwk;
    if (signs && (found === undefined || key.signsFrom >= found.signsFrom)) found = key;
  }
  return found;
}

/** The keys that verifiers have to know now. */
export function publishedAt(document: RingDocument, now: number): readonly RingKey[] {
  return document.keys.filter((key) => key.publishedFrom <= now && now < (key.publishedUntil ?? Infinity));
}

/** When the answer of {@link signerAt} or {@link publishedAt} changes next, in seconds since the epoch. */
export function nextChange(document: RingDocument, now: number): number {
  const times = document.keys.flatMap((key) => TIMES.flatMap((name) => key[name] ?? []));
  return Math.min(...times.filter((time) => time > now), Infinity);
}

function ringKey(value: unknown, where: string): RingKey {
  if (!isObject(value) || !isObject(value['jwk'])) throw unreadable(`has no key in ${where}`);
  const jwk = value['jwk'] as unknown as OwnJwk;
  const times: Partial<Record<(typeof TIMES)[number], number>> = {};
  for (const name of TIMES) {
    const time = value[name];
    if (time === undefined && name.endsWith('Until')) continue;
    if (!Number.isSafeInteger(time) || (time as number) < 0)
      throw unreadable(`has no time in ${where}.${name}`);
    times[name] = time as number;
  }
  const { publishedFrom, signsFrom, signsUntil, publishedUntil } = times;
  if (publishedFrom! > signsFrom! || (signsUntil === undefined) !== (publishedUntil === undefined))
    throw unreadable(`has times in ${where} that do not follow each other`);
  if (signsUntil !== undefined && publishedUntil! < signsUntil)
    throw unreadable(`has a key in ${where} that would sign after it is published`);
  vet(jwk, where);
  return { jwk, publishedFrom: publishedFrom!, signsFrom: signsFrom!, signsUntil, publishedUntil };
}

function vet(jwk: OwnJwk, where: string): void {
  if (!isKid(jwk.kid) || !SIGNING_ALGORITHMS.includes(jwk.alg))
    throw unreadable(
      `has a key in ${where} without kid, or with an alg other than ${SIGNING_ALGORITHMS.join(', ')}`,
    );
  const key = keyOfJwk(publicHalf(jwk));
  if ('fault' in key) throw unreadable(`has a key in ${where} that ${key.fault}`);
  if (jwk.kid !== thumbprintOf(jwk))
    throw unreadable(`has a key in ${where} whose kid is not its thumbprint`);
  let matches: boolean;
  try {
    const made = signingKeyOf(jwk)?.key;
    matches = made === undefined || thumbprintOf(made.export({ format: 'jwk' })) === jwk.kid;
  } catch {
    matches = false;
  }
  if (!matches) throw unreadable(`has a key in ${where} whose halves do not belong together`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWithin(value: unknown, { min, max }: { min: number; max: number }): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

function unreadable(problem: string): KeyRingFault {
  return new KeyRingFault(problem, 'restore it from a copy, or make a new one: gatehouse keys generate');
}

/** Whether a text names an algorithm of ours; `Ed25519` is `EdDSA`. */
export function signingAlgorithm(name: unknown): SigningAlgorithm | undefined {
  if (name === 'Ed25519') return 'EdDSA';
  return SIGNING_ALGORITHMS.find((known) => known === name);
}
