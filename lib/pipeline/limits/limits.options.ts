import { SecurityConfigError } from '../../core/config-error.js';
import type { RequestView } from '../../core/control.js';
import { checkOptions, invalidOption, oneOf, wholeNumber } from '../../core/options.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type { LimitAlgorithm } from '../../core/state-store.js';
import { LIMIT_BOUNDS, PERIOD_BOUNDS, type SimpleLimit } from './limit-bounds.js';
import { resolveLockout, type LockoutOptions, type LockoutSettings } from './lockout/lockout.options.js';
import { resolveThrottler } from './throttler.options.js';

/** What a function limit sees of a request. `facts.address` is validated, `facts.principal` proven; the rest is as it came. */
export interface LimitView {
  readonly facts: RequestFacts;
  readonly request: RequestView;
}

/**
 * Whom a limit counts: an address (IPv6 by /64), a proven principal (`user`) who came with an access token, an API key (`key`), or whatever
 * a function names. It does not apply where there is none, or where the function answers `undefined`.
 */
export type LimitSubject = 'address' | 'user' | 'key' | ((view: LimitView) => string | undefined);

/** One named limit. */
export interface NamedThrottler {
  /** Lower case letters, digits and `-`; `@Throttle({ name: … })` and the RateLimit headers use it. */
  readonly name: string;
  readonly by: LimitSubject;
  /** Milliseconds, at most 31 days. */
  readonly ttl: number;
  /** Requests in `ttl` milliseconds, 1 to 1,000,000; or a function that says so for each caller, for example by their plan. */
  readonly limit: number | ((view: LimitView) => number);
  /**
   * The most requests at once after a rest, 1 to `limit`. No window of `ttl` holds more than `limit` + `burst` − 1. Left out: `limit`.
   */
  readonly burst?: number;
  /** How long a caller who exceeded the limit stays refused, milliseconds. Left out: until a request is free again. */
  readonly blockDuration?: number;
  /**
   * `gcra` (the default): a few bytes a caller. `log`: no window of `ttl` holds more than `limit`, at most 100; for logins, codes
   * and the like.
   */
  readonly algorithm?: LimitAlgorithm;
  /** What a request takes of the limit; 0: nothing. `@Cost` of the route goes before it. Left out: 1. */
  readonly cost?: (view: LimitView) => number;
  /** `report`: count and log, and let pass. `enforce` is the default. */
  readonly mode?: 'enforce' | 'report';
  /**
   * While the state store does not answer: `local`, each instance admits its share; `closed`, 503. Left out: `closed` for `log`,
   * `local` for `gcra`.
   */
  readonly onOutage?: 'local' | 'closed';
  /**
   * `global` (the default): one count for all routes. `route`: one for each. `declared`: one for each route that names it,
   * `@Throttle({ login: {} })`, and no other.
   */
  readonly scope?: 'global' | 'route' | 'declared';
  /** Whether the RateLimit headers name it. `true` by default, `false` with `mode: 'report'`. */
  readonly headers?: boolean;
}

/**
 * How much a caller may call (OWASP API4).
 *
 * @example
 * ```ts
 * throttling: { throttlers: [{ name: 'address', by: 'address', ttl: 60_000, limit: 1000 },
 *                            { name: 'user', by: 'user', ttl: 60_000, limit: 300 }] }
 * ```
 */
export interface ThrottlingOptions {
  /** Default: 1,000 requests a minute by address, 300 by user, 300 by API key. */
  readonly throttlers?: readonly NamedThrottler[];
  /** `draft` (the default): `RateLimit` and `RateLimit-Policy`. `legacy`: `X-RateLimit-*`. `false`: none. */
  readonly headers?: 'draft' | 'legacy' | false;
  /** What one address may send to this instance, counted before the body is read. Default: 6,000 a minute. `false`: no such limit. */
  readonly door?: SimpleLimit | false;
  /** How many refused tokens and API keys one address may send; a missing or an expired one is none. Default: 100 a minute. `false`: no such limit. */
  readonly failures?: SimpleLimit | false;
  /** How many requests one principal, or one API key, may have under way in this instance, on every route; one whose client hangs up counts until its handler ends. Default 100. `false`: any number. */
  readonly concurrency?: number | false;
  /** How often somebody may fail to sign in. Counts where the login of the application uses `Lockout`. */
  readonly lockout?: LockoutOptions;
}

/** One named limit, resolved. */
export type ThrottlerSettings = Required<Omit<NamedThrottler, 'burst' | 'cost'>> &
  Pick<NamedThrottler, 'burst' | 'cost'>;

/** The resolved form of {@link ThrottlingOptions}. */
export interface ThrottlingSettings {
  readonly throttlers: readonly ThrottlerSettings[];
  readonly headers: 'draft' | 'legacy' | false;
  readonly door: SimpleLimit | undefined;
  readonly failures: SimpleLimit | undefined;
  readonly concurrency: number | undefined;
  readonly lockout: LockoutSettings;
}

const DEFAULTS: readonly NamedThrottler[] = [
  { name: 'address', by: 'address', ttl: 60_000, limit: 1000 },
  { name: 'user', by: 'user', ttl: 60_000, limit: 300 },
  { name: 'key', by: 'key', ttl: 60_000, limit: 300 },
];
const DOOR: SimpleLimit = { limit: 6000, ttl: 60_000 };
const FAILURES: SimpleLimit = { limit: 100, ttl: 60_000 };

/**
 * Checks the `throttling` option once, at boot.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveThrottling(raw: unknown = {}): ThrottlingSettings {
  const known = ['throttlers', 'headers', 'door', 'failures', 'concurrency', 'lockout'];
  const options = checkOptions('throttling', raw, known);
  const list = options['throttlers'] ?? DEFAULTS;
  if (!Array.isArray(list) || list.length === 0) {
    throw invalidOption(
      'throttling.throttlers',
      list,
      'name at least one limit, or leave the option out for the defaults',
    );
  }
  const throttlers = list.map((throttler, i) => resolveThrottler(`throttling.throttlers[${i}]`, throttler));
  const names = throttlers.map(({ name }) => name);
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice !== -1) {
    const path = `throttling.throttlers[${twice}].name`;
    throw new SecurityConfigError(
      'option.conflict',
      path,
      `is '${names[twice]}' a second time`,
      'name each limit once',
    );
  }
  const concurrency = options['concurrency'];
  return {
    throttlers,
    headers: oneOf('throttling.headers', options['headers'], ['draft', 'legacy', false] as const, 'draft'),
    door: simpleLimit('throttling.door', options['door'], DOOR),
    failures: simpleLimit('throttling.failures', options['failures'], FAILURES),
    concurrency:
      concurrency === false
        ? undefined
        : wholeNumber('throttling.concurrency', concurrency, { ...LIMIT_BOUNDS, default: 100 }),
    lockout: resolveLockout(options['lockout']),
  };
}

/** A limit of two numbers, `undefined` where the option says `false`. */
function simpleLimit(path: string, raw: unknown, byDefault: SimpleLimit): SimpleLimit | undefined {
  if (raw === false) return undefined;
  const options = checkOptions(path, raw ?? byDefault, ['limit', 'ttl']);
  for (const key of ['limit', 'ttl'])
    if (options[key] === undefined) throw missing(`${path}.${key}`, '{ limit: 100, ttl: 60_000 }');
  return {
    limit: wholeNumber(`${path}.limit`, options['limit'], { ...LIMIT_BOUNDS, default: 0 }),
    ttl: wholeNumber(`${path}.ttl`, options['ttl'], { ...PERIOD_BOUNDS, default: 0 }),
  };
}

function missing(path: string, example: string): SecurityConfigError {
  return new SecurityConfigError('option.missing', path, 'is missing', `write ${example}`);
}
