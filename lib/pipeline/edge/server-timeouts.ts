import { Server } from 'node:http';
import type { TimeoutSettings } from './timeouts.options.js';

/** What Node itself sets, so that it is not taken for a decision of the application. */
const NODE = new Server();
/** What Fastify itself sets. */
const FASTIFY_KEEP_ALIVE = 72_000;

/** How often Node looks for requests that are late, at least, in milliseconds. Its own 30 seconds would be added to each timeout. */
const MAX_CHECK_INTERVAL = 1000;

/** How often Node has to look for late requests. It reads this when a server begins to listen. */
export function checkInterval({ headers }: TimeoutSettings): number {
  return Math.min(MAX_CHECK_INTERVAL, headers);
}

/**
 * Sets the timeouts of a server. What the application has set stricter stays; what is looser, or none at all, does not. How long an
 * idle connection is kept is for the application to say, longer or shorter, because it has to fit the proxy in front.
 *
 * @param adapter the type of the adapter: `fastify`, or another
 * @see https://nodejs.org/api/http.html#serverrequesttimeout
 */
export function setTimeouts(server: Server, timeouts: TimeoutSettings, adapter: string): void {
  const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = server;
  server.headersTimeout = stricter(headersTimeout, timeouts.headers, NODE.headersTimeout);
  server.requestTimeout = stricter(requestTimeout, timeouts.request, NODE.requestTimeout);
  const ofFastify = adapter === 'fastify' && keepAliveTimeout === FASTIFY_KEEP_ALIVE;
  if (keepAliveTimeout === 0 || keepAliveTimeout === NODE.keepAliveTimeout || ofFastify) {
    server.keepAliveTimeout = timeouts.keepAlive;
  }
  // The deadline of a handler. What comes or goes on the connection restarts it; `OpenConnections` sees to who makes use of that.
  server.timeout = stricter(timeout, timeouts.handler, NODE.timeout);
  const checked = server as Server & { connectionsCheckingInterval?: number };
  checked.connectionsCheckingInterval = stricter(
    checked.connectionsCheckingInterval ?? 0,
    checkInterval(timeouts),
    0,
  );
}

function stricter(current: number, ours: number, byDefault: number): number {
  return current > 0 && current < ours && current !== byDefault ? current : ours;
}
