import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, oneOf, wholeNumber } from '../../core/options.js';
import { resolveCookie, type SessionCookieOptions, type SessionCookieSettings } from './cookie.options.js';

/**
 * How long a session lasts, for `SessionService`. It signs with the ring of `authentication.keys`. All times in seconds.
 *
 * @example
 * ```ts
 * sessions: { idle: 86_400, absolute: 7 * 86_400 }
 * ```
 */
export interface SessionsOptions {
  /** The life of an access token. Default 900, or less where `authentication.maxTtl` or the ring says so. */
  readonly accessTtl?: number;
  /** How long a session may rest between two refreshes. Default 7 days. */
  readonly idle?: number;
  /** How long a session may last at all. Default 30 days. */
  readonly absolute?: number;
  /** How long a refresh token that was just replaced gives the same successor again. Default 10. 0: it is reuse at once. */
  readonly grace?: number;
  /** How often it may do so. Default 100: of that many refreshes at once all but one are second. Not beside `grace: 0`. */
  readonly graceUses?: number;
  /** How tokens travel. `cookie`: in cookies that pages cannot read, with protection against CSRF. Default `bearer`: in bodies and headers. */
  readonly transport?: 'bearer' | 'cookie';
  /** For `transport: 'cookie'`. */
  readonly cookie?: SessionCookieOptions;
}

/** {@link SessionsOptions}, checked and complete. */
export interface SessionsSettings {
  /** Whether the application wrote any; else nothing is wrong without a key ring. */
  readonly declared: boolean;
  /** Seconds; `undefined`: as long as keys and verifier allow, 900 at most. */
  readonly accessTtl: number | undefined;
  /** Milliseconds, as the next two. */
  readonly idle: number;
  readonly absolute: number;
  readonly grace: number;
  readonly graceUses: number;
  /** `undefined`: they travel in bodies and headers. */
  readonly cookie: SessionCookieSettings | undefined;
}

const PATH = 'accounts.sessions';
const KEYS = ['accessTtl', 'idle', 'absolute', 'grace', 'graceUses', 'transport', 'cookie'];
const DAY = 86_400;
const YEAR = 365 * DAY;

/**
 * Checks the `accounts.sessions` option.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveSessions(raw: unknown): SessionsSettings {
  const options = checkOptions(PATH, raw ?? {}, KEYS);
  const number = (name: string, bounds: Parameters<typeof wholeNumber>[2]): number =>
    wholeNumber(`${PATH}.${name}`, options[name], bounds);
  const idle = number('idle', { min: 60, max: YEAR, default: 7 * DAY });
  const absolute = number('absolute', { min: 60, max: YEAR, default: Math.max(30 * DAY, idle) });
  if (idle > absolute) {
    throw new SecurityConfigError(
      'option.conflict',
      `${PATH}.idle`,
      'is longer than a session lasts at all (absolute)',
      'write an idle time of at most accounts.sessions.absolute',
    );
  }
  const grace = number('grace', { min: 0, max: 60, default: 10 });
  // The store counts them one by one.
  const graceUses = number('graceUses', { min: 1, max: 100, default: 100 });
  if (grace === 0 && options['graceUses'] !== undefined) {
    throw new SecurityConfigError(
      'option.conflict',
      `${PATH}.graceUses`,
      'counts uses in the window that grace: 0 closes',
      'leave it out, or write a grace of 1 to 60',
    );
  }
  const accessTtl =
    options['accessTtl'] === undefined ? undefined : number('accessTtl', { min: 10, max: DAY, default: 0 });
  return {
    declared: raw !== undefined,
    accessTtl,
    idle: idle * 1000,
    absolute: absolute * 1000,
    grace: grace * 1000,
    graceUses,
    cookie: resolveTransport(options['transport'], options['cookie']),
  };
}

function resolveTransport(transport: unknown, cookie: unknown): SessionCookieSettings | undefined {
  if (oneOf(`${PATH}.transport`, transport, ['bearer', 'cookie'] as const, 'bearer') === 'cookie')
    return resolveCookie(cookie);
  if (cookie === undefined) return undefined;
  throw new SecurityConfigError(
    'option.conflict',
    `${PATH}.cookie`,
    'is for sessions in cookies, and these are not',
    "write transport: 'cookie' beside it, or leave it out",
  );
}
