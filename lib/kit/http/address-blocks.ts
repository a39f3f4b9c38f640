import { BlockList, isIP } from 'node:net';
import { ipv4Number } from './address.js';

/** A block of addresses: its first one or any in it, and how many leading bits they share. */
export interface AddressBlock {
  readonly address: string;
  readonly length: number;
  readonly version: 4 | 6;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address. `undefined` for anything else, zones included. */
export function parseBlock(text: unknown): AddressBlock | undefined {
  const [, address = '', prefix] = (typeof text === 'string' && /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text)) || [];
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (version === 0 || address.includes('%') || length > bits) return undefined;
  return { address, length, version: version === 6 ? 6 : 4 };
}

/** A set of blocks. IPv4 is compared as numbers: Node's `BlockList` makes objects for each question, and this one is asked each time. */
export class AddressBlocks {
  readonly #every = new BlockList();
  readonly #first: number[] = [];
  readonly #last: number[] = [];
  #onlyIpv4 = true;

  add({ address, length, version }: AddressBlock): void {
    this.#every.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
    if (version === 6) {
      this.#onlyIpv4 = false;
      return;
    }
    const size = 2 ** (32 - length);
    const first = Math.floor(ipv4Number(address) / size) * size;
    this.#first.push(first);
    this.#last.push(first + size - 1);
  }

  /** Whether an address that `net.isIP` accepts is in one of the blocks. */
  has(address: string): boolean {
    const number = ipv4Number(address);
    if (number < 0) return this.#every.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
    for (let i = 0; i < this.#first.length; i++) {
      if (number >= this.#first[i]! && number <= this.#last[i]!) return true;
    }
    return this.#onlyIpv4 ? false : this.#every.check(address, 'ipv4');
  }
}
