import { hash as argon2Hash } from '@node-rs/argon2';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HashLibraries } from '../../../lib/accounts/passwords/hash-libraries.js';
import { bcryptHash, hasherWith, installedLibraries, warnings } from './support.js';

const PASSWORD = 'a password of somebody';
warnings();

/** What was computed, in order; computed for real. */
const work: string[] = [];
const { argon2id, bcrypt } = installedLibraries;
const counted: HashLibraries = {
  argon2id: {
    hashRaw: (password, options) => {
      work.push(`argon2id m=${options.memoryCost} t=${options.timeCost} p=${options.parallelism}`);
      return argon2id!.hashRaw(password, options);
    },
  },
  bcrypt: {
    verify: (password, hash) => {
      work.push(`bcrypt ${hash.slice(4, 6)}`);
      return bcrypt!.verify(password, hash);
    },
  },
};

beforeEach(() => {
  work.length = 0;
});

const current = await hasherWith().hash(PASSWORD);
const weak = await argon2Hash(PASSWORD, { memoryCost: 1024, timeCost: 1 });
const strong = await argon2Hash(PASSWORD, { memoryCost: 32_768, timeCost: 3 });
const old = await bcryptHash(PASSWORD, 4, '2a');

const LEGACY = ['$2b$04', '$argon2id$v=19$m=1024,t=1,p=1', '$argon2id$v=19$m=32768,t=3,p=1'];
const ALL = ['argon2id m=1024 t=1 p=1', 'argon2id m=19456 t=2 p=1', 'argon2id m=32768 t=3 p=1', 'bcrypt 04'];

describe('the work of a sign-in', () => {
  const login = hasherWith({ legacy: LEGACY }, counted);

  it.each([
    ['of nobody', null, 'whatever'],
    ['of a user without a hash', 'none', 'whatever'],
    [
      'of a user with a hash that costs too much',
      '$argon2id$v=19$m=999999,t=99,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
      PASSWORD,
    ],
    ['of current settings, right', current, PASSWORD],
    ['of current settings, wrong', current, 'wrong'],
    ['of weaker settings, right', weak, PASSWORD],
    ['of weaker settings, wrong', weak, 'wrong'],
    ['of stronger settings, right', strong, PASSWORD],
    ['of stronger settings, wrong', strong, 'wrong'],
    ['of bcrypt, right', old, PASSWORD],
    ['of bcrypt, wrong', old, 'wrong'],
    ['of bcrypt, too long for it', old, 'x'.repeat(100)],
    ['of nobody, too long for bcrypt', undefined, 'x'.repeat(100)],
  ])('is one of each settings: %s', async (_, stored, password) => {
    await login.verify(stored, password);
    expect([...work].sort()).toEqual(ALL);
  });

  it('is none for a password that nobody can have', async () => {
    for (const stored of [null, current, old]) await login.verify(stored, 'x'.repeat(1025));
    expect(work).toEqual([]);
  });

  it('is that of the current settings where nothing else is declared', async () => {
    await hasherWith({}, counted).verify(null, PASSWORD);
    expect(work).toEqual(['argon2id m=19456 t=2 p=1']);
  });
});

it('settings that nobody declared are in use from their first sight on', async () => {
  const login = hasherWith({}, counted);
  await login.verify(old, 'wrong');
  work.length = 0;
  await login.verify(null, 'wrong');
  expect([...work].sort()).toEqual(['argon2id m=19456 t=2 p=1', 'bcrypt 04']);
});

it('what is stored cannot make a sign-in as long as it likes', async () => {
  const login = hasherWith({}, counted);
  for (let memory = 8; memory < 40; memory++)
    await login.verify(await argon2Hash(PASSWORD, { memoryCost: memory, timeCost: 1 }), 'wrong');
  work.length = 0;
  await login.verify(null, 'wrong');
  expect(work).toHaveLength(8);
});
