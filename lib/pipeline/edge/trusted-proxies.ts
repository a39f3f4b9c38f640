import { BlockList, isIP } from 'node:net';
import { SecurityConfigError } from '../../core/config-error.js';
import { invalidOption } from '../../core/options.js';

const PATH = 'edge.trustedProxies';
const FIX = `list the addresses of your proxies: ${PATH}: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']`;

/** Says whether an address belongs to a declared proxy. The address is one that `net.isIP` accepts. */
export type TrustsAddress = (address: string) => boolean;

/**
 * Compiles the list of declared proxies: CIDR blocks or single addresses.
 *
 * @throws {SecurityConfigError} `option.invalid`: `true` and hop counts trust whoever connects; names and blocks of everything too.
 */
export function compileTrustedProxies(raw: unknown): TrustsAddress {
  if (raw === undefined) return () => false;
  if (typeof raw === 'number' || raw === true) {
    throw new SecurityConfigError(
      'option.invalid',
      PATH,
      `is ${raw}: a number of hops believes whoever reaches the server past the proxies, and so anyone can choose an address`,
      FIX,
    );
  }
  if (!Array.isArray(raw)) throw invalidOption(PATH, raw, FIX);
  if (raw.length === 0) return () => false;
  const blocks = new BlockList();
  raw.forEach((entry, index) => addBlock(blocks, entry, `${PATH}[${index}]`));
  return (address) => blocks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function addBlock(blocks: BlockList, entry: unknown, path: string): void {
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
  blocks.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
}
