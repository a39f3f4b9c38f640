import { SecurityConfigError } from '../../core/config-error.js';
import type { RequestView } from '../../core/control.js';
import { checkOptions, flag, invalidOption, oneOf, wholeNumber } from '../../core/options.js';
import type { RequestFacts } from '../../core/request-facts.js';

/** What a function limit sees of a request. `facts.address` is validated, `facts.principal` proven; the rest is as it came. */
export interface LimitView {
  readonly facts: RequestFacts;
  readonly request: RequestView;
}

/**
 * Whom a limit counts: an address (IPv6 by /64), a proven principal, or whatever a function names. It does not apply where there
 * is no principal, or where the function answers `undefined`.
 */
export type LimitSubject = 'address' | 'user' | ((view: LimitView) => string | undefined);

/** One named limit. */
export interface NamedThrottler {
  /** Lower case letters, digits and `-`; `@Throttle({ name: … })` and the RateLimit headers use it. */
  readonly name: string;
  readonly by: LimitSubject;
  /** Milliseconds, at most 31 days. */
  readonly ttl: number;
  /** Requests in `ttl` milliseconds, 1 to 1,000,000. */
  readonly limit: number;
  /** How long a caller who exceeded the limit stays refused, milliseconds. Left out: until a request is free again. */
  readonly blockDuration?: number;
  /**
   * `global` (the default): one count for all routes. `route`: one for each. `declared`: one for each route that names it,
   * `@Throttle({ login: {} })`, and no other.
   */
  readonly scope?: 'global' | 'route' | 'declared';
  /** Whether the RateLimit headers name it. `true` by default. */
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
  /** Default: 1,000 requests a minute by address, 300 by user. */
  readonly throttlers?: readonly NamedThrottler[];
  /** `draft` (the default): `RateLimit` and `RateLimit-Policy`. `legacy`: `X-RateLimit-*`. `false`: none. */
  readonly headers?: 'draft' | 'legacy' | false;
}

/** One named limit, resolved. */
export type ThrottlerSettings = Required<NamedThrottler>;

/** The resolved form of {@link ThrottlingOptions}. */
export interface ThrottlingSettings {
  readonly throttlers: readonly ThrottlerSettings[];
  readonly headers: 'draft' | 'legacy' | false;
}

/** What a limit of requests may be. */
export const LIMIT_BOUNDS = { min: 1, max: 1_000_000 } as const;
/** What a period may be, milliseconds. With {@link LIMIT_BOUNDS} the sums stay whole numbers that a double holds. */
export const PERIOD_BOUNDS = { min: 1, max: 31 * 86_400_000 } as const;
/** What a block may be, milliseconds. */
export const BLOCK_BOUNDS = { min: 0, max: PERIOD_BOUNDS.max } as const;

const DEFAULTS: readonly NamedThrottler[] = [
  { name: 'address', by: 'address', ttl: 60_000, limit: 1000 },
  { name: 'user', by: 'user', ttl: 60_000, limit: 300 },
];
const KNOWN = ['name', 'by', 'ttl', 'limit', 'blockDuration', 'scope', 'headers'];

/**
 * Checks the `throttling` option once, at boot.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveThrottling(raw: unknown = {}): ThrottlingSettings {
  const options = checkOptions('throttling', raw, ['throttlers', 'headers']);
  const list = options.throttlers ?? DEFAULTS;
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
  const headers = oneOf('throttling.headers', options.headers, ['draft', 'legacy', false] as const, 'draft');
  return { throttlers, headers };
}

function resolveThrottler(path: string, raw: unknown): ThrottlerSettings {
  const options = checkOptions(path, raw, KNOWN);
  for (const key of ['name', 'by', 'ttl', 'limit']) {
    if (options[key] === undefined) {
      const example = "{ name: 'address', by: 'address', ttl: 60_000, limit: 1000 }";
      throw new SecurityConfigError('option.missing', `${path}.${key}`, 'is missing', `write ${example}`);
    }
  }
  if (typeof options.name !== 'string' || !/^[a-z][a-z0-9-]{0,63}$/.test(options.name)) {
    throw invalidOption(
      `${path}.name`,
      options.name,
      'write lower case letters, digits and -, a letter first',
    );
  }
  return {
    name: options.name,
    by: subject(`${path}.by`, options.by),
    ttl: wholeNumber(`${path}.ttl`, options.ttl, { ...PERIOD_BOUNDS, default: 0 }),
    limit: wholeNumber(`${path}.limit`, options.limit, { ...LIMIT_BOUNDS, default: 0 }),
    blockDuration: wholeNumber(`${path}.blockDuration`, options.blockDuration, {
      ...BLOCK_BOUNDS,
      default: 0,
    }),
    scope: oneOf(`${path}.scope`, options.scope, ['global', 'route', 'declared'] as const, 'global'),
    headers: flag(`${path}.headers`, options.headers, true),
  };
}

function subject(path: string, by: unknown): LimitSubject {
  if (by === 'address' || by === 'user') return by;
  // A promise would be one key for everybody.
  if (typeof by === 'function' && by.constructor.name !== 'AsyncFunction') return by as LimitSubject;
  throw invalidOption(
    path,
    by,
    "write 'address', 'user', or a function ({ facts, request }) => string | undefined that is not async",
  );
}
