import type { Type } from '@nestjs/common';
import type { Finding } from '../../core/finding.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import { dtoProperties } from './dto-properties.js';
import type { HeldObject } from './held-objects.js';
import { unknownResource } from './load-compiler.js';
import { presetsOf } from './preset.decorator.js';
import { entityWrittenBy } from './writes-to.decorator.js';
import { writableProperties } from './writable-by.decorator.js';
import { openProperties, type BodyRule, type PropertyRule } from './write-rule.js';

/**
 * What is wrong with the rules of one `@WritesTo` class, on whatever route.
 *
 * @param outermost whether no object of an entity stands around it, whose owner would be its own
 */
export function ruleFindings(rule: BodyRule, registry: ResourceRegistry, outermost: boolean): Finding[] {
  const { dto, entity, properties } = rule;
  if (!entity) return [];
  const findings = [...new Set(properties.values())].flatMap((property) =>
    propertyFindings(dto.name, property),
  );
  // What is written as a whole has rules of its own.
  if (outermost && !registry.of(entity))
    findings.push(unknownResource(dto.name, entity.name, `@WritesTo(${entity.name})`));
  const resource = registry.nearest(entity);
  const ids = (resource?.ids ?? ['id']).flatMap((id) => declaredAs(rule, id));
  findings.push(...ids.map((id) => namesRow(rule, id)));
  const owners = (resource?.ownerProperties() ?? []).flatMap((name) => declaredAs(rule, name));
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

/** The properties of a class whose `@WritableBy` nothing checks, and whose `@Preset` nothing fills. */
export function uncheckedRules(dto: Type<object>): Finding[] {
  if (entityWrittenBy(dto)) return [];
  const finding = (decorator: string, effect: string) => (name: string) => ({
    code: 'input.writes-unbound' as const,
    where: `${dto.name}.${name}`,
    message: `it has ${decorator}, but ${dto.name} has no @WritesTo: nothing ${effect} it.`,
    fix: `@WritesTo(Order) class ${dto.name}, with the class that it writes to`,
  });
  return [
    ...[...writableProperties(dto).keys()].map(finding('@WritableBy', 'checks')),
    ...[...presetsOf(dto).keys()].map(finding('@Preset', 'fills')),
  ];
}

/** The presets that would give an object that exists to whoever changes it. */
export function presetOwners(rule: BodyRule, where: string, registry: ResourceRegistry): Finding[] {
  const resource = rule.entity && registry.nearest(rule.entity);
  if (!resource) return [];
  const names = [...resource.ownerProperties(), ...resource.ids];
  return [...new Set(rule.properties.values())]
    .filter(({ name, declaration }) => declaration.preset && names.includes(name))
    .map(({ name }) => ({
      code: 'input.writes-unbound',
      where: `${rule.dto.name}.${name}`,
      message: `its @Preset says whose ${resource.name} it is, and ${where} changes one that exists: whoever may change it would take it.`,
      fix: `take a class without ${name} there: OmitType(${rule.dto.name}, ['${name}'])`,
    }));
}

/**
 * What others than roles write of a resource that stands in the object that a route changes: the row that an ORM changes with it may be
 * another's, and no rule of its own was asked.
 */
export function nestedResource({ rule, holder, resource }: HeldObject, where: string): Finding[] {
  if (!resource) return [];
  const { name } = resource;
  const finding = (place: string, instead: string): Finding => ({
    code: 'input.writes-unbound',
    where: place,
    message: `${where} changes an object that exists, and the ${name} in it may be another's: what the route asks is not asked of that one.`,
    fix: `change ${name} by a route of its own: @Can('update', ${name}) on its id; or ${instead}`,
  });
  const roles = "name roles alone, @WritableBy('admin')";
  if (!rule.entity) return [finding(holder, roles)];
  const { dto } = rule;
  return openProperties(rule).map((property) =>
    finding(
      `${dto.name}.${property.name}`,
      property.declaration.preset
        ? `take a class without ${property.name} there: OmitType(${dto.name}, ['${property.name}'])`
        : roles,
    ),
  );
}

/** An object of any shape in the place of a resource, where a route creates what is around it: its id would be the row of another. */
export function freeFormResource({ holder, freeForm, resource }: HeldObject, where: string): Finding[] {
  if (!resource || !freeForm) return [];
  const { name } = resource;
  return [
    {
      code: 'input.writes-unbound',
      where: holder,
      message: `it takes an object of any shape in the place of a ${name}, and ${where} stores it: an id in it would be the row of another.`,
      fix: `take its id, with @References(${name}) and @IsUUID() or @IsInt(); or a class without an id, with @ValidateNested() and @Type(() => …)`,
    },
  ];
}

/** What is wrong with the rules of one property of a `@WritesTo` class. */
function propertyFindings(dto: string, { name, declared, declaration, unchanged }: PropertyRule): Finding[] {
  const where = `${dto}.${name}`;
  const finding = (message: string, fix: string): Finding[] => [
    { code: 'input.writes-unbound', where, message, fix },
  ];
  const { grant, preset, validated, transformed } = declaration;
  if (!declared) return [undeclared(where)];
  if (grant && preset) {
    return finding('it has @WritableBy and @Preset: who may write what the caller is?', 'keep one');
  }
  if (preset && !validated) {
    return finding(
      'it has @Preset and no validation decorator, so the pipe would refuse what is filled in.',
      'write what its values are: @IsString()',
    );
  }
  if (grant?.ifUnchanged && (!unchanged || transformed)) {
    return finding(
      'it has ifUnchanged, but the entity shows it to nobody as it is stored: nobody could send it back.',
      "expose one plain value, @ExposeFor('support'), without @Transform on either side, or leave ifUnchanged out",
    );
  }
  return [];
}

/** The properties with `@WritableBy` that bear a name, as their own or as their alias. */
function declaredAs({ properties }: BodyRule, sought: string): PropertyRule[] {
  const named = [...properties].filter(([key, { name }]) => key === sought || name === sought);
  return [...new Set(named.map(([, property]) => property))].filter(({ declaration }) => declaration.grant);
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
