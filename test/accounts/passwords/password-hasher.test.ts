import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2';
import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PasswordHasher } from '../../../lib/accounts/passwords/password-hasher.js';
import { bcryptHash, denialOf, hasherWith, installedLibraries, warnings } from './support.js';

const PASSWORD = 'Ünlikely to be guessed 🦉';
const { bcrypt } = installedLibraries;
const said = warnings();
const withoutArgon2 = hasherWith({}, { bcrypt });
const hasher = hasherWith();

describe('a hash', () => {
  it('is argon2id with the parameters of OWASP, as its library reads it', async () => {
    const hash = await hasher.hash(PASSWORD);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(await argon2Verify(hash, PASSWORD)).toBe(true);
    expect(await argon2Verify(hash, `${PASSWORD} `)).toBe(false);
  });

  it('is scrypt where argon2 is not installed, as node:crypto computes it', async () => {
    const hash = await withoutArgon2.hash(PASSWORD);
    const [, , settings, salt, key] = hash.split('$');
    expect(settings).toBe('ln=16,r=8,p=2');
    const derived = scryptSync(PASSWORD, Buffer.from(salt!, 'base64'), 32, {
      N: 2 ** 16,
      r: 8,
      p: 2,
      maxmem: 2 ** 28,
    });
    expect(Buffer.from(key!, 'base64').equals(derived)).toBe(true);
    expect(await withoutArgon2.verify(hash, PASSWORD)).toEqual({ valid: true });
    expect(await withoutArgon2.verify(hash, 'wrong')).toEqual({ valid: false });
  });

  it('has a salt of its own', async () => {
    expect(await hasher.hash(PASSWORD)).not.toBe(await hasher.hash(PASSWORD));
  });

  it('can be made outside of an application, and is what the module makes', async () => {
    const outside = await PasswordHasher.create();
    expect(await hasher.verify(await outside.hash(PASSWORD), PASSWORD)).toEqual({ valid: true });
    await expect(PasswordHasher.create({ legacy: ['md5'] })).rejects.toThrow('accounts.passwords.legacy[0]');
  });
});

describe('known hashes', () => {
  // argon2: test.c of the reference implementation. scrypt: RFC 7914 §12. bcrypt: the test vectors of crypt_blowfish.
  it.each([
    [
      'argon2id',
      'password',
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'argon2id with two lanes',
      'password',
      '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc',
    ],
    [
      'scrypt',
      'pleaseletmein',
      '$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw',
    ],
    ['bcrypt', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['bcrypt without a password', '', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy'],
  ])('%s', async (_, password, hash) => {
    expect((await hasherWith().verify(hash, password)).valid).toBe(true);
    expect((await hasherWith().verify(hash, `${password}x`)).valid).toBe(false);
  });

  it.each(['2a', '2b', '2y'] as const)('bcrypt $%s$ of its own library', async (version) => {
    const hash = await bcryptHash(PASSWORD, 5, version);
    expect((await hasher.verify(hash, PASSWORD)).valid).toBe(true);
    expect((await hasher.verify(hash, 'wrong')).valid).toBe(false);
  });

  it('argon2id of its own library, with other parameters, lanes and lengths', async () => {
    for (const options of [
      { memoryCost: 64, timeCost: 3, parallelism: 4 },
      { memoryCost: 1024, timeCost: 1, parallelism: 1, outputLen: 16 },
      { memoryCost: 2048, timeCost: 2, parallelism: 2, outputLen: 64, salt: Buffer.alloc(8, 7) },
    ]) {
      const hash = await argon2Hash(PASSWORD, options);
      expect((await hasherWith().verify(hash, PASSWORD)).valid).toBe(true);
      expect((await hasherWith().verify(hash, 'wrong')).valid).toBe(false);
    }
  });
});

describe('a sign-in', () => {
  it.each([
    ['bcrypt', () => bcryptHash(PASSWORD, 5)],
    ['scrypt', () => withoutArgon2.hash(PASSWORD)],
    ['argon2id with less memory', () => argon2Hash(PASSWORD, { memoryCost: 4096, timeCost: 20 })],
    ['argon2id with fewer passes', () => argon2Hash(PASSWORD, { memoryCost: 19_456, timeCost: 1 })],
  ])('renews %s', async (_, make) => {
    const stored = await make();
    const login = hasherWith();
    const { valid, rehash } = await login.verify(stored, PASSWORD);
    expect(valid).toBe(true);
    expect(rehash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await hasher.verify(rehash, PASSWORD)).toEqual({ valid: true });
    expect(await login.verify(stored, 'wrong')).toEqual({ valid: false });
  });

  it('leaves what is as strong or stronger', async () => {
    for (const options of [
      { memoryCost: 47_104, timeCost: 1 },
      { memoryCost: 65_536, timeCost: 3, parallelism: 4 },
    ]) {
      const stored = await argon2Hash(PASSWORD, options);
      expect(await hasherWith().verify(stored, PASSWORD)).toEqual({ valid: true });
    }
  });

  it('renews to scrypt where argon2 is not installed', async () => {
    const { rehash } = await withoutArgon2.verify(await bcryptHash(PASSWORD, 4), PASSWORD);
    expect(rehash).toMatch(/^\$scrypt\$ln=16,r=8,p=2\$/);
  });

  it('refuses no old password for a rule of new ones, and renews it', async () => {
    const { valid, rehash } = await hasher.verify(await bcryptHash('short', 4), 'short');
    expect(valid).toBe(true);
    expect(await hasher.verify(rehash, 'short')).toEqual({ valid: true });
  });

  it('asks nobody whether a password is breached', async () => {
    const breached = { isBreached: () => Promise.reject(new Error('down')) };
    const login = hasherWith({ breached });
    const stored = await hasher.hash(PASSWORD);
    expect(await login.verify(stored, PASSWORD)).toEqual({ valid: true });
    expect((await login.verify(await bcryptHash(PASSWORD, 4), PASSWORD)).rehash).toBeDefined();
  });

  it('says no where there is no user, and for what is no hash', async () => {
    for (const stored of [null, undefined, '', 'none', PASSWORD, 7 as never])
      expect(await hasher.verify(stored, PASSWORD)).toEqual({ valid: false });
  });

  it('does not know the password of nobody', async () => {
    expect(await hasher.verify(null, '')).toEqual({ valid: false });
  });

  it('takes no password for another', async () => {
    const hash = await hasher.hash('a\u0301 twelve characters');
    for (const other of [
      '\u00e1 twelve characters',
      'a\u0301 twelve characters ',
      'A\u0301 twelve characters',
      'a\u0301 twelve characters\0',
    ])
      expect(await hasher.verify(hash, other)).toEqual({ valid: false });
  });

  it('refuses with bcrypt what bcrypt would cut off', async () => {
    const long = 'x'.repeat(72);
    const stored = await bcryptHash(long, 4);
    expect((await hasher.verify(stored, long)).valid).toBe(true);
    expect(await hasher.verify(stored, `${long}y`)).toEqual({ valid: false });
    expect(await hasher.verify(stored, 'ü'.repeat(37))).toEqual({ valid: false });
    // Cut off at 72 bytes, and hashed, as an older library did it.
    expect(await hasher.verify(await bcryptHash('ü'.repeat(37), 4), 'ü'.repeat(37))).toEqual({
      valid: false,
    });
    expect(await hasher.verify(await bcryptHash('abc\0def', 4), 'abc\0def')).toEqual({
      valid: false,
    });
    expect(await hasher.verify(await bcryptHash('', 4), '\0')).toEqual({ valid: false });
  });

  it('tells nothing of a password that is too long or no text, and does not look at it', async () => {
    const stored = await hasher.hash(PASSWORD);
    for (const password of [
      'x'.repeat(1025),
      'half a pair \ud800',
      undefined as never,
      { length: 3 } as never,
    ])
      expect(await hasher.verify(stored, password)).toEqual({ valid: false });
    const replaced = await argon2Hash('half a pair \ufffd', { memoryCost: 64, timeCost: 1 });
    expect(await hasherWith().verify(replaced, 'half a pair \ud800')).toEqual({ valid: false });
  });

  it('is a 503 where the scheme of the hash has no library', async () => {
    const bare = hasherWith({}, {});
    expect(await denialOf(bare.verify(await hasher.hash(PASSWORD), PASSWORD))).toEqual({
      reason: 'password.unavailable',
      note: '@node-rs/argon2 is not installed',
    });
    const stored = await bcryptHash(PASSWORD, 4);
    expect((await denialOf(bare.verify(stored, PASSWORD))).note).toBe('@node-rs/bcrypt is not installed');
    // That is the matter of those users alone.
    expect(await bare.verify(null, PASSWORD)).toEqual({ valid: false });
  });
});

it('warns once of settings that are not declared, and quotes no hash', async () => {
  said.length = 0;
  const fresh = hasherWith();
  const stored = await bcryptHash(PASSWORD, 4);
  await fresh.verify(stored, 'wrong');
  await fresh.verify(stored, 'wrong');
  expect(said).toHaveLength(1);
  expect(said[0]).toContain("legacy: ['$2b$04']");
  expect(said[0]).not.toContain(stored.slice(7, 29));
  await hasherWith({ legacy: ['$2b$04'] }).verify(stored, 'wrong');
  expect(said).toHaveLength(1);
});
