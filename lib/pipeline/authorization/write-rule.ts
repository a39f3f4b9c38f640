import type { Type } from '@nestjs/common';
import { ANYONE, OWNER } from '../../policy/audiences.js';
import type { ExposedOf } from '../../core/exposed-property.js';
import { dtoProperties, type DtoProperty } from './dto-properties.js';
import { exposedBy, type ExposedBy } from './exposed-by.js';
import type { PresetFunction } from './preset.decorator.js';
import type { Reference } from './references.decorator.js';
import type { WritingAudience } from './writable-by.decorator.js';
import { entityWrittenBy } from './writes-to.decorator.js';

/** What is checked of the bodies of one class. */
export interface BodyRule {
  readonly dto: Type<object>;
  /** `undefined`: only nested objects are checked. */
  readonly entity: Type<object> | undefined;
  /** By the names that a client may send. */
  readonly properties: ReadonlyMap<string, PropertyRule>;
  /** The properties that the caller fills, by the name that the pipe reads. */
  readonly presets: ReadonlyMap<string, PresetFunction>;
}

/** Who may write one property. */
export interface PropertyRule {
  readonly name: string;
  /** `false`: it has no `@WritableBy`, and no `@Preset`. */
  readonly declared: boolean;
  readonly anyone: boolean;
  readonly owner: boolean;
  readonly roles: readonly string[];
  /** `ifUnchanged`: who may send back what a stored object holds. `undefined`: nobody may. */
  readonly unchanged: ExposedBy | undefined;
  /** What its value, or each of its values, names. */
  readonly references: readonly Reference[];
  readonly declaration: DtoProperty;
  /** The rules of the objects in it. */
  readonly nested: readonly BodyRule[];
  /** Of all objects in it, those of which nothing is checked included. */
  readonly holds: readonly BodyRule[];
}

interface OpenRule extends BodyRule {
  readonly properties: Map<string, OpenProperty>;
  readonly presets: Map<string, PresetFunction>;
}

interface OpenProperty extends PropertyRule {
  nested: readonly OpenRule[];
  readonly holds: readonly OpenRule[];
}

const PLAIN: ReadonlySet<unknown> = new Set([
  Object,
  Array,
  String,
  Number,
  Boolean,
  Date,
  Map,
  Set,
  Promise,
]);

/** Compiles body classes, each once. */
export class WriteRules {
  readonly #rules = new Map<Type<object>, OpenRule>();

  constructor(private readonly exposedOf: ExposedOf) {}

  /** The rule of a body class, or `undefined` where neither it nor anything in it has `@WritesTo` or `@References`. */
  of(type: unknown): BodyRule | undefined {
    if (typeof type !== 'function' || PLAIN.has(type)) return undefined;
    const rule = this.#build(type as Type<object>);
    return pruned(rule);
  }

  /** Every class that a body class consists of, itself first. */
  classesIn(type: unknown): ReadonlyArray<Type<object>> {
    if (typeof type !== 'function' || PLAIN.has(type)) return [];
    return [...allRules(this.#build(type as Type<object>), 'holds')].map(({ dto }) => dto);
  }

  #build(dto: Type<object>): OpenRule {
    const present = this.#rules.get(dto);
    if (present) return present;
    const entity = entityWrittenBy(dto);
    const rule: OpenRule = { dto, entity, properties: new Map(), presets: new Map() };
    // Before its properties: a class may hold objects of itself.
    this.#rules.set(dto, rule);
    for (const property of dtoProperties(dto)) {
      const classes = property.nested.filter((type) => !PLAIN.has(type));
      const holds = classes.map((type) => this.#build(type));
      const unchanged =
        entity && property.grant?.ifUnchanged ? exposedBy(entity, property.name, this.exposedOf) : undefined;
      const compiled: OpenProperty = { ...propertyRule(property), unchanged, nested: holds, holds };
      for (const key of property.keys) rule.properties.set(key, compiled);
      if (property.preset) rule.presets.set(property.keys.at(-1)!, property.preset);
    }
    return rule;
  }
}

/** The rules of a body and of everything in it, each once; by `holds` those of which nothing is checked as well. */
export function allRules<R extends BodyRule>(
  rule: R,
  by: 'nested' | 'holds' = 'nested',
  into = new Set<R>(),
): ReadonlySet<R> {
  if (into.has(rule)) return into;
  into.add(rule);
  for (const property of rule.properties.values()) {
    for (const inner of property[by]) allRules(inner as R, by, into);
  }
  return into;
}

/** The rules that stand in no object of an entity: whose owner is decided by the route alone. */
export function outermostRules(rule: BodyRule, seen = new Set<BodyRule>()): readonly BodyRule[] {
  if (seen.has(rule)) return [];
  seen.add(rule);
  if (rule.entity) return [rule];
  return [...rule.properties.values()].flatMap(({ nested }) =>
    nested.flatMap((inner) => outermostRules(inner, seen)),
  );
}

/** What callers write by any other right than a role: by `OWNER`, `ANYONE` or a preset, or because a class without `@WritesTo` asks for none. */
export function openProperties({ entity, properties }: BodyRule): readonly PropertyRule[] {
  const open = ({ owner, anyone, declaration }: PropertyRule) => owner || anyone || declaration.preset;
  return [...new Set(properties.values())].filter((property) => !entity || open(property));
}

function propertyRule(declaration: DtoProperty): Omit<PropertyRule, 'nested' | 'holds' | 'unchanged'> {
  const { name, grant, preset, references } = declaration;
  const named: readonly WritingAudience[] = grant?.audiences ?? [];
  return {
    name,
    declaration,
    references,
    declared: grant !== undefined || preset !== undefined,
    anyone: named.includes(ANYONE),
    owner: named.includes(OWNER),
    roles: named.filter((audience) => typeof audience === 'string'),
  };
}

/** Whether a rule, or one in it, decides who may write. */
export function writes(rule: BodyRule): boolean {
  return [...allRules(rule)].some(({ entity }) => entity !== undefined);
}

/** Whether a rule, or one in it, names objects. */
export function refers(rule: BodyRule): boolean {
  return [...allRules(rule)].some(({ properties }) =>
    [...properties.values()].some(({ references }) => references.length > 0),
  );
}

// A body without any rule inside is not walked per request.
function pruned(rule: OpenRule): BodyRule | undefined {
  const guards = (one: OpenRule) => writes(one) || refers(one);
  if (!guards(rule)) return undefined;
  const rules = [...allRules(rule)];
  const idle = new Set(rules.filter((one) => !guards(one)));
  for (const { properties } of rules) {
    for (const property of properties.values()) {
      property.nested = property.nested.filter((inner) => !idle.has(inner));
    }
  }
  return rule;
}
