import 'reflect-metadata';
import { SecurityConfigError } from '../../../core/config-error.js';
import { typeOf } from './class-transformer-metadata.js';
import type { AnyClass, TransformerType } from './class-transformer-metadata.js';
import type { TypeThunk } from './expose-for.decorator.js';
import { declaresExposure, prototypeOf } from './lineage.js';

/** In which forms the values of a property may come; anything else is refused. */
export interface Container {
  readonly one: boolean;
  /** An array or a Set. */
  readonly list: boolean;
  /** A Map, or a plain object that stands for one. */
  readonly map: boolean;
}

/** One of several classes, told apart as `@Type` with a discriminator says. */
export interface Alternative {
  readonly name: string;
  readonly type: AnyClass;
}

/** What one value of a property is. */
export type Element =
  /** No properties of its own. `convert` is what `@Type(() => Number)` asks for. */
  | { readonly kind: 'scalar'; readonly convert: ((value: unknown) => unknown) | undefined }
  /** A JSON column, copied whole. */
  | { readonly kind: 'json' }
  /** An object, read by the rules of a class. `orScalar`: a `@Transform` may have made a scalar of it. */
  | { readonly kind: 'class'; readonly type: AnyClass; readonly orScalar: boolean }
  | { readonly kind: 'oneOf'; readonly property: string; readonly alternatives: readonly Alternative[] };

/** What a property is declared to hold. */
export interface Slot {
  readonly container: Container;
  readonly element: Element;
}

const CONVERSIONS = new Map<unknown, (value: unknown) => unknown>([
  [String, String],
  [Number, Number],
  [Boolean, Boolean],
  [Date, (value) => (value instanceof Date ? value : new Date(value as string))],
]);
const SCALARS: ReadonlySet<unknown> = new Set([undefined, Object, String, Number, Boolean, BigInt, Date]);
const LISTS: ReadonlySet<unknown> = new Set([Array, Set]);
const UNKNOWN: ReadonlySet<unknown> = new Set([undefined, Object]);

/**
 * What a property holds: `@ExposeFor(…, { type })`, else class-transformer's `@Type`, else the type that TypeScript emitted.
 *
 * @throws {SecurityConfigError} `exposure.invalid` where it is a class that exposes nothing.
 */
export function slotOf(
  type: AnyClass,
  key: string,
  thunk: TypeThunk | undefined,
  transformed: boolean,
): Slot {
  const emitted = emittedType(type, key);
  const where = `${type.name}.${key}`;
  const spoken = thunk && spokenType(where, thunk);
  const typed = spoken ? undefined : typeOf(type, key);
  // What a @Transform returns need not be of the property's type.
  const loose = transformed || UNKNOWN.has(emitted);
  const container = {
    one: loose || !(LISTS.has(emitted) || emitted === Map),
    list: loose || LISTS.has(emitted),
    map: emitted === Map,
  };
  return { container, element: elementOf(where, spoken, typed, emitted, transformed) };
}

/** TypeScript's own metadata: of a property or getter its type, of a method the type that it returns. */
function emittedType(type: AnyClass, key: string): unknown {
  const emitted: unknown = Reflect.getMetadata('design:type', prototypeOf(type), key);
  return emitted === Function ? Reflect.getMetadata('design:returntype', prototypeOf(type), key) : emitted;
}

function elementOf(
  where: string,
  spoken: AnyClass | undefined,
  typed: TransformerType | undefined,
  emitted: unknown,
  transformed: boolean,
): Element {
  if (spoken === Object) return { kind: 'json' };
  if (typed?.type === Object && !typed.discriminator) return { kind: 'scalar', convert: undefined };
  if (typed?.discriminator) {
    const { property, subTypes } = typed.discriminator;
    const alternatives = subTypes.map(({ name, value }) => ({ name, type: value as AnyClass }));
    for (const { type } of alternatives) checkExposes(where, type);
    return { kind: 'oneOf', property, alternatives };
  }
  const named = spoken ?? typed?.type;
  if (named !== undefined) {
    const convert = CONVERSIONS.get(named);
    return convert ? { kind: 'scalar', convert } : classElement(where, named, transformed);
  }
  if (SCALARS.has(emitted) || LISTS.has(emitted) || emitted === Map)
    return { kind: 'scalar', convert: undefined };
  return classElement(where, emitted as AnyClass, transformed);
}

/** A class with rules of its own; a class without, such as Decimal, is a scalar if it can say so itself. */
function classElement(where: string, type: AnyClass, transformed: boolean): Element {
  if (declaresExposure(type)) return { kind: 'class', type, orScalar: transformed };
  if (!transformed) checkExposes(where, type);
  return { kind: 'scalar', convert: undefined };
}

function checkExposes(where: string, type: AnyClass): void {
  const { prototype } = type as { prototype?: { toJSON?: unknown } };
  if (declaresExposure(type) || typeof prototype?.toJSON === 'function') return;
  throw new SecurityConfigError(
    'exposure.invalid',
    where,
    `is a ${type.name}, which exposes nothing`,
    type === Promise
      ? 'expose a property that holds the loaded object: a response cannot wait for a Promise'
      : `put @ExposeFor(…) on the properties of ${type.name} that may leave, or @Transform it into a scalar`,
  );
}

function spokenType(where: string, thunk: TypeThunk): AnyClass {
  const named: unknown = thunk();
  if (typeof named === 'function') return named;
  throw new SecurityConfigError(
    'exposure.invalid',
    where,
    'has { type } whose function gives no class',
    'write { type: () => OrderItem } with the class itself, also for arrays; a class that is undefined here is a circular import',
  );
}
