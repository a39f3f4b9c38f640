import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Decision, Denial } from '../../core/decision.js';
import { peerAddress } from '../../kit/http/address.js';
import type { TrustsAddress } from './trusted-proxies.js';

const NO_HOST: Denial = { reason: 'edge.host', note: 'missing' };
const FOREIGN_HOST: Denial = { reason: 'edge.host', note: 'not in edge.hosts' };
const PLAIN_HTTP: Denial = { reason: 'edge.https' };

/**
 * Refuses a `Host` that is not declared. An entry without a port admits every port. HTTP/1.1 needs the header in any case.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2
 */
export function checkHost(raw: IncomingMessage, hosts: ReadonlySet<string> | undefined): Decision {
  const host = raw.headers.host;
  if (host === undefined || host === '') {
    return hosts !== undefined || raw.httpVersion === '1.1' ? NO_HOST : undefined;
  }
  if (hosts === undefined) return undefined;
  const name = host.toLowerCase();
  return hosts.has(name) || hosts.has(name.replace(/:\d+$/, '')) ? undefined : FOREIGN_HOST;
}

/**
 * Refuses a request that did not come over TLS. A declared proxy vouches with exactly `X-Forwarded-Proto: https`. An API refuses and
 * does not redirect: the secret would already have travelled (ASVS V4.1.2).
 */
export function checkHttps(raw: IncomingMessage, trusts: TrustsAddress): Decision {
  if ((raw.socket as Partial<TLSSocket>).encrypted === true) return undefined;
  const vouched = raw.headers['x-forwarded-proto'] === 'https' && trusts(peerAddress(raw.socket));
  return vouched ? undefined : PLAIN_HTTP;
}
