import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import { isList } from './array-declaration.js';
import type { Discriminator, PropertyDeclaration } from './class-declaration.js';
import type { ClassReader } from './class-reader.js';
import { scalarOf } from './exact-scalar.js';
import type { InputWalk } from './input-walk.js';
import type { ReadingContext } from './property-reader.js';

/** Reads the nested objects of a property; its size and shape are already checked. */
export interface NestedReader {
  readonly list: boolean;
  /** Every class it may make. */
  readonly classes: readonly ClassReader[];
  read(value: unknown, walk: InputWalk): unknown;
}

/**
 * Compiles `@ValidateNested` and `@Type`. A property with a `@Type` of a class is read by that class even where
 * `@ValidateNested` was forgotten.
 *
 * @throws {SecurityConfigError} `input.invalid` for `@ValidateNested` without `@Type`, and for a type that JSON cannot become.
 */
export function nestedReader(
  where: string,
  declaration: PropertyDeclaration,
  context: ReadingContext,
): NestedReader | undefined {
  const { type, discriminator, designType, validations } = declaration;
  const validated = validations.some((validation) => validation.type === 'nestedValidation');
  const plain =
    type === undefined || type === Object || (typeof type === 'function' && scalarOf(type) !== undefined);
  if (plain && !validated) return undefined;
  const list = isList(declaration);
  if (plain) {
    const name =
      typeof designType === 'function' && ![Object, Array].includes(designType as never)
        ? designType.name
        : 'ItsClass';
    throw new SecurityConfigError(
      'input.invalid',
      where,
      'has @ValidateNested() without the class of what is nested: every request would be refused',
      `write @Type(() => ${name})`,
    );
  }
  if (typeof type !== 'function' || !isClass(type) || designType === Map || designType === Set) {
    throw new SecurityConfigError(
      'input.invalid',
      where,
      'has a @Type that input cannot become',
      'write a class of your own, String, Number, Boolean or Date',
    );
  }
  const choose = discriminator ? chooser(type, discriminator, context) : fixed(context.readerOf(type));
  return { list, classes: choose.classes, read: list ? eachReader(choose.read) : choose.read };
}

type ReadOne = (value: unknown, walk: InputWalk) => unknown;
interface Choice {
  readonly classes: readonly ClassReader[];
  readonly read: ReadOne;
}

function isClass(type: Function): type is Type {
  return ![Array, Map, Set, Promise, BigInt, Symbol, Buffer, Function].includes(type as never);
}

function fixed(reader: ClassReader): Choice {
  return { classes: [reader], read: (value, walk) => reader.read(value, walk) };
}

function chooser(base: Type, discriminator: Discriminator, context: ReadingContext): Choice {
  const { property, keep } = discriminator;
  const readers = new Map(discriminator.subTypes.map(({ name, value }) => [name, context.readerOf(value)]));
  const fallback = context.readerOf(base);
  return {
    classes: [fallback, ...readers.values()],
    read: (value, walk) => {
      const name = (value as Record<string, unknown> | null | undefined)?.[property];
      const reader = typeof name === 'string' ? readers.get(name) : undefined;
      return (reader ?? fallback).read(value, walk, reader && !keep ? property : undefined);
    },
  };
}

function eachReader(readOne: ReadOne): ReadOne {
  return (value, walk) => {
    // Only `null` is left to be refused here: the shape was checked when the value was taken.
    if (!Array.isArray(value)) return walk.fail('nestedValidation', 'must be an array');
    const items: readonly unknown[] = value;
    const made: unknown[] = [];
    for (let i = 0; i < items.length && !walk.full; i++) {
      walk.enter(i);
      made.push(readOne(items[i], walk));
      walk.leave();
    }
    return made;
  };
}
