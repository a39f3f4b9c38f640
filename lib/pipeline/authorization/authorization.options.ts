import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, nameOf } from '../../core/options.js';
import type { RoleName } from '../../core/principal.js';
import type { ResourceDefinition } from '../../policy/resource.js';

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
}

/** {@link AuthorizationOptions}, complete: what `RoleHierarchy` and `ResourceRegistry` are built from. */
export interface AuthorizationSettings {
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly resources: ReadonlyArray<ResourceDefinition<any>>;
}

/**
 * Checks the `authorization` option once, at boot. The roles themselves are checked by `RoleHierarchy`.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`
 */
export function resolveAuthorization(raw: unknown): AuthorizationSettings {
  const options = checkOptions('authorization', raw === undefined ? {} : raw, ['roles', 'resources']);
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
  return {
    roles: roles as AuthorizationSettings['roles'],
    resources: resources as AuthorizationSettings['resources'],
  };
}

function isDefinition(value: unknown): boolean {
  const definition = value as Partial<ResourceDefinition<object>> | null | undefined;
  return typeof definition?.entity === 'function' && definition.rules instanceof Map;
}

function invalid(path: string, value: unknown, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.invalid', path, `is ${nameOf(value)}`, fix);
}
