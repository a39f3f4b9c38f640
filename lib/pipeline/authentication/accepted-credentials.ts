import type { CredentialMethod } from '../../core/credential.js';
import type { Decision, Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { Credential, Found } from './credential-reader.js';
import { dpopChallenge } from './dpop/dpop-denials.js';
import type { DpopSettings } from './dpop/dpop.options.js';
import { requirementOf, type Requirement } from './requirements.js';
import type { RouteDemands } from './route-demands.js';

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

/**
 * What a route takes that names these methods, and asks this of its callers. The challenge names a scheme for each.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function acceptedCredentials(
  methods: readonly CredentialMethod[],
  { realm, dpop: settings }: { readonly realm: string; readonly dpop?: DpopSettings | undefined },
  demands: RouteDemands = { dpopOnly: settings?.required === true, stepUp: [] },
): AcceptedCredentials {
  const bearer = `Bearer realm="${realm}"`;
  const dpop = settings && dpopChallenge(realm, settings.algorithms);
  const jwt = methods.includes('jwt');
  const apiKey = methods.includes('api-key');
  const schemes = [
    ...(jwt && !demands.dpopOnly ? [bearer] : []),
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
    requirement: requirementOf({ ...demands, bearer, dpop }),
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
