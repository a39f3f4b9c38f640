import { toPointer } from '../../kit/json/json-pointer.js';
import { MAX_IDS } from './id-batch.js';
import type { CompiledReferences } from './reference-compiler.js';
import type { NamedObject } from './resource-load.js';
import type { BodyRule, PropertyRule } from './write-rule.js';

/** The objects that the properties with `@References` of a raw body name. What is `null` or not there names nothing. */
export function objectsNamedBy(body: unknown, { bodies, checks }: CompiledReferences): NamedObject[] {
  const found: NamedObject[] = [];
  const path: Array<string | number> = [];

  const at = (step: string | number, look: () => void): void => {
    path.push(step);
    look();
    path.pop();
  };
  const name = (value: unknown, { references }: PropertyRule): void => {
    for (const reference of references) {
      const asked = checks.get(reference);
      if (asked) found.push({ ...asked, pointer: toPointer(path), value });
    }
  };
  const read = (held: unknown, property: PropertyRule): void => {
    if (held === null) return;
    if (!Array.isArray(held)) name(held, property);
    // Too long a list is no id.
    else if (held.length > MAX_IDS) name(undefined, property);
    else held.forEach((value, index) => at(index, () => name(value, property)));
  };
  const visit = (value: unknown, rule: BodyRule): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      value.forEach((item, index) => at(index, () => visit(item, rule)));
      return;
    }
    for (const key of Object.keys(value)) {
      const property = rule.properties.get(key);
      if (property === undefined) continue;
      const held = (value as Readonly<Record<string, unknown>>)[key];
      at(key, () => {
        for (const inner of property.nested) visit(held, inner);
        if (property.references.length > 0) read(held, property);
      });
    }
  };

  for (const { property, rule } of bodies) {
    if (property === undefined) visit(body, rule);
    else if (typeof body === 'object' && body !== null && Object.hasOwn(body, property)) {
      at(property, () => visit((body as Readonly<Record<string, unknown>>)[property], rule));
    }
  }
  return found;
}
