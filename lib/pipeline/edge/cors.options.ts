import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, flag, nameOf, strings, wholeNumber } from '../../core/options.js';
import { METHODS } from './firewall.js';

/**
 * Which foreign origins may read answers in a browser. Left out: none.
 *
 * @example
 * ```ts
 * cors: { origins: ['https://app.example.com', /^https:\/\/[a-z0-9-]+\.preview\.example\.com$/], credentials: true }
 * ```
 */
export interface CorsOptions {
  /** Exact origins (`https://app.example.com`), regular expressions with `^` and `$`, or only `'*'` without credentials. */
  readonly origins: ReadonlyArray<string | RegExp>;
  /** Whether the browser may send cookies and HTTP authentication. Default `false`. */
  readonly credentials?: boolean;
  /** Default: every method that the edge lets in. */
  readonly methods?: readonly string[];
  /** Request headers that a page may set. Default `['authorization', 'content-type']`. */
  readonly allowedHeaders?: readonly string[];
  /** Response headers that a page may read. Default: request id and rate limits. */
  readonly exposedHeaders?: readonly string[];
  /** How long a browser may keep the answer to a preflight, in seconds. Default 600. */
  readonly maxAge?: number;
}

/** {@link CorsOptions}, checked and complete. */
export interface CorsSettings {
  /** `'*'`: every origin. */
  readonly origins: '*' | { readonly exact: ReadonlySet<string>; readonly patterns: readonly RegExp[] };
  readonly credentials: boolean;
  readonly methods: string;
  readonly allowedHeaders: string;
  readonly exposedHeaders: string;
  readonly maxAge: number;
}

const KEYS = ['origins', 'credentials', 'methods', 'allowedHeaders', 'exposedHeaders', 'maxAge'];
const EXAMPLE = "origins: ['https://app.example.com']";
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/**
 * Checks the `edge.cors` option.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveCors(raw: unknown): CorsSettings | undefined {
  if (raw === undefined) return undefined;
  const options = checkOptions('edge.cors', raw, KEYS);
  const credentials = flag('edge.cors.credentials', options['credentials'], false);
  const origins = resolveOrigins(options['origins']);
  if (origins === '*' && credentials) {
    throw new SecurityConfigError(
      'option.conflict',
      'edge.cors.credentials',
      "is true with origins ['*']: every site could act for your users",
      `name the origins: ${EXAMPLE}`,
    );
  }
  return {
    origins,
    credentials,
    methods: tokens('methods', options['methods'], METHODS),
    allowedHeaders: tokens('allowedHeaders', options['allowedHeaders'], ['authorization', 'content-type']),
    exposedHeaders: tokens('exposedHeaders', options['exposedHeaders'], [
      'X-Request-Id',
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
    ]),
    maxAge: wholeNumber('edge.cors.maxAge', options['maxAge'], { min: 0, max: 86_400, default: 600 }),
  };
}

function resolveOrigins(raw: unknown): CorsSettings['origins'] {
  const path = 'edge.cors.origins';
  if (raw === undefined)
    throw new SecurityConfigError('option.missing', path, 'is missing', `write ${EXAMPLE}`);
  if (!Array.isArray(raw) || raw.length === 0) {
    throw new SecurityConfigError(
      'option.invalid',
      path,
      `is ${nameOf(raw)}, not a list`,
      `write ${EXAMPLE}`,
    );
  }
  if (raw.length === 1 && raw[0] === '*') return '*';
  const exact = new Set<string>();
  const patterns: RegExp[] = [];
  raw.forEach((origin: unknown, index) => {
    if (origin instanceof RegExp) patterns.push(anchored(origin, `${path}[${index}]`));
    else exact.add(exactOrigin(origin, `${path}[${index}]`));
  });
  return { exact, patterns };
}

function exactOrigin(origin: unknown, path: string): string {
  if (origin === 'null') {
    const fix = `name the origin of the page: ${EXAMPLE}`;
    throw new SecurityConfigError(
      'option.invalid',
      path,
      "is 'null', which every sandboxed frame sends",
      fix,
    );
  }
  const parsed = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin).origin : undefined;
  if (parsed === origin && parsed !== undefined) return parsed;
  const fix =
    parsed && parsed !== 'null' ? `did you mean '${parsed}'?` : `write scheme, host and port: ${EXAMPLE}`;
  throw new SecurityConfigError('option.invalid', path, 'is not an origin as browsers send it', fix);
}

function anchored(pattern: RegExp, path: string): RegExp {
  const fail = (problem: string, fix: string): never => {
    throw new SecurityConfigError('option.invalid', path, problem, fix);
  };
  const { source, flags } = pattern;
  if (/[gmy]/.test(flags))
    fail(`has the flags ${flags}`, 'leave out g, m and y: they move or loosen the anchors');
  const escapedEnd = /(?:^|[^\\])(?:\\\\)*\\\$$/.test(source);
  if (!source.startsWith('^') || !source.endsWith('$') || escapedEnd) {
    fail('matches parts of an origin', 'write it from ^ to $: /^https:\\/\\/[a-z0-9-]+\\.example\\.com$/');
  }
  // `^a|b$` anchors neither alternative at both ends.
  const whole = new RegExp(`^(?:${source.slice(1, -1)})$`, flags);
  if (whole.test('null'))
    fail("matches 'null', which every sandboxed frame sends", 'begin it with ^https:\\/\\/');
  return whole;
}

function tokens(name: string, raw: unknown, byDefault: readonly string[]): string {
  const list = strings(`edge.cors.${name}`, raw, byDefault);
  const wrong = list.findIndex((token) => !TOKEN.test(token) || token === '*');
  if (wrong >= 0) {
    const path = `edge.cors.${name}[${wrong}]`;
    throw new SecurityConfigError(
      'option.invalid',
      path,
      'is not one name',
      `name each: ${byDefault.join(', ')}`,
    );
  }
  return list.join(', ');
}
