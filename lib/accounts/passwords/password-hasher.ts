import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { SecurityConfigError } from '../../core/config-error.js';
import { refuseUnknown } from '../../core/options.js';
import { SecurityDenial } from '../../core/security-denial.js';
import { askBreached } from './breached-passwords.js';
import {
  derive,
  loadHashLibraries,
  matches,
  PACKAGES,
  required,
  type HashLibraries,
} from './hash-libraries.js';
import { HashQueue } from './hash-queue.js';
import { BREACHED, unhashable, unsuitable, type PasswordFault } from './password-rules.js';
import {
  MAX_SETTINGS,
  resolvePasswords,
  type PasswordsOptions,
  type PasswordsSettings,
} from './passwords.options.js';
import { nobody, readHash, toBase64, type StoredHash } from './stored-hash.js';

/** Whether a password was right, and, where its stored hash is out of date, the one to store in its place. */
export type PasswordVerdict =
  { readonly valid: true; readonly rehash?: string } | { readonly valid: false; readonly rehash?: undefined };

/** How a new password is taken. */
export interface NewPassword {
  /** Where in the request it stands, for the error that the client sees. Default `/password`. */
  readonly pointer?: string;
  /** Why the rules for new passwords do not hold here: a reason in words, for whoever reads the code. */
  readonly unchecked?: string;
}

// OWASP's Password Storage Cheat Sheet: 19 MiB and two passes; without argon2 64 MiB, two lanes.
const ARGON2ID = '$argon2id$v=19$m=19456,t=2,p=1';
const SCRYPT = '$scrypt$ln=16,r=8,p=2';
const SALT_BYTES = 16;
const INVALID: PasswordVerdict = Object.freeze({ valid: false });

/**
 * Hashes passwords with argon2id, where `@node-rs/argon2` is installed, else with scrypt; verifies those and bcrypt, and renews what is out
 * of date when its owner signs in.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 * @example
 * ```ts
 * user.passwordHash = await passwords.hash(dto.password);
 *
 * const { valid, rehash } = await passwords.verify(user?.passwordHash, dto.password);
 * if (valid && rehash) await users.update(user.id, { passwordHash: rehash });
 * ```
 */
export class PasswordHasher {
  readonly #current: StoredHash;
  /** A hash of nobody for each settings that are in use. */
  readonly #inUse = new Map<string, StoredHash>();

  constructor(
    private readonly settings: PasswordsSettings,
    private readonly libraries: HashLibraries,
    /** Of the answer to a password that is not accepted. */
    private readonly status = 400,
    private readonly queue = new HashQueue(),
  ) {
    this.#current = readHash(nobody(libraries.argon2id ? ARGON2ID : SCRYPT))!;
    for (const each of [this.#current.settings, ...settings.legacy]) {
      const hash = readHash(nobody(each))!;
      this.#refuseWithoutLibrary(hash);
      this.#inUse.set(each, hash);
    }
  }

  /**
   * One outside of an application, for a script that fills or migrates a database. Inside, inject the one of the module.
   *
   * @throws {SecurityConfigError} `option.unknown`, `option.invalid`
   */
  static async create(options?: PasswordsOptions): Promise<PasswordHasher> {
    return new PasswordHasher(resolvePasswords(options), await loadHashLibraries());
  }

  /**
   * Accepts a new password and hashes it: 12 characters to 1,024 bytes, not known as breached. It is hashed as it was typed, whole.
   *
   * @throws {SecurityDenial} `input.invalid` (400), `password.busy` and `password.unavailable` (503)
   * @throws {TypeError} for a property of the options that there is not
   */
  async hash(password: string, options: NewPassword = {}): Promise<string> {
    refuseUnknown('A new password', options, ['pointer', 'unchecked']);
    const { pointer = '/password', unchecked } = options;
    const fault = unchecked ? unhashable(password) : await this.#faultOf(password);
    if (fault) {
      throw new SecurityDenial({
        reason: 'input.invalid',
        errors: [{ pointer, ...fault }],
        status: this.status,
      });
    }
    return this.queue.run(() => this.#hash(password));
  }

  /**
   * Whether a password is the one that was stored. `null` and `undefined` (there is no such user), and what is no hash, take the work of
   * one: every call computes the current settings and every legacy ones once, whatever is stored and whatever comes out. No rule for new
   * passwords is asked.
   *
   * @throws {SecurityDenial} `password.busy`, `password.unavailable` (503; the hash is of a scheme whose package is not installed)
   */
  async verify(stored: string | null | undefined, password: string): Promise<PasswordVerdict> {
    if (unhashable(password)) return INVALID;
    const hash = typeof stored === 'string' ? readHash(stored) : undefined;
    if (hash) this.#learn(hash);
    return this.queue.run(() => this.#verify(hash, password));
  }

  async #faultOf(password: string): Promise<PasswordFault | undefined> {
    const fault = unsuitable(password);
    if (fault) return fault;
    return (await askBreached(this.settings.breached, password)) ? BREACHED : undefined;
  }

  async #verify(hash: StoredHash | undefined, password: string): Promise<PasswordVerdict> {
    const { libraries } = this;
    const valid = hash !== undefined && (await matches(libraries, hash, password));
    let rehash: string | undefined;
    for (const [settings, ofNobody] of this.#inUse) {
      if (settings === hash?.settings) continue;
      // A new hash is the work of the current settings too.
      if (valid && settings === this.#current.settings && this.#isOutdated(hash))
        rehash = await this.#hash(password);
      else await matches(libraries, ofNobody, password);
    }
    if (!valid) return INVALID;
    return rehash === undefined ? { valid } : { valid, rehash };
  }

  async #hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const recipe = { ...(this.#current as Exclude<StoredHash, { scheme: 'bcrypt' }>), salt };
    const key = Buffer.from(await derive(this.libraries, recipe, password));
    return `${recipe.settings}$${toBase64(salt)}$${toBase64(key)}`;
  }

  /** Stronger settings of somebody's own are left as they are. */
  #isOutdated({ scheme, memory, work }: StoredHash): boolean {
    const current = this.#current;
    return scheme !== current.scheme || memory < current.memory || work < current.work;
  }

  /** Settings that nobody has declared are in use from their first sight on. */
  #learn(hash: StoredHash): void {
    const { settings, scheme } = hash;
    if (scheme !== 'scrypt') required(scheme, this.libraries);
    if (this.#inUse.has(settings) || this.#inUse.size >= MAX_SETTINGS) return;
    this.#inUse.set(settings, readHash(nobody(settings))!);
    new Logger('PasswordHasher').warn(
      `There are stored hashes of ${settings}, which are not declared: until the first of them was seen, the time of a login told who has one. Write accounts: { passwords: { legacy: ['${settings}'] } }`,
    );
  }

  #refuseWithoutLibrary({ scheme, settings }: StoredHash): void {
    if (scheme === 'scrypt' || this.libraries[scheme]) return;
    throw new SecurityConfigError(
      'option.invalid',
      'accounts.passwords.legacy',
      `has ${settings}, which needs ${PACKAGES[scheme]}, and that is not installed`,
      `run npm install ${PACKAGES[scheme]}`,
    );
  }
}
