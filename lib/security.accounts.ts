import type { Provider } from '@nestjs/common';
import { loadHashLibraries } from './accounts/passwords/hash-libraries.js';
import { PasswordHasher } from './accounts/passwords/password-hasher.js';
import { API_KEY_VERIFIER } from './core/credential.js';
import type { SecuritySettings } from './security.options.js';
import { SECURITY_SETTINGS } from './security.tokens.js';

/** The services for an application with its own login. */
export const ACCOUNTS: Provider[] = [
  { provide: API_KEY_VERIFIER, useFactory: () => undefined },
  {
    provide: PasswordHasher,
    inject: [SECURITY_SETTINGS],
    useFactory: async ({ accounts, input }: SecuritySettings) =>
      new PasswordHasher(accounts.passwords, await loadHashLibraries(), input.status),
  },
];

/** What of them the application may inject. */
export const ACCOUNT_EXPORTS = [API_KEY_VERIFIER, PasswordHasher];
