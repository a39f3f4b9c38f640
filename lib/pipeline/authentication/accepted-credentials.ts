import type { CredentialMethod } from '../../core/credential.js';
import type { Decision, Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { Credential, Found } from './credential-reader.js';
import type { Requirement } from './requirements.js';

/** What a route takes as proof of who is calling. Made at boot, its refusals too. */
export interface AcceptedCredentials {
  readonly jwt: boolean;
  readonly apiKey: boolean;
  /** For who brings nothing. */
  readonly missing: Denial;
  /** For who brings a credential of a kind that it does not take. */
  readonly other: Denial;
  /** For who names a scheme that nobody knows. */
  readonly unknown: Denial;
  /** What is asked of a caller who is identified. */
  readonly requirement: Requirement | undefined;
}

/** What a route asks of access tokens, beyond that they are good. */
export interface TokenDemands {
  /** The challenge of the scheme DPoP, where proofs are checked. */
  readonly dpop?: string | undefined;
  /** Whether no other scheme is taken for a token. */
  readonly dpopOnly?: boolean;
  readonly requirement?: Requirement | undefined;
}

/**
 * What a route takes that names these methods. The challenge names a scheme for each.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function acceptedCredentials(
  methods: readonly CredentialMethod[],
  realm: string,
  { dpop, dpopOnly = false, requirement }: TokenDemands = {},
): AcceptedCredentials {
  const jwt = methods.includes('jwt');
  const apiKey = methods.includes('api-key');
  const schemes = [
    ...(jwt && !dpopOnly ? [`Bearer realm="${realm}"`] : []),
    ...(jwt && dpop !== undefined ? [dpop] : []),
    ...(apiKey ? [`ApiKey realm="${realm}"`] : []),
  ];
  const headers = Object.freeze({ 'WWW-Authenticate': schemes.join(', ') });
  return {
    jwt,
    apiKey,
    missing: { reason: 'token.missing', headers },
    other: { reason: 'credential.method', headers },
    unknown: { reason: 'token.scheme', headers },
    requirement,
  };
}

/** The credential that a request carries, where the route takes its kind; else the refusal. */
export function admitted(
  found: Found | undefined,
  accepted: AcceptedCredentials,
): Credential | { readonly denial: Denial } {
  if (found === undefined) return { denial: accepted.missing };
  if ('denial' in found) return found;
  if (found.kind === 'unknown') return { denial: accepted.unknown };
  return (found.kind === 'api-key' ? accepted.apiKey : accepted.jwt) ? found : { denial: accepted.other };
}

/** Whether a route takes a caller whom another one has let in, before it handed the request on. */
export function admitsKnown({ method }: Principal, accepted: AcceptedCredentials): Decision {
  return (method === 'api-key' ? accepted.apiKey : accepted.jwt) ? undefined : accepted.other;
}
