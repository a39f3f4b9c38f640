import * as fc from 'fast-check';
import { isIPv4 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { addressKey, ipv4Number } from '../../lib/kit/http/address.js';

describe('addressKey', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:0:1:aaaa:bbbb:cccc:dddd', '2001:db8:0:1::/64'],
    ['2001:DB8::1', '2001:db8::/64'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['fe80::1%eth1', 'fe80::/64'],
    ['::1', '::/64'],
    ['::', '::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['1::8', '1::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b::/64'],
  ])('%s is counted as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  it.each([
    '',
    'unknown',
    'not-an-ip<script>',
    '203.0.113.7:4711',
    '203.0.113.7, 10.0.0.1',
    '1.2.3',
    '2001:db8::1::2',
    '%eth0',
  ])('what is no address shares one key: %j', (address) => expect(addressKey(address)).toBe('unknown'));

  it('sees one /64 through every way of writing it, and two as two', () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    const address = fc.tuple(group, group, group, group, group, group, group, group);
    const write = (groups: readonly number[], style: number) => {
      const text = groups.map((value) => value.toString(16).padStart(style === 0 ? 1 : 4, '0')).join(':');
      // The URL parser compresses: an independent writer of the same address.
      return style === 2 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text.toUpperCase();
    };
    fc.assert(
      fc.property(
        address,
        address,
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 2 }),
        (a, b, one, two) => {
          fc.pre(!(a.slice(0, 5).every((value) => value === 0) && a[5] === 0xffff));
          fc.pre(!(b.slice(0, 5).every((value) => value === 0) && b[5] === 0xffff));
          const sibling = [...a.slice(0, 4), ...b.slice(4)];
          if (!(sibling.slice(0, 5).every((value) => value === 0) && sibling[5] === 0xffff)) {
            expect(addressKey(write(a, one))).toBe(addressKey(write(sibling, two)));
          }
          const same = a.slice(0, 4).every((value, i) => value === b[i]);
          expect(addressKey(write(a, one)) === addressKey(write(b, two))).toBe(same);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('ipv4Number', () => {
  it('knows exactly the texts that Node takes for IPv4', () => {
    const digits = fc.string({
      unit: fc.constantFrom('0', '1', '2', '5', '6', '9', '.', ' ', 'a'),
      maxLength: 16,
    });
    const parts = fc.array(fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '00', '01', '256')), {
      minLength: 3,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          digits,
          parts.map((list) => list.join('.')),
        ),
        (text) => {
          expect(ipv4Number(text) >= 0, text).toBe(isIPv4(text));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('is the number of the four bytes', () => {
    const byte = fc.nat(255);
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte, byte), (bytes) => {
        expect(ipv4Number(bytes.join('.'))).toBe(Buffer.from(bytes).readUInt32BE());
      }),
    );
  });
});
