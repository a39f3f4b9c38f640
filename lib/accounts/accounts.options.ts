import { checkOptions } from '../core/options.js';
import {
  resolvePasswords,
  type PasswordsOptions,
  type PasswordsSettings,
} from './passwords/passwords.options.js';

/** What an application with its own login says of it. */
export interface AccountsOptions {
  /** How passwords are kept. */
  readonly passwords?: PasswordsOptions;
}

/** {@link AccountsOptions}, checked and complete. */
export interface AccountsSettings {
  readonly passwords: PasswordsSettings;
}

/**
 * Checks the `accounts` option.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`
 */
export function resolveAccounts(raw: unknown = {}): AccountsSettings {
  const options = checkOptions('accounts', raw, ['passwords']);
  return { passwords: resolvePasswords(options['passwords']) };
}
