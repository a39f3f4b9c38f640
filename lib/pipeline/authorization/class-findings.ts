import type { Type } from '@nestjs/common';
import type { Finding } from '../../core/finding.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import { dtoProperties, lostWriter } from './dto-properties.js';
import { unknownResource } from './load-compiler.js';
import { entityWrittenBy } from './writes-to.decorator.js';
import { writableProperties } from './writable-by.decorator.js';
import type { BodyRule, PropertyRule } from './write-rule.js';

/** What is wrong with the rules of one `@WritesTo` class, on whatever route. */
export function ruleFindings(rule: BodyRule, registry: ResourceRegistry): Finding[] {
  const { dto, entity, properties } = rule;
  if (!entity) return [];
  const findings = [...new Set(properties.values())].flatMap(({ name, declared }) =>
    declared ? [] : [undeclared(`${dto.name}.${name}`)],
  );
  const resource = registry.of(entity);
  if (!resource) findings.push(unknownResource(dto.name, entity.name, `@WritesTo(${entity.name})`));
  const ids = (resource?.ids ?? ['id']).flatMap((id) => declaredAs(rule, id));
  findings.push(...ids.map((id) => namesRow(rule, id)));
  const owners = resource ? declaredAs(rule, resource.owner[0]!) : [];
  const open = owners.filter((owner) => !ids.includes(owner) && (owner.owner || owner.anyone));
  findings.push(...open.map((owner) => givesAway(rule, owner)));
  return findings;
}

/** The id in a class without `@WritesTo` that stands inside one that has it: an ORM that cascades would write the row that it names. */
export function nestedIds(inner: Type<object>): Finding[] {
  if (entityWrittenBy(inner)) return [];
  const ids = dtoProperties(inner).filter(({ name, keys }) => name === 'id' || keys.includes('id'));
  return ids.map(({ name }) => ({
    code: 'input.writes-unbound',
    where: `${inner.name}.${name}`,
    message:
      'it names a row inside a body that is written: a caller could change, or take, the row of another.',
    fix: `remove it from ${inner.name}, and change the row by a route of its own: @Can('update', …) on its id. A reference is a property of its own: productId`,
  }));
}

/** The properties of a class whose `@WritableBy` nothing checks. */
export function uncheckedRules(dto: Type<object>): Finding[] {
  if (entityWrittenBy(dto)) return [];
  return [...writableProperties(dto).keys()].map((name) => ({
    code: 'input.writes-unbound',
    where: `${dto.name}.${name}`,
    message: `it has @WritableBy, but ${dto.name} has no @WritesTo: nothing checks it.`,
    fix: `@WritesTo(Order) class ${dto.name}, with the class that it writes to`,
  }));
}

/** The class whose write rules a mapped type has dropped. */
export function lostRules(dto: Type<object>): Finding[] {
  const writer = entityWrittenBy(dto) ? undefined : lostWriter(dto);
  if (!writer) return [];
  return [
    {
      code: 'input.writes-unbound',
      where: dto.name,
      message: `it takes properties of ${writer.name} through PartialType or its like, which drop @WritesTo and @WritableBy.`,
      fix: `write @WritesTo(…) on ${dto.name}, and declare each property in it with its @WritableBy`,
    },
  ];
}

/** The properties with `@WritableBy` that bear a name, as their own or as their alias. */
function declaredAs({ properties }: BodyRule, sought: string): PropertyRule[] {
  const named = [...properties].filter(([key, { name }]) => key === sought || name === sought);
  return [...new Set(named.map(([, property]) => property))].filter(({ declared }) => declared);
}

function undeclared(where: string): Finding {
  return {
    code: 'input.writes-unbound',
    where,
    message: `it has no @WritableBy, so nobody may write it.`,
    fix: "@WritableBy(OWNER), @WritableBy(ANYONE) or a role: @WritableBy('support')",
  };
}

function namesRow({ dto, entity }: BodyRule, { name }: PropertyRule): Finding {
  return {
    code: 'input.writes-unbound',
    where: `${dto.name}.${name}`,
    message: `it is part of the id of ${entity!.name}: a body that names the row that it writes could name another's.`,
    fix: `remove it from ${dto.name}, and take the id from the path: @Can('update', ${entity!.name})`,
  };
}

function givesAway({ dto, entity }: BodyRule, { name }: PropertyRule): Finding {
  return {
    code: 'input.writes-unbound',
    where: `${dto.name}.${name}`,
    message: `it says who owns ${entity!.name}: with OWNER or ANYONE, a caller could give one away, or take one.`,
    fix: "name roles alone, @WritableBy('admin'), or remove it and set the owner in the handler: @CurrentUser()",
  };
}
