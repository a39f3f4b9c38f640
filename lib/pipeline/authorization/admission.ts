import { type AccessDeclaration, ACCESS } from '../../core/access.js';
import type { Decision, Denial } from '../../core/decision.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import type { AuthorizationSection } from './authorization.section.js';

/** The answer to a caller who is nobody. RFC 6750 §3: without a credential the challenge names no error. */
export const NOBODY_CALLS: Denial = Object.freeze({
  reason: 'token.missing',
  headers: { 'WWW-Authenticate': 'Bearer' },
});

/** The answer on a route of which nothing usable is declared. */
export const UNDECLARED: Denial = Object.freeze({ reason: 'access.undeclared' });

/** What the decorators of the controller and of the method say, the controller's first: they AND. */
export function declaredOf<T>(route: RouteDeclaration, key: symbol): readonly T[] {
  return [...(route.ofController<readonly T[]>(key) ?? []), ...(route.ofMethod<readonly T[]>(key) ?? [])];
}

/** The roles and scopes of a route. */
export function admissionOf(route: RouteDeclaration): {
  roles: ReadonlyArray<readonly string[]>;
  scopes: readonly string[];
} {
  const scopes = declaredOf<readonly string[]>(route, ACCESS.scopes).flat();
  return { roles: declaredOf<readonly string[]>(route, ACCESS.roles), scopes: [...new Set(scopes)] };
}

/**
 * Compiles the first half of authorization: the caller's audience is found, then every list of roles has to name one of theirs,
 * then every scope has to be in their credential.
 */
export function admissionStage(
  { roles, scopes }: ReturnType<typeof admissionOf>,
  access: AccessDeclaration,
  hierarchy: RoleHierarchy,
): AuthorizationSection['admit'] {
  if (!access.declared) return () => UNDECLARED;
  // A @Public beside a rule does not boot; where the baseline accepts it, the rule decides.
  const open = access.publicReason !== undefined && access.rules.length === 0;
  const needs = roles.map((anyOf) => ({
    anyOf,
    denial: Object.freeze<Denial>({ reason: 'access.role', note: `needs ${anyOf.join(' or ')}` }),
  }));
  const insufficient: Denial = Object.freeze({
    reason: 'access.scope',
    note: `needs ${scopes.join(' and ')}`,
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"` },
  });
  return ({ facts }): Decision => {
    const { principal } = facts;
    const audience = hierarchy.audienceOf(principal);
    facts.audience = audience;
    if (principal === null) return open ? undefined : NOBODY_CALLS;
    for (const { anyOf, denial } of needs) {
      if (!anyOf.some((role) => audience.roles.has(role))) return denial;
    }
    return scopes.every((scope) => principal.scopes.includes(scope)) ? undefined : insufficient;
  };
}
