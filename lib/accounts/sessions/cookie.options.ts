import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, invalidOption, oneOf, strings } from '../../core/options.js';
import { urlFault } from '../../kit/keys/trusted-url.js';

/**
 * How sessions travel in cookies.
 *
 * @example
 * ```ts
 * cookie: { refreshPath: '/api/auth/refresh', origins: ['https://app.example.com'] }
 * ```
 */
export interface SessionCookieOptions {
  /** The path of the refresh route, as the browser asks for it: the refresh token is sent nowhere else. Default `/auth/refresh`. */
  readonly refreshPath?: string;
  /** `SameSite` of the access token. `strict`: not even a link from another site brings it. Default `lax`. */
  readonly sameSite?: 'lax' | 'strict';
  /** Origins of our pages, beside that of the API itself. */
  readonly origins?: readonly string[];
}

/** {@link SessionCookieOptions}, checked and complete. */
export interface SessionCookieSettings {
  readonly refreshPath: string;
  readonly sameSite: 'Lax' | 'Strict';
  readonly origins: ReadonlySet<string>;
}

const AT = 'accounts.sessions.cookie';
// What may stand in a cookie's Path and in a URL without encoding.
const PATH = /^\/[A-Za-z0-9\-._~/]{0,199}$/;

/**
 * Checks the `accounts.sessions.cookie` option.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`
 */
export function resolveCookie(raw: unknown = {}): SessionCookieSettings {
  const options = checkOptions(AT, raw, ['refreshPath', 'sameSite', 'origins']);
  const refreshPath = options['refreshPath'] ?? '/auth/refresh';
  if (typeof refreshPath !== 'string' || !PATH.test(refreshPath))
    throw invalidOption(
      `${AT}.refreshPath`,
      refreshPath,
      "write the path of the refresh route: '/api/auth/refresh'",
    );
  const sameSite = oneOf(`${AT}.sameSite`, options['sameSite'], ['lax', 'strict'] as const, 'lax');
  const origins = strings(`${AT}.origins`, options['origins'], []);
  for (const [i, origin] of origins.entries()) {
    if (urlFault(origin) === undefined && new URL(origin).origin === origin) continue;
    const fix =
      "write it as browsers send it: 'https://app.example.com', without a path; http: is for the loopback address alone";
    throw new SecurityConfigError('option.invalid', `${AT}.origins[${i}]`, 'is no https origin', fix);
  }
  return { refreshPath, sameSite: sameSite === 'lax' ? 'Lax' : 'Strict', origins: new Set(origins) };
}
