import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto';
import { LONGEST_POSITION, type CursorValue } from '../../core/listing.js';

const CIPHER = 'aes-256-ctr';
const IV = 16;
const MAC = 32;

/** The longest cursor, in characters: what a page of a list takes as one. */
export const MAX_CURSOR = Math.ceil(((MAC + IV + LONGEST_POSITION) * 4) / 3);

const FORM = new RegExp(`^[\\w-]{65,${MAX_CURSOR}}$`);

/**
 * Cursors: encrypted, because the row that a page ends with may hold what its reader does not see, and signed with HMAC-SHA-256 over
 * that and over what they are bound to. A client can neither read nor make one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2104
 */
export class CursorCodec {
  readonly #cipherKey: KeyObject;
  readonly #macKey: KeyObject;

  /** @param secret the same in every instance, 32 bytes or more */
  constructor(secret: Uint8Array) {
    const keys = Buffer.from(hkdfSync('sha256', secret, '', 'nestjs-gatehouse cursor 1', 64));
    this.#cipherKey = createSecretKey(keys.subarray(0, 32));
    this.#macKey = createSecretKey(keys.subarray(32));
  }

  /**
   * The cursor of a position, good for `binding` alone.
   *
   * @throws {RangeError} for one that is longer than {@link open} takes
   */
  seal(binding: string, position: readonly CursorValue[]): string {
    const text = Buffer.from(JSON.stringify(position));
    if (text.length > LONGEST_POSITION)
      throw new RangeError(
        `A cursor holds ${LONGEST_POSITION} bytes, and the row has ${text.length}: sort by fewer texts, or by shorter ones.`,
      );
    const iv = randomBytes(IV);
    const cipher = createCipheriv(CIPHER, this.#cipherKey, iv);
    const hidden = Buffer.concat([iv, cipher.update(text), cipher.final()]);
    return Buffer.concat([this.#sign(binding, hidden), hidden]).toString('base64url');
  }

  /** The position of a cursor, or `undefined` for whatever {@link seal} has not made for `binding`. Never throws. */
  open(binding: string, cursor: unknown): readonly CursorValue[] | undefined {
    if (typeof cursor !== 'string' || !FORM.test(cursor)) return undefined;
    const bytes = Buffer.from(cursor, 'base64url');
    const hidden = bytes.subarray(MAC);
    if (!timingSafeEqual(bytes.subarray(0, MAC), this.#sign(binding, hidden))) return undefined;
    // One cursor has one spelling.
    if (bytes.toString('base64url') !== cursor) return undefined;
    const cipher = createDecipheriv(CIPHER, this.#cipherKey, hidden.subarray(0, IV));
    const text = Buffer.concat([cipher.update(hidden.subarray(IV)), cipher.final()]).toString('utf8');
    return JSON.parse(text) as readonly CursorValue[];
  }

  #sign(binding: string, hidden: Buffer): Buffer {
    // The length first, so that no binding runs into what follows it.
    return createHmac('sha256', this.#macKey)
      .update(`${Buffer.byteLength(binding)} ${binding}`)
      .update(hidden)
      .digest();
  }
}
