import type { Finding } from '../../core/finding.js';
import type { Resource } from '../../policy/compiled-resource.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import type { GuardedBody } from './authorization.section.js';
import { unknownAction, unknownResource } from './load-compiler.js';
import { objectCheck, type ObjectCheck } from './object-check.js';
import type { Reference } from './references.decorator.js';
import type { ResourceLoad } from './resource-load.js';
import { allRules, refers } from './write-rule.js';

/** What the `@References` of a route come to. */
export interface CompiledReferences {
  /** The bodies that name objects. */
  readonly bodies: readonly GuardedBody[];
  readonly checks: ReadonlyMap<Reference, ReferenceCheck>;
  /** The loads of the route, with those of the resources that bodies alone name. */
  readonly loads: readonly ResourceLoad[];
  readonly findings: readonly Finding[];
  /** Whether a reference has no resource or no rule: the route then admits nobody. */
  readonly broken: boolean;
}

/** What is asked of an object that a body names. */
export interface ReferenceCheck {
  readonly resource: Resource;
  readonly check: ObjectCheck;
}

/** Compiles what the bodies of a route name. */
export function compileReferences(
  guarded: readonly GuardedBody[],
  loads: readonly ResourceLoad[],
  registry: ResourceRegistry,
): CompiledReferences {
  const bodies = guarded.filter(({ rule }) => refers(rule));
  const checks = new Map<Reference, ReferenceCheck>();
  const findings: Finding[] = [];
  const all = [...loads];
  let broken = false;
  for (const rule of new Set(bodies.flatMap((body) => [...allRules(body.rule)]))) {
    for (const { name, references, declaration } of new Set(rule.properties.values())) {
      const where = `${rule.dto.name}.${name}`;
      if (references.length > 0 && declaration.transformed) findings.push(transformed(where));
      for (const reference of references) {
        const { entity, action } = reference;
        const resource = registry.of(entity);
        const decorator = `@References(${entity.name})`;
        if (!resource) findings.push(unknownResource(where, entity.name, decorator));
        else if (!resource.actions.has(action))
          findings.push(unknownAction(where, decorator, action, resource));
        if (!resource?.actions.has(action)) {
          broken = true;
          continue;
        }
        checks.set(reference, { resource, check: objectCheck(resource, action, false) });
        if (!all.some((load) => load.resource === resource)) all.push({ resource, sources: [], lock: false });
      }
    }
  }
  return { bodies, checks, loads: all, findings, broken };
}

function transformed(where: string): Finding {
  return {
    code: 'access.reference-unchecked',
    where,
    message:
      'it has @References and @Transform: the handler would get another id than the one that was checked.',
    fix: 'leave @Transform out',
  };
}
