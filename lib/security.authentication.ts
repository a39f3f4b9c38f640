import type { Provider } from '@nestjs/common';
import { apiKeyStart } from './accounts/api-keys/api-key-format.js';
import { ACCESS_COOKIE } from './accounts/sessions/session-cookies.js';
import { API_KEY_VERIFIER } from './core/credential.js';
import { STATE_STORE, type StateStore } from './core/state-store.js';
import { acceptedCredentials } from './pipeline/authentication/accepted-credentials.js';
import { AuthenticationControl } from './pipeline/authentication/authentication.control.js';
import { CredentialReader } from './pipeline/authentication/credential-reader.js';
import { CSRF_PROTECTION, CsrfProtection } from './pipeline/authentication/csrf.js';
import { JwtAuthGuard } from './pipeline/authentication/jwt-auth.guard.js';
import { createJwtStrategy, JWT_STRATEGY } from './pipeline/authentication/jwt.strategy.js';
import { ProofOfPossession } from './pipeline/authentication/proof-of-possession.js';
import { Revocation } from './pipeline/authentication/revocation.js';
import { TokenDenials } from './pipeline/authentication/token-denials.js';
import { TokenVerifier } from './pipeline/authentication/token-verifier.js';
import type { SecuritySettings } from './security.options.js';
import { SECURITY_SETTINGS } from './security.tokens.js';

/** The providers of the authentication room. */
export const AUTHENTICATION: Provider[] = [
  {
    provide: TokenVerifier,
    inject: [SECURITY_SETTINGS],
    useFactory: (settings: SecuritySettings) => new TokenVerifier(settings.authentication),
  },
  {
    provide: CredentialReader,
    inject: [SECURITY_SETTINGS, API_KEY_VERIFIER],
    useFactory: ({ authentication: { realm, dpop }, accounts }: SecuritySettings, apiKeys: unknown) =>
      new CredentialReader(
        {
          apiKeys: apiKeys !== undefined,
          apiKeyStart: accounts.apiKeys && apiKeyStart(accounts.apiKeys.prefix),
          dpop: dpop !== undefined,
          accessCookie: accounts.sessions.cookie && ACCESS_COOKIE,
        },
        new TokenDenials(realm),
      ),
  },
  {
    provide: JWT_STRATEGY,
    inject: [TokenVerifier, CredentialReader, SECURITY_SETTINGS],
    useFactory: (verifier: TokenVerifier, reader: CredentialReader, { authentication }: SecuritySettings) =>
      createJwtStrategy(verifier, reader, acceptedCredentials(['jwt'], authentication)),
  },
  {
    provide: CSRF_PROTECTION,
    inject: [SECURITY_SETTINGS],
    useFactory: ({ accounts: { sessions } }: SecuritySettings) =>
      sessions.cookie && new CsrfProtection(sessions.cookie.origins),
  },
  {
    provide: ProofOfPossession,
    inject: [SECURITY_SETTINGS],
    useFactory: ({ authentication }: SecuritySettings) => new ProofOfPossession(authentication),
  },
  {
    provide: Revocation,
    inject: [SECURITY_SETTINGS, STATE_STORE],
    useFactory: ({ authentication, outage }: SecuritySettings, store: StateStore) =>
      new Revocation(authentication, store, outage.readsFor),
  },
  JwtAuthGuard,
  {
    provide: AuthenticationControl,
    inject: [JwtAuthGuard, SECURITY_SETTINGS],
    useFactory: (guard: JwtAuthGuard, { authentication }: SecuritySettings) =>
      new AuthenticationControl(guard, authentication),
  },
];
