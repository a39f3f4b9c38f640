import type { Finding } from '../../core/finding.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import type { GuardedBody } from './authorization.section.js';
import { lostWriter } from './dto-properties.js';
import { unknownResource, type CompiledLoads } from './load-compiler.js';
import { allRules, outermostRules, type BodyRule, type WriteRules } from './write-rule.js';

/** What the bodies of a route come to. */
export interface CompiledBodies {
  readonly bodies: readonly GuardedBody[];
  /** Whether what is not loaded is being created: a `POST` that names nothing by its path unchecked. */
  readonly creates: boolean;
  readonly findings: readonly Finding[];
}

/** Compiles the write rules of every `@Body()` of a route. */
export function compileBodies(
  route: RouteDeclaration,
  { loads, bound }: Pick<CompiledLoads, 'loads' | 'bound'>,
  rules: WriteRules,
  registry: ResourceRegistry,
): CompiledBodies {
  const findings: Finding[] = [];
  const bodies: GuardedBody[] = [];
  const creates =
    route.addresses.every(({ method }) => method === 'POST') &&
    route.pathParameters.every((parameter) => bound.has(parameter));
  const loaded = new Set<unknown>(loads.map(({ resource }) => resource.entity));
  const takesFiles = route.parameters.some(({ source }) => source === 'file' || source === 'files');
  for (const { index, source, type, property } of route.parameters) {
    if (source !== 'body') {
      if (rules.of(type)) findings.push(notBody(route.id, index, type as Function));
      continue;
    }
    for (const dto of rules.classesIn(type)) {
      const writer = rules.of(dto)?.entity ? undefined : lostWriter(dto);
      if (writer) findings.push(lost(dto.name, writer.name));
    }
    const rule = rules.of(type);
    if (!rule) continue;
    bodies.push({ property, rule });
    findings.push(...[...allRules(rule)].flatMap((one) => ruleFindings(one, registry)));
    if (takesFiles) findings.push(multipart(route.id, rule));
    if (creates) continue;
    const unbound = outermostRules(rule).filter(({ entity }) => !loaded.has(entity));
    findings.push(...unbound.map((one) => unboundWrites(route.id, one)));
  }
  return { bodies, creates, findings };
}

function ruleFindings({ dto, entity, properties }: BodyRule, registry: ResourceRegistry): Finding[] {
  if (!entity) return [];
  const undeclared = new Set([...properties.values()].filter(({ declared }) => !declared));
  const findings: Finding[] = [...undeclared].map(({ name }) => ({
    code: 'input.writes-unbound',
    where: `${dto.name}.${name}`,
    message: `it has no @WritableBy, so nobody may write it.`,
    fix: "@WritableBy(OWNER), @WritableBy(ANYONE) or a role: @WritableBy('support')",
  }));
  if (!registry.of(entity)) {
    findings.push(unknownResource(dto.name, entity.name, `@WritesTo(${entity.name})`));
  }
  return findings;
}

function unboundWrites(where: string, { dto, entity }: BodyRule): Finding {
  const name = entity!.name;
  return {
    code: 'input.writes-unbound',
    where,
    message: `its body ${dto.name} writes to ${name}, but the route loads none, so nobody would be its owner.`,
    fix: `write @Can('update', ${name}) on the method; only a POST without unchecked path parameters creates one`,
  };
}

function notBody(where: string, index: number, { name }: Function): Finding {
  return {
    code: 'input.writes-unbound',
    where,
    message: `parameter ${index} takes ${name}, but not by @Body(): its write rules would not be asked.`,
    fix: `write @Body() body: ${name}, or a class without @WritesTo`,
  };
}

function lost(dto: string, writer: string): Finding {
  return {
    code: 'input.writes-unbound',
    where: dto,
    message: `it takes properties of ${writer} through PartialType or its like, which drop @WritesTo and @WritableBy.`,
    fix: `write @WritesTo(…) on ${dto}, and declare each property in it with its @WritableBy`,
  };
}

function multipart(where: string, { dto }: BodyRule): Finding {
  return {
    code: 'input.writes-unbound',
    where,
    message: `its body ${dto.name} comes with files: it is read after the guard, so its write rules refuse it.`,
    fix: 'take the file and the properties by two routes',
  };
}
