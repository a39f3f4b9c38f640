import { isIP, isIPv4, SocketAddress } from 'node:net';
import type { TrustsAddress } from './trusted-proxies.js';

/** What stands for the peer of a connection that names none: a Unix socket, or one that is already gone. */
export const NO_ADDRESS = '0.0.0.0';

/** More hops than any chain of proxies has; the walk ends there. */
const MAX_HOPS = 32;

const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/;

/**
 * The client's address: the socket's, or, while the hop that speaks is a declared proxy, what it says in `X-Forwarded-For`, from
 * right to left. The first hop that is not a declared proxy is the client. Anything that is no address ends the walk at the last
 * proxy before it, so what a client writes is never believed and never taken over.
 *
 * @example
 * ```ts
 * clientAddress('10.0.0.1', '6.6.6.6, 203.0.113.7', (a) => a.startsWith('10.')); // '203.0.113.7'
 * ```
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | string[] | undefined,
  trusts: TrustsAddress,
): string {
  let address = canonicalAddress(socketAddress ?? '') ?? NO_ADDRESS;
  if (forwardedFor === undefined || !trusts(address)) return address;
  const header = typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',');
  let end = header.length;
  for (let hops = 0; end >= 0 && hops < MAX_HOPS; hops++) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1);
    const hop = canonicalAddress(header.slice(comma + 1, end).trim());
    if (hop === undefined) return address;
    address = hop;
    if (!trusts(hop)) return hop;
    end = comma;
  }
  return address;
}

/**
 * One spelling for each address: no zone, IPv4-mapped IPv6 as IPv4, IPv6 compressed and in lower case. `undefined` where the text is
 * no address.
 */
export function canonicalAddress(text: string): string | undefined {
  // What a socket that listens on both families names an IPv4 client.
  if (text.startsWith('::ffff:') && isIPv4(text.slice(7))) return text.slice(7);
  const version = isIP(text);
  if (version === 4) return text;
  if (version === 0) return undefined;
  const zone = text.indexOf('%');
  const address = zone < 0 ? text : text.slice(0, zone);
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  return MAPPED.exec(canonical)?.[1] ?? canonical;
}
