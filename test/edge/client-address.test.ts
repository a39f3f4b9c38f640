import * as fc from 'fast-check';
import { BlockList, isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, NO_ADDRESS } from '../../lib/kit/http/address.js';
import { clientAddress, peerOf } from '../../lib/pipeline/edge/client-address.js';
import { compileTrustedProxies } from '../../lib/pipeline/edge/trusted-proxies.js';

const trusts = compileTrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8:1::/48']);
const addressOf = (socket: string | undefined, header: string | string[] | undefined) =>
  clientAddress(peerOf({ remoteAddress: socket }, trusts), header, trusts);
const LONG_CHAIN = Array.from({ length: 100 }, () => '10.0.0.9').join(', ');

describe('the client address', () => {
  it.each([
    ['no header', '10.0.0.1', undefined, '10.0.0.1'],
    ['not from a proxy', '203.0.113.9', '6.6.6.6', '203.0.113.9'],
    ['one hop', '10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['a spoofed entry on the left', '10.0.0.1', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    ['a spoofed proxy on the left', '10.0.0.1', '10.9.9.9, 203.0.113.7', '203.0.113.7'],
    ['two proxies', '10.0.0.1', '203.0.113.7, 192.0.2.7', '203.0.113.7'],
    ['all proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['garbage next to us', '10.0.0.1', '203.0.113.7, <script>', '10.0.0.1'],
    ['garbage behind a proxy', '10.0.0.1', 'evil, 10.0.0.2', '10.0.0.2'],
    ['garbage behind the client', '10.0.0.1', 'evil, 203.0.113.7', '203.0.113.7'],
    ['an empty entry', '10.0.0.1', '203.0.113.7, ', '10.0.0.1'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['a comma first', '10.0.0.1', ',203.0.113.7', '203.0.113.7'],
    ['only commas', '10.0.0.1', ',,,', '10.0.0.1'],
    ['a port', '10.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['decimal', '10.0.0.1', '3405803783', '10.0.0.1'],
    ['octal', '10.0.0.1', '0177.0.0.1', '10.0.0.1'],
    ['"unknown"', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['mapped socket', '::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['mapped hop', '10.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['mapped hop in hex', '10.0.0.1', '::FFFF:cb00:7107', '203.0.113.7'],
    ['IPv6 in another spelling', '2001:db8:1::1', '2001:DB8:0:0::0:5', '2001:db8::5'],
    ['IPv6 with a zone', 'fe80::1%eth0', '6.6.6.6', 'fe80::1'],
    ['two headers', '10.0.0.1', ['6.6.6.6', '203.0.113.7'], '203.0.113.7'],
    ['no socket address', undefined, '203.0.113.7', NO_ADDRESS],
    ['an endless chain', '10.0.0.1', `6.6.6.6, ${LONG_CHAIN}`, '10.0.0.9'],
  ])('%s', (_case, socket, header, expected) => {
    expect(addressOf(socket, header)).toBe(expected);
  });

  it('is always a valid address in one spelling, whatever comes', () => {
    const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom('10.0.0.2', '', ' ', 'unknown'));
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.array(hop, { maxLength: 6 }), (socket, hops) => {
        const address = addressOf(socket, hops.join(','));
        expect(isIP(address)).not.toBe(0);
        expect(canonicalAddress(address)).toBe(address);
      }),
      { numRuns: 500 },
    );
  });

  it('what stands left of the client changes nothing', () => {
    fc.assert(
      fc.property(fc.string(), (left) => {
        expect(addressOf('10.0.0.1', `${left},203.0.113.7,10.0.0.2`)).toBe('203.0.113.7');
      }),
      { numRuns: 300 },
    );
  });
});

describe('edge.trustedProxies', () => {
  it('says of every address what a BlockList says', () => {
    const block = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })),
      fc.tuple(fc.ipV6(), fc.integer({ min: 104, max: 128 })),
      fc.constant<[string, number]>(['::ffff:10.0.0.0', 104]),
    );
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { minLength: 1, maxLength: 8 }),
        fc.nat(255),
        (blocks, others, last) => {
          const oracle = new BlockList();
          for (const [address, length] of blocks) {
            oracle.addSubnet(address, length, isIP(address) === 6 ? 'ipv6' : 'ipv4');
          }
          const compiled = compileTrustedProxies(blocks.map(([address, length]) => `${address}/${length}`));
          const near = blocks.map(([address]) => address.replace(/\d+$/, String(last)));
          for (const text of [...near, ...others]) {
            const address = canonicalAddress(text);
            if (address === undefined) continue;
            const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
            expect(compiled(address), address).toBe(oracle.check(address, family));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each([
    true,
    1,
    0,
    'loopback',
    ['loopback'],
    ['10.0.0.0/33'],
    ['::/129'],
    ['10.0.0.0/-1'],
    ['10.0.0.0/8/8'],
    ['fe80::1%eth0'],
    [1],
    [''],
  ])('refuses %j', (value) => {
    expect(() => compileTrustedProxies(value)).toThrow(/option\.invalid.*edge\.trustedProxies/s);
  });

  it.each([['0.0.0.0/0'], ['::/0']])('refuses %s, which trusts everyone', (block) => {
    expect(() => compileTrustedProxies([block])).toThrow('trusts every address there is');
  });

  it.each([
    '0.0.0.0/1',
    '128.0.0.0/1',
    '8.0.0.0/7',
    '::/1',
    '::/7',
    '::ffff:0:0/96',
    '::ffff:0.0.0.0/97',
    '::ffff:10.0.0.0/103',
    '2000::/3',
  ])('refuses %s, which is wider than proxies are', (block) => {
    expect(() => compileTrustedProxies([block])).toThrow('trusts more addresses than proxies can have');
  });

  it.each([
    ['10.0.0.0/8', '10.9.9.9'],
    ['fc00::/7', 'fd00::1'],
    ['::ffff:10.0.0.0/104', '10.9.9.9'],
  ])('takes %s', (block, address) => {
    const trusted = compileTrustedProxies([block]);
    expect([trusted(address), trusted('203.0.113.7')]).toEqual([true, false]);
  });

  it('says why a number of hops is no answer', () => {
    expect(() => compileTrustedProxies(1)).toThrow('anyone can choose an address');
  });
});
