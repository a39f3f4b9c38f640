import type { Finding } from '../../core/finding.js';
import type { Resource } from '../../policy/compiled-resource.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import { leavesOf, type RuleNode } from '../../policy/rule.js';
import { gainBetween, type Gain } from '../../policy/rule-gain.js';
import type { ResourceCheck } from './resource-check.js';
import type { BodyRule, PropertyRule } from './write-rule.js';

/**
 * The properties by which a caller could admit themself to more than the route asks of them: those that `r.owner` or `r.same` of another
 * action reads, one of them or several together. Handing on what one has is none of it.
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
  const wanted = wantedIn(resource, registry.extending(resource));
  const written = writtenSteps(rule, resource, wanted);
  const byAnyone = written.filter(({ property }) => property.anyone);
  // An owner may write what anyone may as well.
  const audiences = [
    [byAnyone, asked],
    [written, [...asked, owner]],
  ] as const;
  const found = audiences.flatMap(([open, rules]) =>
    gainsOf(open, wanted, { kind: 'all', rules }, hierarchy),
  );
  const first = new Map(found.toReversed().map((gain) => [gain.property, gain] as const));
  return written.flatMap(({ property }) => {
    const gain = first.get(property);
    return gain ? [finding(rule, gain, where)] : [];
  });
}

/** An action that writing could lead to. */
interface Wanted {
  readonly resource: Resource;
  readonly action: string;
  readonly rule: RuleNode;
}

/** Every action of a resource, and those that only its subclasses have: an object of it may be one of them. */
function wantedIn(resource: Resource, subclasses: readonly Resource[]): readonly Wanted[] {
  const actionsOf = (of: Resource) =>
    [...of.actions].map((action) => ({ resource: of, action, rule: of.rule(action)! }));
  const more = subclasses.flatMap(actionsOf).filter(({ action }) => !resource.actions.has(action));
  return [...actionsOf(resource), ...more];
}

interface Written {
  readonly property: PropertyRule;
  /** The first steps of the paths that it writes. */
  readonly steps: readonly string[];
}

interface Gained {
  readonly property: PropertyRule;
  readonly by: Wanted;
  readonly gain: Gain;
  /** The others that it takes. */
  readonly beside: readonly string[];
}

/** The properties for `OWNER` or `ANYONE` that rules compare with the caller. */
function writtenSteps(rule: BodyRule, { owner }: Resource, wanted: readonly Wanted[]): readonly Written[] {
  const deciding = decidedBy(owner, wanted);
  return [...new Set(rule.properties.values())]
    .filter(({ anyone, owner }) => anyone || owner)
    .map((property) => {
      const keys = [property.name, ...property.declaration.keys];
      const steps = deciding.filter(([, names]) => keys.some((key) => names.includes(key)));
      return { property, steps: steps.map(([step]) => step) };
    })
    .filter(({ steps }) => steps.length > 0);
}

/** Each property that gains alone, with the first action that it gains; of the others, the fewest that gain together. */
function gainsOf(
  written: readonly Written[],
  wanted: readonly Wanted[],
  admitted: RuleNode,
  hierarchy: RoleHierarchy,
): readonly Gained[] {
  const gainBy = ({ rule }: Wanted, by: readonly Written[]) =>
    gainBetween(
      admitted,
      rule,
      by.flatMap(({ steps }) => steps),
      hierarchy,
    );
  const found = new Map<PropertyRule, Gained>();
  for (const one of written) {
    for (const by of wanted) {
      const gain = gainBy(by, [one]);
      if (gain === 'none') continue;
      found.set(one.property, { property: one.property, by, gain, beside: [] });
      break;
    }
  }
  for (const by of wanted) {
    let together = written.filter(({ property }) => !found.has(property));
    const gain = gainBy(by, together);
    if (gain === 'none') continue;
    for (const one of together) {
      const fewer = together.filter((other) => other !== one);
      if (gainBy(by, fewer) !== 'none') together = fewer;
    }
    for (const { property } of together) {
      const beside = together.flatMap((other) => (other.property === property ? [] : other.property.name));
      found.set(property, { property, by, gain, beside });
    }
  }
  return [...found.values()];
}

/** The first steps of what rules compare with the caller, and the properties that hold each; the owner has a finding of its own. */
function decidedBy(
  [ownerStep]: readonly string[],
  wanted: readonly Wanted[],
): ReadonlyArray<readonly [step: string, names: readonly string[]]> {
  return wanted.flatMap(({ resource, rule }) =>
    leavesOf(rule).flatMap((leaf) => {
      const step = leaf.kind === 'owner' || leaf.kind === 'same' ? leaf.path[0]! : ownerStep;
      return step === ownerStep ? [] : [[step!, resource.propertiesOf(step!)] as const];
    }),
  );
}

function finding(
  { dto }: BodyRule,
  { property, by: { action, resource }, gain, beside }: Gained,
  where: string,
): Finding {
  const read = `the rule '${action}' of ${resource.name} reads it`;
  const together = beside.length > 0 ? `, with ${beside.join(' and ')}` : '';
  return {
    code: 'input.writes-unbound',
    where: `${dto.name}.${property.name}`,
    message:
      gain === 'found'
        ? `${read}${together}, and ${where} admits callers who may not '${action}': one of them could name themself.`
        : `${read}, and has, with what ${where} asks, too many conditions to compare: whether one of its callers could name themself is not known.`,
    fix: `name roles alone, @WritableBy('admin'); or ask for it on the route, @Can('${action}', ${resource.name}); or let the rule say who may not name themself, r.not(r.owner())`,
  };
}
