import type { Finding } from '../../core/finding.js';
import { nearest } from '../../core/options.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import type { GuardedBody } from './authorization.section.js';
import type { ResourceLoad } from './resource-load.js';
import { allRules } from './write-rule.js';

/** Every role that a route names and the hierarchy does not know: it would admit nobody. */
export function unknownRoles(
  route: RouteDeclaration,
  hierarchy: RoleHierarchy,
  named: {
    readonly roles: ReadonlyArray<readonly string[]>;
    readonly loads: readonly ResourceLoad[];
    readonly bodies: readonly GuardedBody[];
  },
): Finding[] {
  const findings: Finding[] = [];
  const check = (role: string, where: string, place: string) => {
    if (hierarchy.has(role)) return;
    const near = nearest(role, hierarchy.names);
    findings.push({
      code: 'access.unknown-role',
      where,
      message: `${place} names the role '${role}', which nobody has.`,
      fix: near
        ? `did you mean '${near}'?`
        : `declare it in the options: authorization: { roles: { ${role}: [] } }`,
    });
  };
  for (const role of new Set(named.roles.flat())) check(role, route.id, '@Roles');
  for (const { resource } of named.loads) {
    for (const role of resource.roles) check(role, resource.name, `a rule of ${resource.name}`);
  }
  for (const rule of named.bodies.flatMap((body) => [...allRules(body.rule)])) {
    for (const { name, roles } of new Set(rule.properties.values())) {
      for (const role of new Set(roles)) check(role, `${rule.dto.name}.${name}`, '@WritableBy');
    }
  }
  return findings;
}
