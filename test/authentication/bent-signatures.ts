import { constants, createHmac, sign, type KeyObject } from 'node:crypto';
import type { Algorithm } from '../../lib/kit/keys/algorithm.js';
import { signatureOf } from './forge.js';

/** A good signature, where it bends, and a number to choose by. */
export interface Bend {
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
  readonly input: string;
  readonly good: Buffer;
  readonly at: number;
}

// The order of the group of Ed25519, RFC 8032 §5.1.
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
// Points of small order, RFC 7748 §6: with one as R, naive verifiers accept S = 0.
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
];
const ORDERS: Readonly<Record<number, bigint>> = {
  64: BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  96: BigInt(
    '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ),
  132: BigInt(
    '0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  ),
};

/** What attackers and broken issuers make of a signature, for any algorithm. */
export const BENDS: Readonly<Record<string, (bend: Bend) => Buffer>> = {
  'a bit flipped': ({ good, at }) => {
    const bent = Buffer.from(good);
    bent[(at >> 3) % good.length]! ^= 1 << (at & 7);
    return bent;
  },
  truncated: ({ good, at }) => good.subarray(0, at % good.length),
  'cut in front': ({ good, at }) => good.subarray(1 + (at % good.length)),
  'without leading zeros': ({ good }) =>
    good.subarray(
      Math.max(
        0,
        good.findIndex((byte) => byte !== 0),
      ),
    ),
  'longer by zeros': ({ good, at }) => Buffer.concat([good, Buffer.alloc(1 + (at % 3))]),
  'zeros in front': ({ good, at }) => Buffer.concat([Buffer.alloc(1 + (at % 3)), good]),
  empty: () => Buffer.alloc(0),
  'all zero': ({ good }) => Buffer.alloc(good.length),
  'first half zero': ({ good }) => Buffer.concat([Buffer.alloc(good.length / 2), second(good)]),
  'second half zero': ({ good }) => Buffer.concat([first(good), Buffer.alloc(good.length / 2)]),
  'halves exchanged': ({ good }) => Buffer.concat([second(good), first(good)]),
  'a half doubled in length': ({ good }) =>
    Buffer.concat([Buffer.alloc(good.length / 2), good, second(good)]),
  'of other bytes': ({ algorithm, key, input }) => signatureOf(algorithm, key, `${input}x`),
};

/** What only one family of algorithms has to fear, by the first letters of its names. */
export const FAMILY_BENDS: Readonly<Record<string, Readonly<Record<string, (bend: Bend) => Buffer>>>> = {
  HS: {
    'the MAC of another hash': ({ algorithm, key, input }) =>
      createHmac(algorithm === 'HS256' ? 'sha512' : 'sha256', key)
        .update(input)
        .digest(),
  },
  RS: {
    'in PSS': ({ algorithm, key, input }) => pss(algorithm, key, input, Number(algorithm.slice(2)) / 8),
    'of another hash': ({ algorithm, key, input }) =>
      signatureOf(algorithm === 'RS256' ? 'RS512' : 'RS256', key, input),
    'plus the modulus': ({ good, key }) => raised(good, key),
  },
  PS: {
    'salt of any length': ({ algorithm, key, input, at }) => pss(algorithm, key, input, at % 100),
    'no salt': ({ algorithm, key, input }) => pss(algorithm, key, input, 0),
    'the longest salt': ({ algorithm, key, input }) =>
      pss(algorithm, key, input, constants.RSA_PSS_SALTLEN_MAX_SIGN),
    'in PKCS#1 v1.5': ({ algorithm, key, input }) => signatureOf(`RS${algorithm.slice(2)}`, key, input),
    'plus the modulus': ({ good, key }) => raised(good, key),
  },
  ES: {
    'in DER': ({ algorithm, key, input }) =>
      sign(`sha${algorithm.slice(2)}`, Buffer.from(input), { key, dsaEncoding: 'der' }),
    'of another hash': ({ algorithm, key, input }) =>
      signatureOf(algorithm === 'ES256' ? 'ES512' : 'ES256', key, input),
    'r as large as the order': ({ good }) =>
      Buffer.concat([number(ORDERS[good.length]!, good), second(good)]),
    's plus the order': ({ good }) =>
      Buffer.concat([first(good), number(value(second(good)) + ORDERS[good.length]!, good)]),
    // Valid by FIPS 186: r and -s are a signature of the same bytes. What matters is that both sides say the same.
    's negated': ({ good }) =>
      Buffer.concat([first(good), number(ORDERS[good.length]! - value(second(good)), good)]),
  },
  Ed: {
    'S plus L': ({ good }) => Buffer.concat([first(good), little(fromLittle(second(good)) + L)]),
    'S negated': ({ good }) => Buffer.concat([first(good), little(L - fromLittle(second(good)))]),
    'R of small order, S zero': ({ at }) =>
      Buffer.concat([Buffer.from(SMALL_ORDER[at % SMALL_ORDER.length]!, 'hex'), Buffer.alloc(32)]),
    'R of small order': ({ good, at }) =>
      Buffer.concat([Buffer.from(SMALL_ORDER[at % SMALL_ORDER.length]!, 'hex'), second(good)]),
  },
};

function pss(algorithm: Algorithm, key: KeyObject, input: string, saltLength: number): Buffer {
  return sign(`sha${algorithm.slice(2)}`, Buffer.from(input), {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength,
  });
}

/** The same number modulo n, where it fits into as many bytes. */
function raised(good: Buffer, key: KeyObject): Buffer {
  const n = Buffer.from((key.export({ format: 'jwk' }) as { n: string }).n, 'base64url');
  return hex(value(good) + value(n), good.length);
}

const first = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
const second = (bytes: Buffer) => bytes.subarray(bytes.length / 2);
const value = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex') || '0'}`);
const hex = (n: bigint, length: number) => Buffer.from(n.toString(16).padStart(length * 2, '0'), 'hex');
const number = (n: bigint, good: Buffer) => hex(n, good.length / 2);
const fromLittle = (bytes: Buffer) => value(Buffer.from(bytes.toReversed()));
const little = (n: bigint) => Buffer.from(hex(n, 32).toReversed());
