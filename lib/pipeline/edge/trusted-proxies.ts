import { BlockList } from 'node:net';
import { SecurityConfigError } from '../../core/config-error.js';
import { invalidOption } from '../../core/options.js';
import { canonicalAddress, ipv4Number } from '../../kit/http/address.js';
import { AddressBlocks, parseBlock, type AddressBlock } from '../../kit/http/address-blocks.js';

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
  const blocks = new AddressBlocks();
  raw.forEach((entry, index) => addBlock(blocks, entry, `${PATH}[${index}]`));
  return (address) => blocks.has(address);
}

function addBlock(blocks: AddressBlocks, entry: unknown, path: string): void {
  const block = parseBlock(entry);
  if (!block) {
    throw new SecurityConfigError('option.invalid', path, 'is not an address or a CIDR block', FIX);
  }
  if (block.length === 0) {
    throw new SecurityConfigError('option.invalid', path, 'trusts every address there is', FIX);
  }
  if (isTooWide(block)) {
    throw new SecurityConfigError('option.invalid', path, 'trusts more addresses than proxies can have', FIX);
  }
  blocks.add(block);
}

/** Wider than `10.0.0.0/8` or `fc00::/7`, or an IPv6 block that stands for so much of IPv4 (`::ffff:0:0/96`). */
function isTooWide({ address, length, version }: AddressBlock): boolean {
  if (version === 4) return length < WIDEST_IPV4;
  if (length < WIDEST_IPV6) return true;
  if (length >= MAPPED_PREFIX + WIDEST_IPV4) return false;
  const block = new BlockList();
  block.addSubnet(address, length, 'ipv6');
  const mapped = canonicalAddress(address) ?? '';
  return block.check('0.0.0.0', 'ipv4') || ipv4Number(mapped) >= 0;
}
