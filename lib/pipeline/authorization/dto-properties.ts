import 'reflect-metadata';
import { TransformationType } from 'class-transformer';
import type { Type } from '@nestjs/common';
import { clientKey } from '../../kit/classes/client-key.js';
import { transformerStorage as transformer } from '../../kit/classes/transformer-storage.js';
import { validationsOf } from '../../kit/classes/validations.js';
import { presetsOf, type PresetFunction } from './preset.decorator.js';
import { referencesOf, type Reference } from './references.decorator.js';
import { writableProperties, type WriteGrant } from './writable-by.decorator.js';

/** One property that a body class declares, by a validation decorator or a rule. */
export interface DtoProperty {
  readonly name: string;
  /** The names under which a client may send it: its own, and that of `@Expose({ name })`, which is the last and the one that the pipe reads. */
  readonly keys: readonly string[];
  /** `undefined`: without `@WritableBy`. */
  readonly grant: WriteGrant | undefined;
  readonly preset: PresetFunction | undefined;
  readonly references: readonly Reference[];
  /** Whether a validation decorator stands on it: without one the pipe refuses it. */
  readonly validated: boolean;
  /** Whether the handler sees another value than was sent. */
  readonly transformed: boolean;
  /** Whether a validation decorator takes an object of whatever properties. */
  readonly freeForm: boolean;
  /** The classes of nested objects, alone or in a list. */
  readonly nested: ReadonlyArray<Type<object>>;
}

/** What accepts no object, by the names of class-validator. Of any other constraint nobody knows, `@IsObject()` and one of the application's own. */
const SCALAR: ReadonlySet<string> = new Set(
  'isString isUuid isInt isNumber isBoolean isDate isEnum isIn isNumberString isMongoId isEmail isDateString isIso8601 isUrl isHexadecimal isUlid isAlphanumeric isBooleanString matches equals isLength minLength maxLength isPositive isNegative min max'.split(
    ' ',
  ),
);

/** The properties of a body class, inherited ones included. */
export function dtoProperties(dto: Type<object>): DtoProperty[] {
  const writable = writableProperties(dto);
  const presets = presetsOf(dto);
  const references = referencesOf(dto);
  const validations = validationsOf(dto);
  const validated = new Set(validations.map(({ propertyName }) => propertyName));
  const shaped = new Set(
    validations
      .filter(({ name, type }) => type === 'nestedValidation' || SCALAR.has(name ?? type))
      .map(({ propertyName }) => propertyName),
  );
  const names = new Set([...validated, ...writable.keys(), ...presets.keys(), ...references.keys()]);
  return [...names].map((name) => {
    const key = clientKey(dto, name) ?? name;
    const transforms = transformer.findTransformMetadatas(dto, name, TransformationType.PLAIN_TO_CLASS);
    return {
      name,
      keys: key === name ? [name] : [name, key],
      grant: writable.get(name),
      preset: presets.get(name),
      references: references.get(name) ?? [],
      validated: validated.has(name),
      transformed: transforms.length > 0,
      freeForm: validated.has(name) && !shaped.has(name),
      nested: nestedClasses(dto, name),
    };
  });
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
