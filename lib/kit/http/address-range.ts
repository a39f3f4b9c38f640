import { isIP } from 'node:net';
import { SecurityConfigError } from '../../core/config-error.js';
import { invalidOption } from '../../core/options.js';
import { NO_ADDRESS } from './address.js';
import { AddressBlocks, parseBlock } from './address-blocks.js';

const FIX = "list addresses or blocks: addressRange(['192.0.2.0/24', '2001:db8::/32'])";

/**
 * A condition for policies: whether an address is in one of these blocks. What is no address is in none.
 *
 * @throws {SecurityConfigError} `option.invalid` for an empty list, or what is no block
 * @example
 * ```ts
 * const office = addressRange(['192.0.2.0/24', '2001:db8::/32']);
 * office('192.0.2.7'); // true
 * ```
 */
export function addressRange(blocks: readonly string[]): (address: string) => boolean {
  if (!Array.isArray(blocks) || blocks.length === 0) throw invalidOption('addressRange', blocks, FIX);
  const known = new AddressBlocks();
  blocks.forEach((text: unknown, index) => {
    const block = parseBlock(text);
    if (!block) {
      const path = `addressRange[${index}]`;
      throw new SecurityConfigError('option.invalid', path, 'is not an address or a CIDR block', FIX);
    }
    known.add(block);
  });
  return (address) => isIP(address) !== 0 && address !== NO_ADDRESS && known.has(address);
}
