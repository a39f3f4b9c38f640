import { checkOptions, hasMethod, invalidOption, nameOf, strings } from '../../core/options.js';
import { SecurityConfigError } from '../../core/config-error.js';
import type { BreachedPasswords } from './breached-passwords.js';
import { commonPasswords } from './common-passwords.js';
import { nobody, readHash } from './stored-hash.js';

/**
 * How passwords are kept, for `PasswordHasher`.
 *
 * @example
 * ```ts
 * passwords: { legacy: ['$2b$10'], breached: new PwnedPasswords(http) }
 * ```
 */
export interface PasswordsOptions {
  /** Knows passwords that nobody may choose. Default: `commonPasswords()`. */
  readonly breached?: BreachedPasswords;
  /**
   * The settings of older hashes that are still stored, all before the salt: `'$2b$10'`, `'$scrypt$ln=14,r=8,p=5'`. Every login takes
   * the work of each of them, so that its time does not tell whose account there is.
   */
  readonly legacy?: readonly string[];
}

/** {@link PasswordsOptions}, checked and complete. */
export interface PasswordsSettings {
  readonly breached: BreachedPasswords;
  readonly legacy: readonly string[];
}

const PATH = 'accounts.passwords';

/** The most settings whose work every login takes. */
export const MAX_SETTINGS = 8;

/**
 * Checks the `accounts.passwords` option.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`
 */
export function resolvePasswords(raw: unknown = {}): PasswordsSettings {
  const options = checkOptions(PATH, raw, ['breached', 'legacy']);
  const breached = options['breached'];
  if (breached !== undefined && !hasMethod(breached, 'isBreached')) {
    throw new SecurityConfigError(
      'option.invalid',
      `${PATH}.breached`,
      `is ${nameOf(breached)} without an isBreached method`,
      'write an object with isBreached(password), which promises true or false, or leave it out for commonPasswords()',
    );
  }
  const legacy = strings(`${PATH}.legacy`, options['legacy'], []);
  if (legacy.length >= MAX_SETTINGS)
    throw invalidOption(`${PATH}.legacy`, legacy, `write at most ${MAX_SETTINGS - 1}`);
  return {
    breached: (breached as BreachedPasswords | undefined) ?? commonPasswords(),
    legacy: legacy.map((settings, i) => {
      const hash = readHash(nobody(settings));
      if (hash) return hash.settings;
      throw invalidOption(
        `${PATH}.legacy[${i}]`,
        settings,
        "write what stands before the salt in the stored hashes: '$2b$10' or '$scrypt$ln=14,r=8,p=5' or '$argon2id$v=19$m=4096,t=3,p=1'",
      );
    }),
  };
}
