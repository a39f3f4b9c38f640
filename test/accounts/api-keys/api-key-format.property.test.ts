import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ApiKeyFormat,
  hashSecret,
  newKeyId,
  newKeySecret,
} from '../../../lib/accounts/api-keys/api-key-format.js';
import { withChecksum } from './support.js';

const RUNS = 100_000;
const format = new ApiKeyFormat('shop');
const BASE62 = /^[0-9A-Za-z]+$/;

const newKey = () => format.write({ id: newKeyId(), secret: newKeySecret() });
const samples = Array.from({ length: 20 }, newKey);

/** A text is a key only if writing what was read gives the same text. */
function onlyIfWritten(text: string): void {
  const parsed = format.parse(text);
  if (parsed) expect(format.write(parsed)).toBe(text);
}

const edits = fc.array(
  fc.tuple(
    fc.nat(70),
    fc.nat(3),
    fc.oneof(
      fc.constantFrom('_', '0', 'O', 'shop', ' ', '\n', '\0', 'é', '-', '=', '%5f'),
      fc.string({ maxLength: 3 }),
    ),
  ),
  { minLength: 1, maxLength: 4 },
);
const bend = (text: string, list: ReadonlyArray<readonly [number, number, string]>) =>
  list.reduce((bent, [at, cut, put]) => bent.slice(0, at) + put + bent.slice(at + cut), text);

describe('the format of API keys', () => {
  it('reads what it wrote', () => {
    const parts = { id: newKeyId(), secret: newKeySecret() };
    expect(format.parse(format.write(parts))).toEqual(parts);
  });

  it('has the written form: prefix, id, secret, checksum', () => {
    const known = format.write({ id: 'A'.repeat(17), secret: 'b'.repeat(33) });
    expect(known).toBe(withChecksum(`shop_${'A'.repeat(17)}_${'b'.repeat(33)}`));
    expect(newKey()).toMatch(/^shop_[0-9A-Za-z]{17}_[0-9A-Za-z]{39}$/);
  });

  it('has 96 bits of id and 192 bits of secret, at least', () => {
    const bits = (text: string) => text.length * Math.log2(62);
    expect(bits(newKeyId())).toBeGreaterThanOrEqual(96);
    expect(bits(newKeySecret())).toBeGreaterThanOrEqual(192);
    expect(newKeyId()).toMatch(BASE62);
    // Every digit turns up, the last one too.
    const digits = new Set(Array.from({ length: 200 }, newKeySecret).join(''));
    expect(digits.size).toBe(62);
    expect(new Set(Array.from({ length: 1000 }, newKeyId)).size).toBe(1000);
  });

  it(`${RUNS} strings of any kind are no key`, () => {
    const words = fc.array(
      fc.oneof(
        fc.constantFrom('shop_', 'shop', '_', ...samples.map((key) => key.slice(5, 22)), 'x'.repeat(33)),
        fc.string({ maxLength: 6 }),
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          words.map((parts) => parts.join('')),
        ),
        (text) => format.parse(text) === undefined,
      ),
      { numRuns: RUNS },
    );
  });

  it(`${RUNS} bent keys are none`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), edits, (key, list) => {
        const bent = bend(key, list);
        fc.pre(!samples.includes(bent));
        return format.parse(bent) === undefined;
      }),
      { numRuns: RUNS },
    );
  });

  it(`${RUNS} bent keys with the right checksum are none, or in the one form`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), edits, (key, list) => {
        onlyIfWritten(withChecksum(bend(key.slice(0, -6), list)));
      }),
      { numRuns: RUNS },
    );
  });

  const [key] = samples as [string];
  const body = key.slice(0, -6);
  it.each([
    ['nothing', ''],
    ['a space in front', ` ${key}`],
    ['a space behind', `${key} `],
    ['a line break behind', `${key}\n`],
    ['a NUL behind', `${key}\0`],
    ['a key twice', key + key],
    ['another prefix', withChecksum(body.replace('shop', 'bank'))],
    ['the prefix in capitals', withChecksum(body.replace('shop', 'SHOP'))],
    ['a longer prefix', withChecksum(body.replace('shop', 'shopx'))],
    ['no prefix', withChecksum(body.slice(5))],
    ['an id that is one too short', withChecksum(body.replace(/_./, '_'))],
    ['a line break as the last of the secret', withChecksum(`${body.slice(0, -1)}\n`)],
    ['a fullwidth digit', withChecksum(`${body.slice(0, -1)}０`)],
    ['a dotless i', withChecksum(`${body.slice(0, -1)}ı`)],
    ['a dash', withChecksum(`${body.slice(0, -1)}-`)],
    ['a checksum in other case', swapCase(key)],
    ['no checksum', body],
    ['10 MB', key + 'a'.repeat(10_000_000)],
  ])('%s is no key', (_, text) => {
    expect(format.parse(text)).toBeUndefined();
  });

  it('keys of one application are none of another', () => {
    expect(new ApiKeyFormat('shoplive').parse(key)).toBeUndefined();
    expect(new ApiKeyFormat('shop').parse(key)).toBeDefined();
  });

  it('stores the SHA-256 of a secret', () => {
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

/** Another case for the checksum; where it has digits alone, another digit. */
function swapCase(text: string): string {
  const tail = text.slice(-6);
  const lower = tail.toLowerCase();
  const other = lower === tail ? tail.toUpperCase() : lower;
  return text.slice(0, -6) + (other === tail ? '00000A' : other);
}
