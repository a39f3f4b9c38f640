import { canonicalAddress, peerAddress } from '../../kit/http/address.js';
import type { TrustsAddress } from './trusted-proxies.js';

/** More hops than any chain of proxies has; the walk ends there. */
const MAX_HOPS = 32;

/** The other end of a connection. */
export interface Peer {
  readonly address: string;
  /** Whether it is a declared proxy. */
  readonly isProxy: boolean;
}

/** Who is at the other end of a socket. It stays the same as long as the connection. */
export function peerOf(socket: { readonly remoteAddress?: string | undefined }, trusts: TrustsAddress): Peer {
  const address = peerAddress(socket);
  return { address, isProxy: trusts(address) };
}

/**
 * The client's address: the peer's, or, while the hop that speaks is a declared proxy, what it says in `X-Forwarded-For`, from
 * right to left. The first hop that is not a declared proxy is the client. Anything that is no address ends the walk at the last
 * proxy before it, so what a client writes is never believed and never taken over.
 *
 * @example
 * ```ts
 * const trusts = (address: string) => address.startsWith('10.');
 * clientAddress(peerOf({ remoteAddress: '10.0.0.1' }, trusts), '6.6.6.6, 203.0.113.7', trusts); // '203.0.113.7'
 * ```
 */
export function clientAddress(
  peer: Peer,
  forwardedFor: string | string[] | undefined,
  trusts: TrustsAddress,
): string {
  let { address } = peer;
  if (forwardedFor === undefined || !peer.isProxy) return address;
  const header = typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',');
  let end = header.length;
  for (let hops = 0; end >= 0 && hops < MAX_HOPS; hops++) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1);
    const said = header.slice(comma + 1, end).trim();
    const hop = canonicalAddress(said) ?? canonicalAddress(withoutPort(said));
    if (hop === undefined) return address;
    address = hop;
    if (!trusts(hop)) return hop;
    end = comma;
  }
  return address;
}

const WITH_PORT = /^(?:\[([0-9a-f.]*:[0-9a-f:.]*)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/i;

/** Some proxies write the port of the connection behind the address: `203.0.113.7:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const found = WITH_PORT.exec(hop);
  return found ? (found[1] ?? found[2]!) : hop;
}
