import type { Audience } from '../../../core/audience.js';
import type { AnyClass } from './class-transformer-metadata.js';
import { exposureOf } from './class-exposure.js';
import type { PropertyExposure } from './class-exposure.js';
import type { Encode } from './encoder.js';
import { lineageOf } from './lineage.js';
import { propertyWriter } from './property-writer.js';
import type { Write } from './property-writer.js';

/** What one audience gets of a class. */
export interface ClassWriters {
  /** Of an object that the caller owns. */
  readonly owner: readonly Write[];
  /** Of every other object. */
  readonly others: readonly Write[];
}

/** Whether an audience sees a property. The lower of two admits less. */
const NEVER = 0;
const IF_OWNED = 1;
const ALWAYS = 2;

/** Compiles what one audience gets of a class. */
export function writersOf(
  type: AnyClass,
  audience: Audience,
  encoderOf: (property: PropertyExposure) => Encode,
): ClassWriters {
  return compile([...exposureOf(type).properties.values()], audience, encoderOf, (property) =>
    admission(property, audience),
  );
}

/**
 * Compiles what one audience gets of an instance of `actual` where `declared` is declared. The object's own class has its say:
 * a property leaves where both admit it, so a subclass may be stricter and never looser, and a @Transform of either is applied.
 * What only `actual` declares stays in.
 */
export function restrictedWritersOf(
  declared: AnyClass,
  actual: AnyClass,
  audience: Audience,
  encoderOf: (property: PropertyExposure) => Encode,
): ClassWriters {
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
): ClassWriters {
  const owner: Write[] = [];
  const others: Write[] = [];
  for (const property of properties) {
    const admitted = admit(property);
    if (admitted === NEVER) continue;
    const write = propertyWriter(property, audience, encoderOf(property));
    owner.push(write);
    if (admitted === ALWAYS) others.push(write);
  }
  return { owner, others };
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
