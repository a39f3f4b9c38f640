interface Work {
  /** All of a hash but salt and key, `$argon2id$v=19$m=19456,t=2,p=1`. Hashes with the same settings take the same work. */
  readonly settings: string;
  /** KiB. */
  readonly memory: number;
  /** KiB that are gone through: memory times passes. */
  readonly work: number;
}

/** A stored hash of argon2id (RFC 9106), read. */
export interface Argon2Hash extends Work {
  readonly scheme: 'argon2id';
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** A stored hash of scrypt (RFC 7914), read. */
export interface ScryptHash extends Work {
  readonly scheme: 'scrypt';
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** A stored hash of bcrypt, which its library reads itself. */
export interface BcryptHash extends Work {
  readonly scheme: 'bcrypt';
  readonly text: string;
}

/** A stored hash whose form and whose work are within bounds. */
export type StoredHash = Argon2Hash | ScryptHash | BcryptHash;

// Salt 8 to 64 bytes, key 16 to 64, in base64 without padding.
const ARGON2 =
  /^(\$argon2id\$v=19\$m=([1-9]\d{0,5}),t=([1-9]\d{0,2}),p=([1-9]\d?))\$([A-Za-z\d+/]{11,86})\$([A-Za-z\d+/]{22,86})$/;
const SCRYPT =
  /^(\$scrypt\$ln=([1-9]\d?),r=([1-9]\d?),p=([1-9]\d?))\$([A-Za-z\d+/]{11,86})\$([A-Za-z\d+/]{22,86})$/;
// The last character of the salt holds two bits, that of the key four. `$2x$` marks hashes of an implementation with a known flaw.
const BCRYPT = /^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z\d]{21}[.Oeu][./A-Za-z\d]{30}[.CGKOSWaeimquy26]$/;

const MAX_MEMORY = 2 ** 18;
const MAX_WORK = 2 ** 20;
const MAX_LANES = 16;
// Of no consequence but that it is less than any other: whatever replaces bcrypt is an upgrade.
const BCRYPT_MEMORY = 4;

/**
 * Reads a stored hash: PHC strings of argon2id and scrypt, and bcrypt. `undefined` where it is none of these, not in its one canonical
 * form, or would take more than 256 MiB, or more work than 1 GiB gone through once: what is in a column must not decide how much a login
 * may cost.
 *
 * @see https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
 */
export function readHash(stored: string): StoredHash | undefined {
  const bcrypt = BCRYPT.exec(stored);
  if (bcrypt) {
    const cost = bcrypt[1]!;
    // The letter says which implementation, not how much work.
    const settings = `$2b$${cost}`;
    return { scheme: 'bcrypt', settings, text: stored, memory: BCRYPT_MEMORY, work: 2 ** Number(cost) };
  }
  const hash = readArgon2(stored) ?? readScrypt(stored);
  return hash && hash.memory <= MAX_MEMORY && hash.work <= MAX_WORK ? hash : undefined;
}

/** The settings of a hash as one that no password derives: what is computed where there is nothing to compare with. */
export function nobody(settings: string): string {
  if (settings.startsWith('$2')) return `${settings}$${'.'.repeat(53)}`;
  return `${settings}$${'A'.repeat(22)}$${'A'.repeat(43)}`;
}

/** Base64 without padding, as PHC strings have it. */
export function toBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function readArgon2(stored: string): Argon2Hash | undefined {
  const found = ARGON2.exec(stored);
  if (!found) return undefined;
  const [memory, passes, lanes] = found.slice(2, 5).map(Number) as [number, number, number];
  const salt = fromBase64(found[5]!);
  const key = fromBase64(found[6]!);
  if (!salt || !key || lanes > MAX_LANES || memory < 8 * lanes) return undefined;
  return { scheme: 'argon2id', settings: found[1]!, memory, work: memory * passes, passes, lanes, salt, key };
}

function readScrypt(stored: string): ScryptHash | undefined {
  const found = SCRYPT.exec(stored);
  if (!found) return undefined;
  const [ln, r, p] = found.slice(2, 5).map(Number) as [number, number, number];
  const salt = fromBase64(found[5]!);
  const key = fromBase64(found[6]!);
  // RFC 7914 §2: N is less than 2^(128 * r / 8).
  if (!salt || !key || ln >= 16 * r) return undefined;
  const N = 2 ** ln;
  const memory = (N * r) / 8;
  return { scheme: 'scrypt', settings: found[1]!, memory, work: memory * p, N, r, p, salt, key };
}

/** `undefined` for bits that stand for nothing: two texts of one hash would be two hashes. */
function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return toBase64(bytes) === text ? bytes : undefined;
}
