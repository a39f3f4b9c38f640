import type { Provider } from '@nestjs/common';
import { ApiKeyService } from './accounts/api-keys/api-key.service.js';
import { ApiKeyVerifier } from './accounts/api-keys/api-key-verifier.js';
import { loadHashLibraries } from './accounts/passwords/hash-libraries.js';
import { PasswordHasher } from './accounts/passwords/password-hasher.js';
import { API_KEY_VERIFIER } from './core/credential.js';
import { SecurityEvents } from './kit/events/security-events.js';
import { SessionService } from './accounts/sessions/session.service.js';
import { REPORTER, type Reporter } from './core/reporter.js';
import { STATE_STORE, type StateStore } from './core/state-store.js';
import { CSRF_PROTECTION, type CsrfProtection } from './pipeline/authentication/csrf.js';
import { Revocation } from './pipeline/authentication/revocation.js';
import type { SecuritySettings } from './security.options.js';
import { SECURITY_SETTINGS } from './security.tokens.js';

/** The services for an application with its own login. */
export const ACCOUNTS: Provider[] = [
  {
    provide: API_KEY_VERIFIER,
    inject: [SECURITY_SETTINGS],
    useFactory: ({ accounts: { apiKeys }, authentication: { realm } }: SecuritySettings) =>
      apiKeys && new ApiKeyVerifier(apiKeys, realm),
  },
  {
    provide: PasswordHasher,
    inject: [SECURITY_SETTINGS],
    useFactory: async ({ accounts, input }: SecuritySettings) =>
      new PasswordHasher(accounts.passwords, await loadHashLibraries(), input.status),
  },
  {
    provide: ApiKeyService,
    inject: [SECURITY_SETTINGS, SecurityEvents],
    useFactory: ({ accounts }: SecuritySettings, events: SecurityEvents) =>
      new ApiKeyService(accounts.apiKeys, events),
  },
  {
    provide: SessionService,
    inject: [SECURITY_SETTINGS, STATE_STORE, Revocation, REPORTER, CSRF_PROTECTION],
    useFactory: (
      { accounts, authentication }: SecuritySettings,
      store: StateStore,
      revocation: Revocation,
      reporter: Reporter,
      csrf: CsrfProtection | undefined,
    ) => new SessionService(accounts.sessions, authentication, store, revocation, reporter, csrf),
  },
];

/** What of them the application may inject. */
export const ACCOUNT_EXPORTS = [API_KEY_VERIFIER, PasswordHasher, ApiKeyService, SessionService];
