import { checkOptions } from '../core/options.js';
import { resolveApiKeys, type ApiKeysOptions, type ApiKeysSettings } from './api-keys/api-keys.options.js';
import {
  resolvePasswords,
  type PasswordsOptions,
  type PasswordsSettings,
} from './passwords/passwords.options.js';
import { resolveSessions, type SessionsOptions, type SessionsSettings } from './sessions/sessions.options.js';

/** What an application with its own login says of it. */
export interface AccountsOptions {
  /** How passwords are kept. */
  readonly passwords?: PasswordsOptions;
  /** API keys of the application's own. Left out: there are none. */
  readonly apiKeys?: ApiKeysOptions;
  /** How long sessions last. */
  readonly sessions?: SessionsOptions;
}

/** {@link AccountsOptions}, checked and complete. */
export interface AccountsSettings {
  readonly passwords: PasswordsSettings;
  readonly apiKeys: ApiKeysSettings | undefined;
  readonly sessions: SessionsSettings;
}

/**
 * Checks the `accounts` option.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveAccounts(raw: unknown = {}): AccountsSettings {
  const options = checkOptions('accounts', raw, ['passwords', 'apiKeys', 'sessions']);
  return {
    passwords: resolvePasswords(options['passwords']),
    apiKeys: resolveApiKeys(options['apiKeys']),
    sessions: resolveSessions(options['sessions']),
  };
}
