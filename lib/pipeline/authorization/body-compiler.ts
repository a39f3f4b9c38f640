import { ACCESS } from '../../core/access.js';
import type { Finding } from '../../core/finding.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import { declaredOf } from './admission.js';
import type { GuardedBody } from './authorization.section.js';
import {
  freeFormResource,
  nestedIds,
  nestedResource,
  presetOwners,
  ruleFindings,
  uncheckedRules,
} from './class-findings.js';
import { writtenGains } from './gain-findings.js';
import { heldObjects } from './held-objects.js';
import type { CompiledLoads } from './load-compiler.js';
import { entityWrittenBy } from './writes-to.decorator.js';
import { allRules, outermostRules, writes, type BodyRule, type WriteRules } from './write-rule.js';

/** What the bodies of a route come to. */
export interface CompiledBodies {
  readonly bodies: readonly GuardedBody[];
  /** Whether the body is an object that is being created, and so is the caller's. */
  readonly creates: boolean;
  readonly findings: readonly Finding[];
}

/** Compiles the write rules of every `@Body()` of a route. */
export function compileBodies(
  route: RouteDeclaration,
  { loads, checks, bound: read }: Pick<CompiledLoads, 'loads' | 'checks' | 'bound'>,
  rules: WriteRules,
  registry: ResourceRegistry,
  hierarchy: RoleHierarchy,
): CompiledBodies {
  const findings: Finding[] = [];
  const bodies: GuardedBody[] = [];
  const takesFiles = route.parameters.some(({ source }) => source === 'file' || source === 'files');
  for (const { index, source, type, property } of route.parameters) {
    const classes = rules.classesIn(type);
    const written = new Set(classes.filter(entityWrittenBy).flatMap((dto) => rules.classesIn(dto)));
    findings.push(...classes.flatMap(uncheckedRules));
    const rule = rules.of(type);
    if (source !== 'body') {
      if (rule) findings.push(notBody(route.id, index, rule));
      continue;
    }
    if (!rule) continue;
    bodies.push({ property, rule });
    const outermost = new Set(outermostRules(rule));
    findings.push(...[...allRules(rule)].flatMap((one) => ruleFindings(one, registry, outermost.has(one))));
    findings.push(...[...written].flatMap(nestedIds));
    if (takesFiles) findings.push(multipart(route.id, rule));
  }
  const entities = new Set<unknown>(
    bodies.flatMap(({ rule }) => [...allRules(rule)]).map(({ entity }) => entity),
  );
  const creates =
    // A check of another entity is that of the parent: its child is created.
    checks.every(({ entity }) => !entities.has(entity)) &&
    namesNothing(route, read) &&
    bodies.every(({ rule }) => isWhole(rule));
  const outermost = bodies.flatMap(({ rule }) => outermostRules(rule));
  if (creates) {
    const held = outermost.flatMap((one) => heldObjects(one, registry));
    findings.push(...held.flatMap((one) => freeFormResource(one, route.id)));
  } else {
    const loaded = new Set<unknown>(loads.map(({ resource }) => resource.entity));
    const unbound = outermost.filter(({ entity }) => !loaded.has(entity));
    findings.push(...unbound.map((one) => unboundWrites(route.id, one)));
    const bound = outermost.filter(({ entity }) => loaded.has(entity));
    findings.push(...bound.flatMap((one) => writtenGains(one, route.id, checks, registry, hierarchy)));
    const held = bound.flatMap((one) => heldObjects(one, registry));
    findings.push(...held.flatMap((one) => nestedResource(one, route.id)));
    const others = new Set(bodies.flatMap(({ rule }) => [...allRules(rule)]));
    for (const { rule } of held) others.delete(rule);
    findings.push(...[...others].flatMap((one) => presetOwners(one, route.id, registry)));
  }
  return { bodies, creates, findings };
}

/** Whether a route is a `POST` of one body, which takes nothing unchecked beside it that could name an object that exists. */
function namesNothing(route: RouteDeclaration, bound: ReadonlySet<string>): boolean {
  return (
    route.addresses.every(({ method }) => method === 'POST') &&
    route.pathParameters.every((parameter) => bound.has(parameter)) &&
    route.parameters.every(({ source }) => source !== 'query') &&
    route.parameters.filter(({ source }) => source === 'body').length === 1 &&
    declaredOf(route, ACCESS.lists).length === 0
  );
}

/** Whether no class without `@WritesTo`, which could name an object beside the one that it holds, stands around a rule. */
function isWhole(rule: BodyRule): boolean {
  return [...allRules(rule)].every((one) => one.entity !== undefined || !writes(one));
}

function unboundWrites(where: string, { dto, entity }: BodyRule): Finding {
  const name = entity!.name;
  return {
    code: 'input.writes-unbound',
    where,
    message: `its body ${dto.name} writes to ${name}, but the route loads none, so nobody would be its owner.`,
    fix: `write @Can('update', ${name}) on the method, with { from: { body: '${name[0]!.toLowerCase()}${name.slice(1)}Id' } } where the path has no id. Only a POST without unchecked path and query parameters creates one, of one @Body() that has @WritesTo itself`,
  };
}

function notBody(where: string, index: number, { dto: { name } }: BodyRule): Finding {
  return {
    code: 'input.writes-unbound',
    where,
    message: `parameter ${index} takes ${name}, but not by @Body(): its rules would not be asked.`,
    fix: `write @Body() body: ${name}, or a class without @WritesTo and @References`,
  };
}

function multipart(where: string, { dto }: BodyRule): Finding {
  return {
    code: 'input.writes-unbound',
    where,
    message: `its body ${dto.name} comes with files: it is read after the guard, so its rules refuse it.`,
    fix: 'take the file and the properties by two routes',
  };
}
