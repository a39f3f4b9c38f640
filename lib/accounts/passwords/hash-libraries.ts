import { scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { SecurityDenial } from '../../core/security-denial.js';
import type { Argon2Hash, ScryptHash, StoredHash } from './stored-hash.js';

/** What is used of `@node-rs/argon2`. */
export interface Argon2Library {
  hashRaw(
    password: string,
    options: {
      algorithm: number;
      version: number;
      memoryCost: number;
      timeCost: number;
      parallelism: number;
      outputLen: number;
      salt: Uint8Array;
    },
  ): Promise<Uint8Array>;
}

/** What is used of `@node-rs/bcrypt`. */
export interface BcryptLibrary {
  verify(password: string, hash: string): Promise<boolean>;
}

/** The optional peers that are installed. */
export interface HashLibraries {
  readonly argon2id?: Argon2Library;
  readonly bcrypt?: BcryptLibrary;
}

/** Everything that decides a key but the password. */
export type Recipe = Omit<Argon2Hash, 'settings' | 'work'> | Omit<ScryptHash, 'settings' | 'work' | 'memory'>;

const ARGON2ID = 2;
const VERSION_19 = 1;
const BCRYPT_BYTES = 72;

const runScrypt = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/**
 * Loads the optional peers. One that is not installed is left out; one that is installed and broken is thrown, at boot, so that nobody
 * hashes worse than they believe.
 */
export async function loadHashLibraries(): Promise<HashLibraries> {
  const [argon2id, bcrypt] = await Promise.all([
    installed<Argon2Library>('@node-rs/argon2', () => import('@node-rs/argon2')),
    installed<BcryptLibrary>('@node-rs/bcrypt', () => import('@node-rs/bcrypt')),
  ]);
  return { argon2id, bcrypt };
}

/**
 * Loads a package, `undefined` where there is none of that name. What that package itself does not find is thrown.
 */
export async function installed<Library>(
  name: string,
  load: () => Promise<unknown>,
): Promise<Library | undefined> {
  try {
    return (await load()) as Library;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`)) return undefined;
    throw error;
  }
}

/** Whether a password is the one of a hash; the comparison takes the same time whatever the difference. */
export async function matches(
  libraries: HashLibraries,
  hash: StoredHash,
  password: string,
): Promise<boolean> {
  if (hash.scheme !== 'bcrypt') return timingSafeEqual(await derive(libraries, hash, password), hash.key);
  // bcrypt reads 72 bytes, and some implementations none after a NUL. What it would cut off proves nothing; the work is done all the same.
  const whole = Buffer.byteLength(password) <= BCRYPT_BYTES && !password.includes('\0');
  const same = await required('bcrypt', libraries).verify(password, hash.text);
  return whole && same;
}

/** The key of a password, as long as `key`. */
export async function derive(
  libraries: HashLibraries,
  recipe: Recipe,
  password: string,
): Promise<Uint8Array> {
  const { salt, key } = recipe;
  if (recipe.scheme === 'scrypt') {
    const { N, r, p } = recipe;
    return runScrypt(password, salt, key.length, { N, r, p, maxmem: 256 * r * (N + p) });
  }
  return required('argon2id', libraries).hashRaw(password, {
    algorithm: ARGON2ID,
    version: VERSION_19,
    memoryCost: recipe.memory,
    timeCost: recipe.passes,
    parallelism: recipe.lanes,
    outputLen: key.length,
    salt,
  });
}

/**
 * The library of a scheme.
 *
 * @throws {SecurityDenial} `password.unavailable` where it is not installed: whether the password is right nobody can say
 */
export function required<Scheme extends keyof HashLibraries>(
  scheme: Scheme,
  libraries: HashLibraries,
): NonNullable<HashLibraries[Scheme]> {
  const library = libraries[scheme];
  if (library) return library;
  throw new SecurityDenial({ reason: 'password.unavailable', note: `${PACKAGES[scheme]} is not installed` });
}

/** The package of each scheme that needs one. */
export const PACKAGES = { argon2id: '@node-rs/argon2', bcrypt: '@node-rs/bcrypt' } as const;
