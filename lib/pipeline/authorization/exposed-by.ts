import type { Type } from '@nestjs/common';
import type { ExposedOf, ExposedProperty } from '../../core/exposed-property.js';

/** To whom a stored object shows a property as it is stored: to callers to whom each of these exposes it. `undefined`: to nobody. */
export type ExposedBy = (stored: object) => readonly ExposedProperty[] | undefined;

/**
 * How the objects of a class, and of those that extend it, show one property: by the declared class and by their own, as in an answer.
 * `undefined` where the declared class shows it to nobody as it is stored.
 */
export function exposedBy(
  entity: Type<object>,
  property: string,
  exposedOf: ExposedOf,
): ExposedBy | undefined {
  const declared = exposedOf(entity).get(property);
  if (!declared?.plain) return undefined;
  const byType = new Map<unknown, readonly ExposedProperty[] | undefined>([[entity, [declared]]]);
  const ofSubclass = (type: Type<object>) => {
    const own = exposedOf(type).get(property);
    return own?.plain ? [declared, own] : undefined;
  };
  return (stored) => {
    // A plain row is of the declared class.
    const type: unknown =
      stored instanceof entity ? (Object.getPrototypeOf(stored) as object).constructor : entity;
    if (typeof type !== 'function') return undefined;
    if (!byType.has(type)) byType.set(type, ofSubclass(type as Type<object>));
    return byType.get(type);
  };
}
