import type { IncomingMessage } from 'node:http';
import { factsOf } from '../../core/request-facts.js';
import { addCookie } from '../../kit/http/add-cookie.js';
import { cookieValues } from '../../kit/http/cookie-values.js';
import type { SessionCookieSettings } from './cookie.options.js';

/** The cookie with the access token. `__Host-`: no other host and no page without TLS can have set it. */
export const ACCESS_COOKIE = '__Host-access';
/** The cookie with the refresh token, for one path alone, which `__Host-` does not allow. */
export const REFRESH_COOKIE = '__Secure-refresh';
/** The cookie from which a page reads its CSRF token: no `HttpOnly`. */
export const CSRF_COOKIE = '__Host-csrf';

/** What a browser keeps of a session, and for how long, in seconds. */
export interface KeptSession {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly csrfToken: string;
  readonly accessAge: number;
  readonly refreshAge: number;
}

/**
 * Sets, reads and clears the cookies of a session.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3
 */
export class SessionCookies {
  readonly #access: string;
  readonly #refresh: string;
  readonly #csrf: string;

  constructor({ refreshPath, sameSite }: SessionCookieSettings) {
    this.#access = `Path=/; Secure; HttpOnly; SameSite=${sameSite}`;
    this.#refresh = `Path=${refreshPath}; Secure; HttpOnly; SameSite=Strict`;
    this.#csrf = `Path=/; Secure; SameSite=Strict`;
  }

  /** Sets all three on the answer to a request. */
  set(raw: IncomingMessage, kept: KeptSession): void {
    this.#add(raw, ACCESS_COOKIE, kept.accessToken, kept.accessAge, this.#access);
    this.#add(raw, REFRESH_COOKIE, kept.refreshToken, kept.refreshAge, this.#refresh);
    this.#add(raw, CSRF_COOKIE, kept.csrfToken, kept.refreshAge, this.#csrf);
  }

  /** Takes all three back. */
  clear(raw: IncomingMessage): void {
    this.#add(raw, ACCESS_COOKIE, '', 0, this.#access);
    this.#add(raw, REFRESH_COOKIE, '', 0, this.#refresh);
    this.#add(raw, CSRF_COOKIE, '', 0, this.#csrf);
  }

  /** The refresh token that a request brings; `undefined` for none, and for two: somebody has planted one. */
  refreshToken({ headers }: IncomingMessage): string | undefined {
    const [value, second] = cookieValues(headers.cookie ?? '', REFRESH_COOKIE);
    return second === undefined ? value : undefined;
  }

  #add(raw: IncomingMessage, name: string, value: string, age: number, attributes: string): void {
    const response = factsOf(raw)?.response;
    if (!response) throw new TypeError('Sessions in cookies need the request that they answer.');
    addCookie(response, `${name}=${value}; Max-Age=${age}; ${attributes}`);
  }
}
