import { SecurityConfigError } from '../../../core/config-error.js';
import { inheritedDescriptor } from '../../../kit/classes/inherited-descriptor.js';
import { ANYONE, OWNER } from '../../../policy/audiences.js';
import {
  exposeOf,
  exposedProperties,
  hasOwnExclude,
  hasOwnGroups,
  transformsOf,
} from './class-transformer-metadata.js';
import type { AnyClass, TransformerFunction } from './class-transformer-metadata.js';
import { declarationsOn } from './expose-for.decorator.js';
import { lineageOf, prototypeOf } from './lineage.js';
import { slotOf } from './slot.js';
import type { Slot } from './slot.js';

/** Who may see a property. */
export interface ExposureRule {
  readonly anyone: boolean;
  readonly owner: boolean;
  readonly roles: ReadonlySet<string>;
}

/** One property that a class lets out. */
export interface PropertyExposure {
  readonly key: string;
  /** The key in the response: `@Expose({ name })` renames. */
  readonly name: string;
  /** `Order.total`. */
  readonly where: string;
  readonly rule: ExposureRule;
  /** Whether `@ExposeFor` made the rule; else class-transformer's `@Expose`, whose groups need not be roles. */
  readonly declared: boolean;
  readonly transforms: readonly TransformerFunction[];
  readonly slot: Slot;
  /** Whether what it holds belongs to the owner of the object around it. */
  readonly part: boolean;
  /** Whether it is declared on a method: the response holds what the method returns. */
  readonly method: boolean;
}

/** All that a class lets out, inherited properties included. A property that is not in it never leaves. */
export interface ClassExposure {
  readonly type: AnyClass;
  readonly properties: ReadonlyMap<string, PropertyExposure>;
}

const cache = new WeakMap<AnyClass, ClassExposure>();

/**
 * Reads what a class lets out: `@ExposeFor`, and class-transformer's `@Expose`, `@Exclude`, `@Type` and `@Transform`.
 *
 * @throws {SecurityConfigError} `exposure.invalid` for declarations that contradict one another.
 */
export function exposureOf(type: AnyClass): ClassExposure {
  const known = cache.get(type);
  if (known) return known;
  const lineage = lineageOf(type);
  const keys = new Set(lineage.toReversed().flatMap((cls) => [...declarationsOn(prototypeOf(cls)).keys()]));
  for (const key of exposedProperties(type)) keys.add(key);
  const properties = new Map<string, PropertyExposure>();
  for (const key of keys) {
    const property = propertyOf(type, lineage, key);
    if (property) properties.set(key, property);
  }
  const exposure = { type, properties };
  cache.set(type, exposure);
  return exposure;
}

function propertyOf(type: AnyClass, lineage: readonly AnyClass[], key: string): PropertyExposure | undefined {
  const where = `${type.name}.${key}`;
  const declaredAt = lineage.findIndex((cls) => declarationsOn(prototypeOf(cls)).has(key));
  if (declaredAt >= 0) checkAgainstTransformer(where, lineage, key, declaredAt);
  if (lineage.some((cls) => hasOwnExclude(cls, key))) return undefined;

  const expose = exposeOf(type, key);
  const declarations = declaredAt < 0 ? [] : declarationsOn(prototypeOf(lineage[declaredAt]!)).get(key)!;
  if (declaredAt < 0 && !expose) return undefined;
  const audiences = declarations.flatMap((declaration) => declaration.audiences);
  const name = expose?.name ?? key;
  if (name === '__proto__') fail(where, 'is exposed as __proto__', 'choose another name');
  const transforms = transformsOf(type, key);
  const rule =
    declaredAt >= 0
      ? {
          anyone: audiences.includes(ANYONE),
          owner: audiences.includes(OWNER),
          roles: new Set(audiences.filter((audience) => typeof audience === 'string')),
        }
      : { anyone: expose?.groups === undefined, owner: false, roles: new Set(expose?.groups) };
  const spoken = lineage.flatMap((cls) => declarationsOn(prototypeOf(cls)).get(key) ?? []);
  const thunk = spoken.find((declaration) => declaration.type)?.type;
  const slot = slotOf(type, key, thunk, transforms.length > 0);
  const part = spoken.some((declaration) => declaration.part);
  return {
    key,
    name,
    where,
    rule,
    declared: declaredAt >= 0,
    transforms,
    slot,
    part,
    method: isMethod(type, key),
  };
}

/** `@ExposeFor` and class-transformer may both speak of a property only where they cannot disagree. */
function checkAgainstTransformer(
  where: string,
  lineage: readonly AnyClass[],
  key: string,
  declaredAt: number,
): void {
  // A subclass may withdraw what its parent exposes; it cannot expose what its parent has excluded.
  if (lineage.some((cls, index) => index >= declaredAt && hasOwnExclude(cls, key))) {
    fail(where, 'has both @ExposeFor and @Exclude', 'remove one of them; without @ExposeFor it never leaves');
  }
  if (lineage.some((cls) => hasOwnGroups(cls, key))) {
    fail(
      where,
      'has both @ExposeFor and @Expose({ groups })',
      'name the roles in @ExposeFor and leave groups out',
    );
  }
}

function isMethod(type: AnyClass, key: string): boolean {
  return typeof inheritedDescriptor(prototypeOf(type), key)?.value === 'function';
}

function fail(where: string, problem: string, fix: string): never {
  throw new SecurityConfigError('exposure.invalid', where, problem, fix);
}
