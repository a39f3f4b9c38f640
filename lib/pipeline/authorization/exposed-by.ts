import type { Type } from '@nestjs/common';
import { isPlain } from '../../core/is-plain.js';
import type { ExposedOf, ExposedProperty } from '../../core/exposed-property.js';

/** To whom a stored object shows a property as it is stored: to callers to whom each of these exposes it. `undefined`: to nobody. */
export type ExposedBy = (stored: object) => readonly ExposedProperty[] | undefined;

/**
 * How the objects of a class show one property: a plain row by that class, and an instance of another by both, as in an answer. `undefined`
 * where the declared class shows it to nobody as it is stored.
 */
export function exposedBy(
  entity: Type<object>,
  property: string,
  exposedOf: ExposedOf,
): ExposedBy | undefined {
  const declared = exposedOf(entity).get(property);
  if (!declared?.plain) return undefined;
  const byType = new Map<unknown, readonly ExposedProperty[] | undefined>([[entity, [declared]]]);
  const ofOther = (type: Type<object>) => {
    const own = exposedOf(type);
    // One that says nothing of any of its properties leaves it to the declared class.
    if (own.size === 0) return [declared];
    const shown = own.get(property);
    return shown?.plain ? [declared, shown] : undefined;
  };
  return (stored) => {
    const type: unknown = isPlain(stored)
      ? entity
      : (Object.getPrototypeOf(stored) as { constructor?: unknown }).constructor;
    if (typeof type !== 'function') return undefined;
    if (!byType.has(type)) byType.set(type, ofOther(type as Type<object>));
    return byType.get(type);
  };
}
