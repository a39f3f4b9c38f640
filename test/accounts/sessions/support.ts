// By their paths, because child processes know no alias.
import type { Principal } from '../../../lib/core/principal.js';
import type { SecurityEvent } from '../../../lib/core/security-event.js';
import { keyRing } from '../../../lib/kit/keys/key-ring.js';
import { memoryState } from '../../../lib/kit/state/memory-state.js';
import { SessionService, type SessionTokens } from '../../../lib/accounts/sessions/session.service.js';
import { resolveSessions, type SessionsOptions } from '../../../lib/accounts/sessions/sessions.options.js';
import { SecurityDenial } from '../../../lib/core/security-denial.js';
import type { StateStore } from '../../../lib/core/state-store.js';
import { SecurityEvents } from '../../../lib/kit/events/security-events.js';
import {
  resolveAuthentication,
  type CommonAuthenticationOptions,
} from '../../../lib/pipeline/authentication/authentication.options.js';
import type { IssuerOptions, TrustedIssuer } from '../../../lib/pipeline/authentication/issuer.options.js';
import { Revocation } from '../../../lib/pipeline/authentication/revocation.js';
import { TokenVerifier } from '../../../lib/pipeline/authentication/token-verifier.js';

/** When the clocks of these tests begin. */
export const START = 1_790_000_000_000;

/** Sessions whose tokens are in the answers. */
interface BearerSessions extends Pick<SessionService, 'logout' | 'logoutWith' | 'logoutEverywhere'> {
  begin(...args: Parameters<SessionService['begin']>): Promise<BearerTokens>;
  refresh(...args: Parameters<SessionService['refresh']>): Promise<BearerTokens>;
}
type BearerTokens = Required<Omit<SessionTokens, 'csrfToken'>>;

/** How a house of sessions differs from the usual one. */
export interface HouseOptions {
  readonly store?: StateStore;
  readonly sessions?: SessionsOptions;
  readonly authentication?: Partial<CommonAuthenticationOptions & IssuerOptions>;
  /** Instead of the one issuer. */
  readonly issuers?: readonly TrustedIssuer[];
  /** The real clock instead of one that the test sets. */
  readonly real?: boolean;
}

/** Sessions with keys of their own and a clock that a test moves. */
export function house({
  store,
  sessions = {},
  authentication = {},
  issuers,
  real = false,
}: HouseOptions = {}) {
  let now = START;
  const clock = real ? Date.now : () => now;
  const events: SecurityEvent[] = [];
  const one = {
    issuer: 'https://shop.example',
    audience: 'https://api.shop.example',
    keys: keyRing({ ephemeral: true }, clock),
  };
  const settings = resolveAuthentication({
    revocation: true,
    ...(issuers ? { issuers } : one),
    ...authentication,
  });
  const state = store ?? memoryState({ clock });
  const reporter = new SecurityEvents({ write: (event) => void events.push(event) }, clock);
  const revocation = new Revocation(settings, state, 60_000, clock);
  const service = new SessionService(
    resolveSessions(sessions),
    settings,
    state,
    revocation,
    reporter,
    undefined,
    clock,
  ) as BearerSessions;
  const verifier = new TokenVerifier(settings, clock);
  return {
    service,
    events,
    state,
    revocation,
    /** Moves the clock, in seconds. */
    pass: (seconds: number) => void (now += seconds * 1000),
    /** Whose access token it is. */
    async principalOf(accessToken: string): Promise<Principal> {
      const verdict = await verifier.verify(accessToken);
      if ('principal' in verdict) return verdict.principal;
      throw new Error(`refused: ${verdict.denial.reason}`);
    },
    /** Whether its access token was taken back. */
    async isRevoked(principal: Principal): Promise<boolean> {
      const ask = revocation.askFor(principal, true);
      return ask.settle(await state.run(ask.ops))?.reason === 'token.revoked';
    },
    types: () => events.map(({ type }) => type),
  };
}

/** Somebody without roles. */
export const nobodyInParticular = (id: string) => ({ id });

/** The reason for which a promise is refused; `'none'` where it is kept. */
export async function reasonOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => {
      if (error instanceof SecurityDenial) return error.denial.reason;
      throw error;
    },
  );
}
