import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { carriedRules, carryRules } from '../../kit/classes/carried-rules.js';
import { accessError } from './access-error.js';

/** What a decorator says of the properties of classes. */
export interface PropertyRules<V> {
  /** Adds to what is said of a property of this class. */
  declare(target: object, property: string, value: V): void;
  /**
   * What is said of each property of a class: by the nearest class that says it, else by the class from which `PickType` or its
   * like took the property.
   */
  of(dto: Type<object>): ReadonlyMap<string, V>;
}

/**
 * The store of one decorator.
 *
 * @param add unites what several decorators on one property say
 * @param join unites what several classes say, of which a joined class took one property; `undefined`: they contradict each other
 */
export function propertyRules<V>(
  key: symbol,
  add: (present: V, more: V) => V,
  join: (values: readonly V[]) => V | undefined,
): PropertyRules<V> {
  type Declared = ReadonlyMap<string, V>;

  const chain = (dto: Type<object>): Map<string, V> => {
    const found = new Map<string, V>();
    for (let at = dto.prototype as object | null; at; at = Object.getPrototypeOf(at) as object | null) {
      const declared = Reflect.getOwnMetadata(key, at) as Declared | undefined;
      declared?.forEach((value, property) => {
        if (!found.has(property)) found.set(property, value);
      });
    }
    return found;
  };

  return {
    declare(target, property, value) {
      const declared = new Map(Reflect.getOwnMetadata(key, target) as Declared | undefined);
      const present = declared.get(property);
      declared.set(property, present === undefined ? value : add(present, value));
      Reflect.defineMetadata(key, declared, target);
      carryRules(target, property);
    },
    of(dto) {
      const found = chain(dto);
      for (const [property, classes] of carriedRules(dto)) {
        if (found.has(property)) continue;
        const values = [...classes].flatMap((declaredBy) => {
          const value = chain(declaredBy).get(property);
          return value === undefined ? [] : [value];
        });
        const joined = values.length > 1 ? join(values) : values[0];
        if (joined !== undefined) found.set(property, joined);
      }
      return found;
    },
  };
}

/**
 * Refuses what cannot be a property of a JSON object.
 *
 * @throws {SecurityConfigError} `access.invalid`
 */
export function checkProperty(target: object, property: unknown): asserts property is string {
  if (typeof target !== 'function' && typeof property === 'string') return;
  throw accessError(
    target,
    property as string,
    'cannot be a property of a JSON object',
    'declare properties of the instances, named by a string',
  );
}
