import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, invalidOption, oneOf, strings, wholeNumber } from '../../core/options.js';
import { DEFAULT_JSON_DEPTH } from '../../kit/json/parse-json.js';
import { resolveBodyLimits, type BodyLimits } from './body-limits.js';
import { resolveCors, type CorsOptions, type CorsSettings } from './cors.options.js';
import { resolveTimeouts, type TimeoutOptions, type TimeoutSettings } from './timeouts.options.js';
import { compileTrustedProxies, type TrustsAddress } from './trusted-proxies.js';

/**
 * What happens to a request before its body is read.
 *
 * @example
 * ```ts
 * edge: { trustedProxies: ['10.0.0.0/8'], https: 'required', cors: { origins: ['https://app.example.com'] } }
 * ```
 */
export interface EdgeOptions {
  /** The proxies whose `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Request-Id` are believed: CIDR blocks or addresses. Default none. */
  readonly trustedProxies?: readonly string[];
  /** The values of `Host` that are let in: `api.example.com` (any port) or `api.example.com:8443`. Default: any. */
  readonly hosts?: readonly string[];
  /** `'required'` refuses what did not come over TLS. Default `'off'`. */
  readonly https?: 'required' | 'off';
  /** Which foreign origins may read answers in a browser. Default: none, and no CORS headers. */
  readonly cors?: CorsOptions;
  /** The longest body, in bytes. Default 102400 (100 KiB). */
  readonly bodyLimit?: number;
  /** The longest body of a media type, in bytes, where it is another: `{ 'multipart/form-data': 5_000_000 }`. */
  readonly bodyLimits?: Readonly<Record<string, number>>;
  /** How deep arrays and objects of a JSON body may nest. Default 32. */
  readonly jsonDepth?: number;
  /** How long a connection may take. */
  readonly timeouts?: TimeoutOptions;
  /**
   * Above this median delay of the event loop, in milliseconds, requests are refused until it has recovered. Default 200; `false` turns
   * it off.
   */
  readonly maxEventLoopDelay?: number | false;
}

/** {@link EdgeOptions}, checked and complete. */
export interface EdgeSettings {
  readonly trusts: TrustsAddress;
  /** In lower case; `undefined`: any. */
  readonly hosts: ReadonlySet<string> | undefined;
  readonly httpsRequired: boolean;
  readonly cors: CorsSettings | undefined;
  readonly bodyLimits: BodyLimits;
  readonly jsonDepth: number;
  readonly timeouts: TimeoutSettings;
  readonly maxEventLoopDelay: number | false;
}

const KEYS = [
  'trustedProxies',
  'hosts',
  'https',
  'cors',
  'bodyLimit',
  'bodyLimits',
  'jsonDepth',
  'timeouts',
  'maxEventLoopDelay',
];
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Checks the `edge` option.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveEdge(raw: unknown = {}): EdgeSettings {
  const options = checkOptions('edge', raw, KEYS);
  return {
    trusts: compileTrustedProxies(options['trustedProxies']),
    hosts: resolveHosts(options['hosts']),
    httpsRequired: oneOf('edge.https', options['https'], ['required', 'off'], 'off') === 'required',
    cors: resolveCors(options['cors']),
    bodyLimits: resolveBodyLimits(options['bodyLimit'], options['bodyLimits']),
    // Above a thousand levels the parser and whatever walks its result come near the end of the stack.
    jsonDepth: wholeNumber('edge.jsonDepth', options['jsonDepth'], {
      min: 1,
      max: 1000,
      default: DEFAULT_JSON_DEPTH,
    }),
    timeouts: resolveTimeouts(options['timeouts']),
    maxEventLoopDelay: resolveMaxDelay(options['maxEventLoopDelay']),
  };
}

function resolveMaxDelay(raw: unknown): number | false {
  if (raw === false) return false;
  if (raw !== undefined && typeof raw !== 'number') {
    throw invalidOption('edge.maxEventLoopDelay', raw, 'write milliseconds from 10 to 60000, or false');
  }
  return wholeNumber('edge.maxEventLoopDelay', raw, { min: 10, max: 60_000, default: 200 });
}

function resolveHosts(raw: unknown): ReadonlySet<string> | undefined {
  if (raw === undefined) return undefined;
  const hosts = strings('edge.hosts', raw, []);
  const wrong = hosts.findIndex((host) => !HOST.test(host));
  if (wrong >= 0 || hosts.length === 0) {
    throw new SecurityConfigError(
      'option.invalid',
      hosts.length === 0 ? 'edge.hosts' : `edge.hosts[${wrong}]`,
      hosts.length === 0 ? 'is empty, so every request would be refused' : 'is not a host name',
      "write hosts: ['api.example.com'], without scheme, path or wildcard",
    );
  }
  return new Set(hosts.map((host) => host.toLowerCase()));
}
