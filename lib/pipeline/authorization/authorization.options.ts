import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, nameOf } from '../../core/options.js';
import type { RoleName } from '../../core/principal.js';
import type { ResourceDefinition } from '../../policy/resource.js';
import type { ObligationHandler } from './policies/obligations.js';
import type { ObligationName } from './policies/policy-decision.js';

/**
 * Who may do what.
 *
 * @example
 * ```ts
 * authorization: { roles: { admin: ['support'], support: ['user'], user: [] }, resources: [OrderResource] }
 * ```
 */
export interface AuthorizationOptions {
  /** Every role, and the roles that it includes. A role that is not listed gives nothing. */
  readonly roles?: Readonly<Partial<Record<RoleName, readonly RoleName[]>>>;
  /** What `defineResource` made. `any`: a definition is invariant in its class, and a list holds several. */
  readonly resources?: ReadonlyArray<ResourceDefinition<any>>;
  /** Who fulfils the obligations of policies, by their names: injectable classes. One that is not listed refuses. */
  readonly obligations?: Readonly<Partial<Record<ObligationName, Type<ObligationHandler>>>>;
}

/** {@link AuthorizationOptions}, complete: what `RoleHierarchy` and `ResourceRegistry` are built from. */
export interface AuthorizationSettings {
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly resources: ReadonlyArray<ResourceDefinition<any>>;
  readonly obligations: Readonly<Record<string, Type<ObligationHandler>>>;
}

/**
 * Checks the `authorization` option once, at boot. The roles themselves are checked by `RoleHierarchy`.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`
 */
export function resolveAuthorization(raw: unknown): AuthorizationSettings {
  const options = checkOptions('authorization', raw === undefined ? {} : raw, [
    'roles',
    'resources',
    'obligations',
  ]);
  const roles = options['roles'] ?? {};
  if (typeof roles !== 'object' || Array.isArray(roles)) {
    throw invalid('authorization.roles', roles, "write { admin: ['user'], user: [] }");
  }
  const resources = options['resources'] ?? [];
  if (!Array.isArray(resources)) {
    throw invalid('authorization.resources', resources, 'write a list: [OrderResource]');
  }
  resources.forEach((resource: unknown, index) => {
    if (isDefinition(resource)) return;
    const fix = 'write what defineResource(Order, { … }) returns; undefined here is a circular import';
    throw invalid(`authorization.resources[${index}]`, resource, fix);
  });
  const obligations = options['obligations'] ?? {};
  if (typeof obligations !== 'object' || Array.isArray(obligations)) {
    throw invalid('authorization.obligations', obligations, "write { 'record-refund': RecordRefund }");
  }
  for (const [name, handler] of Object.entries(obligations)) {
    if (typeof handler === 'function') continue;
    const fix = 'write an injectable class with fulfil(value, context); undefined here is a circular import';
    throw invalid(`authorization.obligations.${name}`, handler, fix);
  }
  return {
    roles: roles as AuthorizationSettings['roles'],
    resources: resources as AuthorizationSettings['resources'],
    obligations: obligations as AuthorizationSettings['obligations'],
  };
}

function isDefinition(value: unknown): boolean {
  const definition = value as Partial<ResourceDefinition<object>> | null | undefined;
  return typeof definition?.entity === 'function' && definition.rules instanceof Map;
}

function invalid(path: string, value: unknown, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.invalid', path, `is ${nameOf(value)}`, fix);
}
