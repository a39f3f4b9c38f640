import type { SessionPrincipal } from '../../lib/accounts/sessions/access-token.js';
import type { LoadPrincipal } from '../../lib/accounts/sessions/session.service.js';

/** Begins a session of somebody of whom nothing changes meanwhile. */
export function signIn<S extends { begin(id: string, load: LoadPrincipal): Promise<unknown> }>(
  sessions: S,
  principal: SessionPrincipal,
): ReturnType<S['begin']> {
  return sessions.begin(principal.id, () => principal) as ReturnType<S['begin']>;
}
