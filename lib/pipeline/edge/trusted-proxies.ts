import { BlockList, isIP } from 'node:net';
import { SecurityConfigError } from '../../core/config-error.js';
import { invalidOption } from '../../core/options.js';
import { canonicalAddress, ipv4Number } from '../../kit/http/address.js';

const PATH = 'edge.trustedProxies';
const FIX = `list the addresses of your proxies: ${PATH}: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']`;

const WIDEST_IPV4 = 8;
const WIDEST_IPV6 = 7;
const MAPPED_PREFIX = 96;

/** Says whether an address belongs to a declared proxy. The address is one that `net.isIP` accepts. */
export type TrustsAddress = (address: string) => boolean;

/**
 * Compiles the list of declared proxies: CIDR blocks or single addresses.
 *
 * @throws {SecurityConfigError} `option.invalid`: `true` and hop counts trust whoever connects; names and blocks of everything too.
 */
export function compileTrustedProxies(raw: unknown): TrustsAddress {
  if (raw === undefined) return () => false;
  if (typeof raw === 'number') {
    throw new SecurityConfigError(
      'option.invalid',
      PATH,
      `is ${raw}: a number of hops believes whoever reaches the server past the proxies, and so anyone can choose an address; Fastify takes it for nobody`,
      FIX,
    );
  }
  if (raw === true) {
    const problem = 'is true: it believes whoever connects, and so anyone can choose an address';
    throw new SecurityConfigError('option.invalid', PATH, problem, FIX);
  }
  if (!Array.isArray(raw)) throw invalidOption(PATH, raw, FIX);
  if (raw.length === 0) return () => false;
  const blocks = new Blocks();
  raw.forEach((entry, index) => addBlock(blocks, entry, `${PATH}[${index}]`));
  return (address) => blocks.has(address);
}

/** CIDR blocks. IPv4 is compared as numbers: Node's `BlockList` makes objects for each question, and this one is asked each time. */
class Blocks {
  readonly #every = new BlockList();
  readonly #first: number[] = [];
  readonly #last: number[] = [];
  #onlyIpv4 = true;

  add(address: string, length: number, version: 'ipv4' | 'ipv6'): void {
    this.#every.addSubnet(address, length, version);
    if (version === 'ipv6') {
      this.#onlyIpv4 = false;
      return;
    }
    const size = 2 ** (32 - length);
    const first = Math.floor(ipv4Number(address) / size) * size;
    this.#first.push(first);
    this.#last.push(first + size - 1);
  }

  has(address: string): boolean {
    const number = ipv4Number(address);
    if (number < 0) return this.#every.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
    for (let i = 0; i < this.#first.length; i++) {
      if (number >= this.#first[i]! && number <= this.#last[i]!) return true;
    }
    return this.#onlyIpv4 ? false : this.#every.check(address, 'ipv4');
  }
}

function addBlock(blocks: Blocks, entry: unknown, path: string): void {
  const [, address = '', prefix] =
    (typeof entry === 'string' && /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry)) || [];
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (version === 0 || address.includes('%') || length > bits) {
    throw new SecurityConfigError('option.invalid', path, 'is not an address or a CIDR block', FIX);
  }
  if (length === 0) {
    throw new SecurityConfigError('option.invalid', path, 'trusts every address there is', FIX);
  }
  if (isTooWide(address, length, version)) {
    throw new SecurityConfigError('option.invalid', path, 'trusts more addresses than proxies can have', FIX);
  }
  blocks.add(address, length, version === 6 ? 'ipv6' : 'ipv4');
}

/** Wider than `10.0.0.0/8` or `fc00::/7`, or an IPv6 block that stands for so much of IPv4 (`::ffff:0:0/96`). */
function isTooWide(address: string, length: number, version: number): boolean {
  if (version === 4) return length < WIDEST_IPV4;
  if (length < WIDEST_IPV6) return true;
  if (length >= MAPPED_PREFIX + WIDEST_IPV4) return false;
  const block = new BlockList();
  block.addSubnet(address, length, 'ipv6');
  const mapped = canonicalAddress(address) ?? '';
  return block.check('0.0.0.0', 'ipv4') || ipv4Number(mapped) >= 0;
}
