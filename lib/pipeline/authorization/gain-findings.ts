import type { Finding } from '../../core/finding.js';
import type { Resource } from '../../policy/compiled-resource.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import { leavesOf, type RuleNode } from '../../policy/rule.js';
import { mayGain } from '../../policy/rule-gain.js';
import type { ResourceCheck } from './resource-check.js';
import type { BodyRule, PropertyRule } from './write-rule.js';

/**
 * The properties by which a caller could admit themself to more than the route asks of them: those that `r.owner` or `r.same` of another
 * action reads. Handing on what one has is none of it.
 *
 * @param checks what the route asks
 */
export function writtenGains(
  rule: BodyRule,
  where: string,
  checks: readonly ResourceCheck[],
  registry: ResourceRegistry,
  hierarchy: RoleHierarchy,
): Finding[] {
  const resource = rule.entity && registry.of(rule.entity);
  if (!resource) return [];
  const owner: RuleNode = { kind: 'owner', path: resource.owner };
  const asked = checks
    .filter(({ entity }) => entity === resource.entity)
    .flatMap(({ action }) => (action === undefined ? owner : (resource.rule(action) ?? [])));
  const deciding = [...decidedBy(resource)];
  return [...new Set(rule.properties.values())].flatMap((property) => {
    const { anyone, owner: byOwner, name, declaration } = property;
    if (!anyone && !byOwner) return [];
    const admitted: RuleNode = { kind: 'all', rules: anyone ? asked : [...asked, owner] };
    const written = deciding
      .filter(([, names]) => [name, ...declaration.keys].some((key) => names.includes(key)))
      .map(([step]) => step);
    const gained = [...resource.actions].find((action) =>
      mayGain(admitted, resource.rule(action)!, written, hierarchy),
    );
    return gained === undefined ? [] : [finding(rule, property, where, resource, gained)];
  });
}

/** The first steps of what rules compare with the caller, and the properties that hold each; the owner has a finding of its own. */
function decidedBy(resource: Resource): ReadonlyMap<string, readonly string[]> {
  const leaves = [...resource.actions].flatMap((action) => leavesOf(resource.rule(action)!));
  const steps = leaves.flatMap((leaf) =>
    leaf.kind === 'owner' || leaf.kind === 'same' ? leaf.path[0]! : [],
  );
  return new Map(
    [...new Set(steps)]
      .filter((step) => step !== resource.owner[0])
      .map((step) => [step, resource.propertiesOf(step)] as const),
  );
}

function finding(
  { dto }: BodyRule,
  { name }: PropertyRule,
  where: string,
  resource: Resource,
  action: string,
): Finding {
  return {
    code: 'input.writes-unbound',
    where: `${dto.name}.${name}`,
    message: `the rule '${action}' of ${resource.name} reads it, and ${where} admits callers who may not '${action}': one of them could name themself.`,
    fix: `name roles alone, @WritableBy('admin'); or ask for it on the route, @Can('${action}', ${resource.name}); or let the rule say who may not name themself, r.not(r.owner())`,
  };
}
