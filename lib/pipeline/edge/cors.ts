import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Decision, Denial } from '../../core/decision.js';
import type { CorsSettings } from './cors.options.js';

const REFUSED: Denial = { reason: 'edge.origin' };

/** No origin is longer: a scheme, a host name of 253 characters, a port. */
const MAX_ORIGIN = 300;

/** Whether a browser asks for permission before the request itself. */
export function isPreflight(raw: IncomingMessage): boolean {
  return (
    raw.method === 'OPTIONS' &&
    raw.headers.origin !== undefined &&
    raw.headers['access-control-request-method'] !== undefined
  );
}

/**
 * Sets the CORS headers of an answer. A preflight from an origin that is not declared is refused; any other request goes on without
 * the headers, so that no page of that origin can read the answer.
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function applyCors(raw: IncomingMessage, response: ServerResponse, cors: CorsSettings): Decision {
  const preflight = isPreflight(raw);
  const { origin } = raw.headers;
  const allowed = origin !== undefined && allows(cors, origin);
  if (cors.origins !== '*') {
    // Also where no origin came: a cache must not hand that answer to one that did.
    response.setHeader(
      'Vary',
      preflight ? 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers' : 'Origin',
    );
  }
  if (!allowed) return preflight ? REFUSED : undefined;
  response.setHeader('Access-Control-Allow-Origin', cors.origins === '*' ? '*' : origin);
  if (cors.credentials) response.setHeader('Access-Control-Allow-Credentials', 'true');
  if (preflight) {
    response.setHeader('Access-Control-Allow-Methods', cors.methods);
    response.setHeader('Access-Control-Allow-Headers', cors.allowedHeaders);
    response.setHeader('Access-Control-Max-Age', cors.maxAge);
  } else if (cors.exposedHeaders !== '') {
    response.setHeader('Access-Control-Expose-Headers', cors.exposedHeaders);
  }
  return undefined;
}

function allows({ origins }: CorsSettings, origin: string): boolean {
  if (origins === '*') return true;
  if (origins.exact.has(origin)) return true;
  return origin.length <= MAX_ORIGIN && origins.patterns.some((pattern) => pattern.test(origin));
}
