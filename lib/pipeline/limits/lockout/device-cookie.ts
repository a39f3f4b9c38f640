import { createHmac, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';
import { cookieValues } from '../../../kit/http/cookie-values.js';

/** A device that has signed in to an account before. */
export interface Device {
  /** What its failures are counted under. */
  readonly nonce: string;
}

// base64url of 16 bytes, seconds since the epoch, base64url of 32 bytes
const COOKIE = /^([\w-]{22})\.(\d{1,12})\.([\w-]{43})$/;
const SHORT = 16;

/**
 * The cookie by which a device is known that has signed in to an account before. It says nothing of who signs in and signs nobody in;
 * it only tells the owner's devices from those of a stranger who guesses. Signed, bound to the account and to its password: when the
 * password changes, no old cookie counts.
 *
 * @see https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export class DeviceCookie {
  constructor(
    private readonly secret: KeyObject,
    /** Seconds. */
    private readonly age: number,
  ) {}

  /**
   * The device that a request's `Cookie` header shows for an account, `undefined` where it shows none that counts.
   *
   * @param credential what changes with the password
   */
  read(header: string | undefined, account: string, credential: string, now: number): Device | undefined {
    const name = this.#nameFor(account);
    const [found = ''] = cookieValues(header ?? '', name);
    const [, nonce, expires, mac] = COOKIE.exec(found) ?? [];
    // The same work whether there is a cookie or not.
    const expected = this.#sign(account, credential, nonce ?? '', expires ?? '');
    const given = Buffer.from(mac ?? '', 'base64url');
    const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
    return isOurs && Number(expires) * 1000 > now ? { nonce: nonce! } : undefined;
  }

  /** The `Set-Cookie` of a device that has just signed in. */
  make(account: string, credential: string, now: number): string {
    const nonce = randomBytes(SHORT).toString('base64url');
    const expires = String(Math.floor(now / 1000) + this.age);
    const mac = this.#sign(account, credential, nonce, expires).toString('base64url');
    return (
      `${this.#nameFor(account)}=${nonce}.${expires}.${mac}; Max-Age=${this.age}; ` +
      'Path=/; Secure; HttpOnly; SameSite=Strict'
    );
  }

  /** A name for each account, so that a device may be known to several. */
  #nameFor(account: string): string {
    return `__Host-device-${this.#mac('name', account).toString('hex').slice(0, SHORT)}`;
  }

  #sign(...parts: readonly string[]): Buffer {
    return this.#mac('device', ...parts);
  }

  // As JSON, so that no part can pass for the end of another.
  #mac(...parts: readonly string[]): Buffer {
    return createHmac('sha256', this.secret).update(JSON.stringify(parts)).digest();
  }
}
