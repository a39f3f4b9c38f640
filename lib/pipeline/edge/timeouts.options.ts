import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, wholeNumber } from '../../core/options.js';

/**
 * How long a connection may take, in milliseconds. They are set on every server of the adapter. What the application itself has set
 * stricter there stays, and `keepAliveTimeout` also where it is longer.
 *
 * @example
 * ```ts
 * timeouts: { keepAlive: 65_000 } // behind a load balancer that keeps its connections for 60 seconds
 * ```
 */
export interface TimeoutOptions {
  /** Until the headers of a request are there; then it is answered 408; a TLS handshake that takes as long is cut. Default 10000, or `request` where that is less. */
  readonly headers?: number;
  /** Until the whole request is there, its body included; then it is answered 408. Default 30000. */
  readonly request?: number;
  /** How long a connection is kept for its next request. Behind a load balancer: longer than it keeps its own. Default 5000. */
  readonly keepAlive?: number;
  /** How long a request may be in work before its answer begins; then it is answered 503. From there on: how long nothing may move on its connection. `@Deadline` says otherwise for a route. Default 30000. */
  readonly handler?: number;
}

/** {@link TimeoutOptions}, checked and complete. */
export type TimeoutSettings = Required<TimeoutOptions>;

const KEYS = ['headers', 'request', 'keepAlive', 'handler'];
const MIN = 100;
const MAX = 3_600_000;

/**
 * Checks the `edge.timeouts` option.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveTimeouts(raw: unknown = {}): TimeoutSettings {
  const options = checkOptions('edge.timeouts', raw, KEYS);
  const milliseconds = (name: string, byDefault: number): number =>
    wholeNumber(`edge.timeouts.${name}`, options[name], { min: MIN, max: MAX, default: byDefault });
  const request = milliseconds('request', 30_000);
  const headers = milliseconds('headers', Math.min(10_000, request));
  if (headers > request) {
    throw new SecurityConfigError(
      'option.conflict',
      'edge.timeouts.headers',
      `is ${headers}, longer than the ${request} of the whole request`,
      'write a smaller one, or a larger edge.timeouts.request',
    );
  }
  return {
    headers,
    request,
    keepAlive: milliseconds('keepAlive', 5_000),
    handler: milliseconds('handler', 30_000),
  };
}
