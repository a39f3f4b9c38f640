import type { Audience } from '../../../core/audience.js';
import type { AnyClass } from './class-transformer-metadata.js';
import { exposureOf } from './class-exposure.js';
import type { PropertyExposure } from './class-exposure.js';
import type { Encode } from './encoder.js';
import { lineageOf } from './lineage.js';
import { columnOf } from './shape.js';
import type { Shape } from './shape.js';

/** What one audience gets of a class. */
export interface ClassShapes {
  /** Of an object that the caller owns. */
  readonly owner: Shape;
  /** Of every other object. */
  readonly others: Shape;
}

/** Whether an audience sees a property. The lower of two admits less. */
const NEVER = 0;
const IF_OWNED = 1;
const ALWAYS = 2;

/** Compiles what one audience gets of a class. */
export function shapesOf(
  type: AnyClass,
  audience: Audience,
  encoderOf: (property: PropertyExposure) => Encode,
): ClassShapes {
  return compile([...exposureOf(type).properties.values()], audience, encoderOf, (property) =>
    admission(property, audience),
  );
}

/**
 * Compiles what one audience gets of an instance of `actual` where `declared` is declared. The object's own class has its say:
 * a property leaves where both admit it, so a subclass may be stricter and never looser, and a @Transform of either is applied.
 * What only `actual` declares stays in.
 */
export function restrictedShapesOf(
  declared: AnyClass,
  actual: AnyClass,
  audience: Audience,
  encoderOf: (property: PropertyExposure) => Encode,
): ClassShapes {
  const own = exposureOf(actual).properties;
  const properties = [...exposureOf(declared).properties.values()]
    .filter(({ key }) => own.has(key))
    .map((property) => ({
      ...property,
      transforms: joined(declared, property, actual, own.get(property.key)!),
    }));
  return compile(properties, audience, encoderOf, (property) =>
    Math.min(admission(property, audience), admission(own.get(property.key)!, audience)),
  );
}

function compile(
  properties: readonly PropertyExposure[],
  audience: Audience,
  encoderOf: (property: PropertyExposure) => Encode,
  admit: (property: PropertyExposure) => number,
): ClassShapes {
  const admitted = properties
    .map((property) => ({ property, when: admit(property) }))
    .filter(({ when }) => when !== NEVER)
    .map(({ property, when }) => ({ column: columnOf(property, audience, encoderOf(property)), when }));
  return {
    owner: admitted.map(({ column }) => column),
    others: admitted.filter(({ when }) => when === ALWAYS).map(({ column }) => column),
  };
}

function admission({ rule }: PropertyExposure, { roles }: Audience): number {
  if (rule.anyone) return ALWAYS;
  for (const role of rule.roles) if (roles.has(role)) return ALWAYS;
  return rule.owner ? IF_OWNED : NEVER;
}

/** The transforms of both classes, once each: a class already has those that it inherits. */
function joined(
  declared: AnyClass,
  { transforms }: PropertyExposure,
  actual: AnyClass,
  own: PropertyExposure,
): PropertyExposure['transforms'] {
  if (lineageOf(actual).includes(declared)) return own.transforms;
  if (lineageOf(declared).includes(actual)) return transforms;
  return [...own.transforms, ...transforms];
}
