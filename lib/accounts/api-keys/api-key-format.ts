import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** An API key, taken apart. */
export interface ParsedApiKey {
  /** Names the key, and is no secret: 17 characters of base62, of which a new one is random (101 bits). */
  readonly id: string;
  /** 33 characters of base62, random: 196 bits. */
  readonly secret: string;
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 17;
const SECRET_LENGTH = 33;
// 62^6 > 2^32
const CHECKSUM_LENGTH = 6;
const BODY = new RegExp(`^([0-9A-Za-z]{${ID_LENGTH}})_([0-9A-Za-z]{${SECRET_LENGTH}})$`);

/** What the prefix of keys may be: `shop`, `shoplive`. */
export const API_KEY_PREFIX = /^[a-z][a-z0-9]{1,15}$/;

/**
 * Writes and reads keys as `prefix_id_secret` and a checksum: `shop_Qk3…_x9Zb…`. The prefix tells scanners for leaked secrets whose key it
 * is, and the checksum tells junk from a key without a look into the store. It is no proof: anybody can compute it.
 *
 * @example
 * ```ts
 * const format = new ApiKeyFormat('shop');
 * format.parse(format.write({ id: newKeyId(), secret: newKeySecret() }));
 * ```
 */
export class ApiKeyFormat {
  readonly #start: string;

  /** `prefix` is one that {@link API_KEY_PREFIX} admits. */
  constructor(prefix: string) {
    this.#start = apiKeyStart(prefix);
  }

  /** The text of a key. */
  write({ id, secret }: ParsedApiKey): string {
    const body = `${this.#start}${id}_${secret}`;
    return body + checksum(body);
  }

  /** The one key that has this text; `undefined` for anything else, whatever it is. */
  parse(text: string): ParsedApiKey | undefined {
    if (!text.startsWith(this.#start)) return undefined;
    const body = text.slice(0, -CHECKSUM_LENGTH);
    const parts = BODY.exec(body.slice(this.#start.length));
    if (!parts || !text.endsWith(checksum(body))) return undefined;
    return { id: parts[1]!, secret: parts[2]! };
  }
}

/** What every key of a prefix begins with. */
export function apiKeyStart(prefix: string): string {
  return `${prefix}_`;
}

/** A new id of a key. */
export function newKeyId(): string {
  return random(ID_LENGTH);
}

/** A new secret. */
export function newKeySecret(): string {
  return random(SECRET_LENGTH);
}

/**
 * What is stored of a secret: its SHA-256, in hexadecimal. Nobody can try 196 random bits, so that a slow hash would cost each request
 * and protect nothing more.
 *
 * @see OWASP ASVS 5.0, 6.5.2
 */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

function random(length: number): string {
  return Array.from({ length }, () => DIGITS[randomInt(DIGITS.length)]).join('');
}

/** CRC-32 (ISO-HDLC, as of zip and GitHub's tokens) in six digits of base62. */
function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    text = DIGITS[rest % DIGITS.length]! + text;
    rest = Math.floor(rest / DIGITS.length);
  }
  return text;
}
