import type { Finding } from '../../core/finding.js';
import type { Resource } from '../../policy/compiled-resource.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import { leavesOf, type RuleNode } from '../../policy/rule.js';
import { pathsToRows, ruleBehind } from '../../policy/rule-behind.js';
import { gainBetween, type Gain } from '../../policy/rule-gain.js';
import { heldObjects } from './held-objects.js';
import type { ResourceCheck } from './resource-check.js';
import { openProperties, type BodyRule, type PropertyRule } from './write-rule.js';

/**
 * The properties by which a caller could admit themself to more than the route asks of them: those that `r.owner` or `r.same` of another
 * action reads, of the class itself or of one that has a relation to it, one of them or several together. Handing on what one has is none of it.
 * Those of objects inside it are compared by what has a relation to their rows.
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
  const resource = rule.entity && registry.nearest(rule.entity);
  if (!resource) return [];
  const owner: RuleNode = { kind: 'owner', path: resource.owner };
  const asked = checks
    .filter(({ entity }) => entity === resource.entity)
    .flatMap(({ action }) => (action === undefined ? owner : (resource.rule(action) ?? [])));
  const wanted = wantedBy(resource, registry);
  const written = writtenSteps(rule, wanted, resource.owner[0]);
  const byAnyone = written.filter(({ property }) => property.anyone);
  // An owner may write what anyone may as well.
  const own = gainFindings(rule, where, wanted, hierarchy, [
    [byAnyone, { kind: 'all', rules: asked }],
    [written, { kind: 'all', rules: [...asked, owner] }],
  ]);
  const apart = ofAnother({ kind: 'all', rules: asked });
  const held = heldObjects(rule, registry).filter(({ resource: refused }) => !refused);
  const within = held.flatMap((one) => {
    const through = [...registry.all].flatMap((reading) => wantedThroughRelations(reading, one.table));
    return gainFindings(one.rule, where, through, hierarchy, [[writtenSteps(one.rule, through), apart]]);
  });
  return [...own, ...within];
}

/**
 * What is asked of an object, as it looks from a row inside it: roles and scopes alone. Which row that is, nobody knows; twice, so that
 * nothing is taken for what a rule that leads there reads elsewhere.
 */
function ofAnother(asked: RuleNode): RuleNode {
  return ruleBehind(ruleBehind(asked, []), []);
}

/** @param audiences what some callers write, and what admits them */
function gainFindings(
  rule: BodyRule,
  where: string,
  wanted: readonly Wanted[],
  hierarchy: RoleHierarchy,
  audiences: ReadonlyArray<readonly [written: readonly Written[], admitted: RuleNode]>,
): Finding[] {
  const found = audiences.flatMap(([written, admitted]) => gainsOf(written, wanted, admitted, hierarchy));
  const first = new Map(found.toReversed().map((gain) => [gain.property, gain] as const));
  return openProperties(rule).flatMap((property) => {
    const gain = first.get(property);
    return gain ? [finding(rule, gain, where)] : [];
  });
}

/** What writing could lead to: an action of a resource, or without one to own it. */
interface Wanted {
  readonly resource: Resource;
  readonly action: string | undefined;
  /** As it looks from what is written. */
  readonly rule: RuleNode;
  /** Whose properties the rule names; `undefined`: of what is no resource. */
  readonly written: Resource | undefined;
}

/**
 * Every action of what is written; those that only its subclasses have, because an object of it may be one of them; and those of whatever reads
 * its rows through a relation.
 */
function wantedBy(written: Resource, registry: ResourceRegistry): readonly Wanted[] {
  const actionsOf = (resource: Resource) =>
    [...resource.actions].map((action) => ({
      resource,
      action,
      rule: resource.rule(action)!,
      written: resource,
    }));
  const ofSubclasses = registry.extending(written).flatMap(actionsOf);
  return [
    ...actionsOf(written),
    ...ofSubclasses.filter(({ action }) => !written.actions.has(action)),
    ...[...registry.all].flatMap((resource) =>
      wantedThroughRelations(resource, written.tableAt([]), written),
    ),
  ];
}

function wantedThroughRelations(resource: Resource, table: unknown, written?: Resource): readonly Wanted[] {
  if (table === undefined) return [];
  return [...resource.actions, undefined].flatMap((action) => {
    const rule = resource.rule(action)!;
    return pathsToRows(rule)
      .filter((path) => resource.tableAt(path) === table)
      .map((path) => ({ resource, action, rule: ruleBehind(rule, path), written }));
  });
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

/** The properties of others than roles that rules compare with the caller. */
function writtenSteps(rule: BodyRule, wanted: readonly Wanted[], ownerStep?: string): readonly Written[] {
  const deciding = decidedBy(wanted, ownerStep);
  return openProperties(rule)
    .filter(({ declaration }) => !declaration.preset)
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
  wanted: readonly Wanted[],
  ownerStep: string | undefined,
): ReadonlyArray<readonly [step: string, names: readonly string[]]> {
  return wanted.flatMap(({ written, rule }) =>
    leavesOf(rule).flatMap((leaf) => {
      if (leaf.kind !== 'owner' && leaf.kind !== 'same') return [];
      const step = leaf.path[0]!;
      return step === ownerStep ? [] : [[step, written?.propertiesOf(step) ?? [step]] as const];
    }),
  );
}

function finding({ dto }: BodyRule, { property, by, gain, beside }: Gained, where: string): Finding {
  const { resource, action, written } = by;
  const reads =
    action === undefined
      ? `whose a ${resource.name} is depends on it`
      : `the rule '${action}' of ${resource.name} reads it`;
  const may = action === undefined ? 'do not own it' : `may not '${action}'`;
  const together = beside.length > 0 ? `, with ${beside.join(' and ')}` : '';
  const instead =
    resource === written && action !== undefined
      ? `ask for it on the route, @Can('${action}', ${resource.name}); or let the rule say who may not name themself, r.not(r.owner())`
      : written
        ? `let the rules of ${resource.name} admit whoever may write it: nobody gains then`
        : `remove it from ${dto.name}`;
  return {
    code: 'input.writes-unbound',
    where: `${dto.name}.${property.name}`,
    message:
      gain === 'found'
        ? `${reads}${together}, and ${where} admits callers who ${may}: one of them could name themself.`
        : `${reads}, and has, with what ${where} asks, too many conditions to compare: whether one of its callers could name themself is not known.`,
    fix: `name roles alone, @WritableBy('admin'); or ${instead}`,
  };
}
