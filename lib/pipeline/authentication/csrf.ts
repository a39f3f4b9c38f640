import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Decision, Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import { isSameText } from '../../kit/keys/same-text.js';
import { urlFault } from '../../kit/keys/trusted-url.js';
import { SAFE_METHODS } from './safe-methods.js';

/** The request header in which a page shows that it may read what the session was given. */
export const CSRF_HEADER = 'x-csrf-token';

/** The claim of an access token with the digest of its session's CSRF token. */
export const CSRF_CLAIM = 'csrf';

/** Injection token of the {@link CsrfProtection}; `undefined` where no credential comes in a cookie. */
export const CSRF_PROTECTION = Symbol('nestjs-gatehouse:csrf-protection');

const NO_TOKEN: Denial = { reason: 'csrf.token', note: 'no X-CSRF-Token' };
const WRONG_TOKEN: Denial = { reason: 'csrf.token', note: 'not the token of this session' };
const NO_ORIGIN: Denial = { reason: 'csrf.origin', note: 'neither Origin nor Sec-Fetch-Site: same-origin' };
const FOREIGN: Denial = {
  reason: 'csrf.origin',
  note: 'neither this origin nor one of accounts.sessions.cookie.origins',
};

/**
 * Tells the requests of our pages from those that another site makes a browser send, with the cookies that it adds by itself. Twice: by
 * what the browser says of the origin, and by a token that only a page which was given it can show. Nothing of it concerns a request
 * whose credential is in a header: no browser adds one by itself.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export class CsrfProtection {
  constructor(private readonly origins: ReadonlySet<string>) {}

  /** The refusal of a request whose caller is known by a cookie. One that only reads is not looked at. */
  check(raw: IncomingMessage, { claims }: Principal): Decision {
    if (SAFE_METHODS.has(raw.method!)) return undefined;
    return this.checkOrigin(raw) ?? checkToken(raw, claims[CSRF_CLAIM]);
  }

  /** The refusal of a request that no page of ours has sent. Browsers send `Origin` with whatever may change something. */
  checkOrigin({ headers }: IncomingMessage): Decision {
    const { origin, host } = headers;
    const site = headers['sec-fetch-site'];
    if (origin === undefined) return site === 'same-origin' ? undefined : NO_ORIGIN;
    if (this.origins.has(origin)) return undefined;
    // A proxy ends TLS, so that this process may not know the scheme; a page without TLS is never ours, but on the loopback address.
    const own = Boolean(host) && isOwn(origin, host!.toLowerCase());
    return own && (site === undefined || site === 'same-origin') ? undefined : FOREIGN;
  }
}

/** The refusal of a request without the CSRF token of which this is the digest. */
export function checkToken({ headers }: IncomingMessage, digest: unknown): Decision {
  const token = headers[CSRF_HEADER];
  if (typeof token !== 'string' || token === '') return NO_TOKEN;
  const isShown = typeof digest === 'string' && isSameText(csrfDigest(token), digest);
  return isShown ? undefined : WRONG_TOKEN;
}

/** What an access token says of a CSRF token: not the token, so that who reads one cannot show it. */
export function csrfDigest(token: string): string {
  return hash('sha256', token, 'base64url');
}

function isOwn(origin: string, host: string): boolean {
  if (origin === `https://${host}` || `${origin}:443` === `https://${host}`) return true;
  return origin === `http://${host}` && urlFault(origin) === undefined;
}
