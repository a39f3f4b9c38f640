import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { transformerStorage as transformer } from '../../kit/classes/transformer-storage.js';
import { validationsOf } from '../../kit/classes/validations.js';
import { writableProperties, type WritingAudience } from './writable-by.decorator.js';
import { writingClasses } from './writes-to.decorator.js';

/** One property that a body class declares, by a validation decorator or `@WritableBy`. */
export interface DtoProperty {
  readonly name: string;
  /** The names under which a client may send it: its own, and that of `@Expose({ name })`. */
  readonly keys: readonly string[];
  /** `undefined`: without `@WritableBy`. */
  readonly audiences: readonly WritingAudience[] | undefined;
  /** The classes of nested objects, alone or in a list. */
  readonly nested: ReadonlyArray<Type<object>>;
}

/** The properties of a body class, inherited ones included. */
export function dtoProperties(dto: Type<object>): DtoProperty[] {
  const writable = writableProperties(dto);
  const names = new Set([...validationsOf(dto).map(({ propertyName }) => propertyName), ...writable.keys()]);
  return [...names].map((name) => {
    const exposedAs = transformer.findExposeMetadata(dto, name)?.options?.name;
    return {
      name,
      keys: exposedAs === undefined ? [name] : [name, exposedAs],
      audiences: writable.get(name),
      nested: nestedClasses(dto, name),
    };
  });
}

/**
 * The `@WritesTo` class from which `PartialType`, `PickType`, `OmitType` or `IntersectionType` took properties of this class: they
 * copy the validation decorators and nothing else, so the write rules are lost.
 */
export function lostWriter(dto: Type<object>): Type<object> | undefined {
  const taken = new Set(marksOf(dto, false));
  return writingClasses().find((writer) => marksOf(writer, true).some((mark) => taken.has(mark)));
}

/** What class-validator and class-transformer make anew for every decorator, and what copies of a property share. */
function marksOf(dto: Type<object>, own: boolean): unknown[] {
  return validationsOf(dto)
    .filter(({ target }) => !own || target === dto)
    .flatMap(({ type, constraintCls, constraints, propertyName }) => {
      const typed = transformer.findTypeMetadata(dto, propertyName);
      return [
        constraintCls?.name === 'CustomConstraint' ? constraintCls : undefined,
        type === 'conditionalValidation' ? constraints : undefined,
        own && typed?.target !== dto ? undefined : typed?.typeFunction,
      ];
    })
    .filter((mark) => mark !== undefined);
}

function nestedClasses(dto: Type<object>, name: string): Array<Type<object>> {
  const declared = transformer.findTypeMetadata(dto, name);
  // One that depends on the value stops the boot: the input room cannot check it either.
  const typed: unknown =
    declared?.typeFunction?.length === 0
      ? declared.typeFunction()
      : Reflect.getMetadata('design:type', dto.prototype as object, name);
  const subTypes: readonly unknown[] =
    declared?.options?.discriminator?.subTypes.map(({ value }) => value as unknown) ?? [];
  return [typed, ...subTypes].filter((type): type is Type<object> => typeof type === 'function');
}
