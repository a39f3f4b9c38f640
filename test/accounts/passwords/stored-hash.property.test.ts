import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nobody, readHash, toBase64, type StoredHash } from '../../../lib/accounts/passwords/stored-hash.js';
import { hasherWith, warnings } from './support.js';

const RUNS = 100_000;
warnings();

const b64 = (bytes: number) => toBase64(randomBytes(bytes));
const VALID = [
  `$argon2id$v=19$m=19456,t=2,p=1$${b64(16)}$${b64(32)}`,
  `$argon2id$v=19$m=8,t=1,p=1$${b64(8)}$${b64(16)}`,
  `$scrypt$ln=14,r=8,p=5$${b64(16)}$${b64(32)}`,
  `$scrypt$ln=1,r=1,p=1$${b64(16)}$${b64(64)}`,
  '$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
  '$2a$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
];
const FRAGMENTS =
  '$|$argon2id|$argon2i|$argon2d|$scrypt|$2b$|$2x$|$v=19|$v=16|m=|t=|p=|ln=|r=|,|0|1|8|99|4294967296|1e3|-1|+4|٣| |\n|\0|=|==|+|/|AAAAAAAAAAAAAAAAAAAAAA'.split(
    '|',
  );

/** A hash as it would be written again from what was read: what is not the same was not canonical. */
function written(hash: StoredHash): string {
  if (hash.scheme === 'bcrypt') return hash.text;
  const { salt, key } = hash;
  const settings =
    hash.scheme === 'argon2id'
      ? `$argon2id$v=19$m=${hash.memory},t=${hash.passes},p=${hash.lanes}`
      : `$scrypt$ln=${Math.log2(hash.N)},r=${hash.r},p=${hash.p}`;
  return `${settings}$${toBase64(salt)}$${toBase64(key)}`;
}

function holds(text: string): void {
  const hash = readHash(text);
  if (!hash) return;
  expect(written(hash)).toBe(text);
  expect(hash.memory).toBeLessThanOrEqual(2 ** 18);
  expect(hash.work).toBeLessThanOrEqual(2 ** 20);
  expect(readHash(nobody(hash.settings))?.settings).toBe(hash.settings);
}

/** A valid hash with characters put in, taken out, replaced and moved. */
const bent = fc
  .tuple(
    fc.constantFrom(...VALID),
    fc.array(
      fc.tuple(fc.nat(100), fc.nat(3), fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 3 }))),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([valid, edits]) =>
    edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), valid),
  );

describe('stored hashes', () => {
  it('are read as they are', () => {
    for (const text of VALID) expect(written(readHash(text)!)).toBe(text);
  });

  it(`${RUNS} strings of any kind are no hash`, () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 12 }).map((parts) => parts.join('')),
        ),
        (text) => readHash(text) === undefined,
      ),
      { numRuns: RUNS },
    );
  });

  it(`${RUNS} bent hashes are refused, or are canonical and within bounds`, () => {
    fc.assert(fc.property(bent, holds), { numRuns: RUNS });
  });

  it('bent hashes never accept a password, and throw nothing', async () => {
    const hasher = hasherWith();
    const password = 'a password of somebody';
    const cheap = await Promise.all(
      [`$argon2id$v=19$m=8,t=1,p=1$${b64(8)}`, `$argon2id$v=19$m=16,t=1,p=2$${b64(16)}`].map(
        async (start) => {
          // The library's own, at settings that cost nothing.
          const { hash } = await import('@node-rs/argon2');
          const [, , , , salt] = start.split('$');
          const [memoryCost, , parallelism] = start
            .match(/\d+(?=[,$])/g)!
            .slice(1)
            .map(Number);
          return hash(password, { memoryCost, timeCost: 1, parallelism, salt: Buffer.from(salt!, 'base64') });
        },
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...cheap),
        fc.nat(120),
        fc.constantFrom(...Array.from('AQgwz019+/$,=.')),
        async (hash, at, put) => {
          const other = hash.slice(0, at) + put + hash.slice(at + 1);
          fc.pre(other !== hash && (readHash(other)?.work ?? 0) < 2000);
          expect(await hasher.verify(other, password)).toEqual({ valid: false });
        },
      ),
      { numRuns: 300 },
    );
    for (const hash of cheap) expect((await hasher.verify(hash, password)).valid).toBe(true);
  });

  const salt = 'A'.repeat(22);
  const key = 'A'.repeat(43);
  it.each([
    ['memory of 4 TiB', `$argon2id$v=19$m=4294967295,t=1,p=1$${salt}$${key}`],
    ['more memory than 256 MiB', `$argon2id$v=19$m=262145,t=1,p=1$${salt}$${key}`],
    ['passes without end', `$argon2id$v=19$m=8192,t=999,p=1$${salt}$${key}`],
    ['too much work', `$argon2id$v=19$m=262144,t=5,p=1$${salt}$${key}`],
    ['too many lanes', `$argon2id$v=19$m=65536,t=1,p=17$${salt}$${key}`],
    ['less memory than its lanes need', `$argon2id$v=19$m=31,t=1,p=4$${salt}$${key}`],
    ['no passes', `$argon2id$v=19$m=8192,t=0,p=1$${salt}$${key}`],
    ['another version', `$argon2id$v=16$m=8192,t=1,p=1$${salt}$${key}`],
    ['no version', `$argon2id$m=8192,t=1,p=1$${salt}$${key}`],
    ['argon2i', `$argon2i$v=19$m=8192,t=1,p=1$${salt}$${key}`],
    ['argon2d', `$argon2d$v=19$m=8192,t=1,p=1$${salt}$${key}`],
    ['parameters in another order', `$argon2id$v=19$t=1,m=8192,p=1$${salt}$${key}`],
    ['a parameter twice', `$argon2id$v=19$m=8192,m=8192,t=1,p=1$${salt}$${key}`],
    ['a zero in front', `$argon2id$v=19$m=08192,t=1,p=1$${salt}$${key}`],
    ['no salt', `$argon2id$v=19$m=8192,t=1,p=1$$${key}`],
    ['a short key', `$argon2id$v=19$m=8192,t=1,p=1$${salt}$AAAAAAAA`],
    ['a key of 1 KB', `$argon2id$v=19$m=8192,t=1,p=1$${salt}$${'A'.repeat(1366)}`],
    ['base64 with padding', `$argon2id$v=19$m=8192,t=1,p=1$${salt}==$${key}=`],
    ['base64 with bits that say nothing', `$argon2id$v=19$m=8192,t=1,p=1$${salt}$${'A'.repeat(42)}B`],
    ['base64url', `$argon2id$v=19$m=8192,t=1,p=1$${salt}$${'A'.repeat(41)}_A`],
    ['a line break at the end', `$argon2id$v=19$m=8192,t=1,p=1$${salt}$${key}\n`],
    ['more after the end', `$argon2id$v=19$m=8192,t=1,p=1$${salt}$${key}$`],
    ['scrypt with 2^99', `$scrypt$ln=99,r=8,p=1$${salt}$${key}`],
    ['scrypt with 512 MiB', `$scrypt$ln=19,r=8,p=1$${salt}$${key}`],
    ['scrypt with too much work', `$scrypt$ln=18,r=8,p=5$${salt}$${key}`],
    ['scrypt with an N that RFC 7914 forbids', `$scrypt$ln=16,r=1,p=1$${salt}$${key}`],
    ['bcrypt that runs for hours', `$2b$31$${'.'.repeat(53)}`],
    ['bcrypt of 15', `$2b$15$${'.'.repeat(53)}`],
    ['bcrypt of 3', `$2b$03$${'.'.repeat(53)}`],
    ['bcrypt with a sign', `$2b$+4$${'.'.repeat(53)}`],
    ['bcrypt that is cut off', `$2b$10$${'.'.repeat(52)}`],
    ['bcrypt with bits that say nothing', `$2b$10$${'.'.repeat(52)}A`],
    ['bcrypt of the flawed $2x$', `$2x$10$${'.'.repeat(53)}`],
    ['the first bcrypt', `$2$10$${'.'.repeat(53)}`],
    ['MD5', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['crypt MD5', '$1$deadbeef$Q7g0UO4hRC0mgQUQ/qkjZ0'],
    ['SHA-512 crypt', `$6$rounds=5000$saltsalt$${'a'.repeat(86)}`],
    ['10 MB', `$argon2id$v=19$m=8192,t=1,p=1$${salt}$${'A'.repeat(10_000_000)}`],
  ])('with %s are none', (_, text) => {
    expect(readHash(text)).toBeUndefined();
  });
});
