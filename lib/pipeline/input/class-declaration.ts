import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { TransformationType } from 'class-transformer';
import { SecurityConfigError } from '../../core/config-error.js';
import { clientKey, isExposed } from '../../kit/classes/client-key.js';
import { transformerStorage } from '../../kit/classes/transformer-storage.js';
import { validationsOf, type ValidationMetadata } from '../../kit/classes/validations.js';

const TO_CLASS = TransformationType.PLAIN_TO_CLASS;

/** What `@Transform` was given. */
export type TransformFunction = (parameters: {
  value: unknown;
  key: string;
  obj: unknown;
  type: TransformationType;
  options: object;
}) => unknown;

/** How `@Type(…, { discriminator })` chooses the class of a nested object. */
export interface Discriminator {
  readonly property: string;
  readonly subTypes: ReadonlyArray<{ readonly name: string; readonly value: Type }>;
  /** Whether the property stays on the object. */
  readonly keep: boolean;
}

/** All that is declared about one property of an input class. */
export interface PropertyDeclaration {
  readonly name: string;
  /** The name that a client writes; `undefined` where it may not set the property at all (`@Exclude`). */
  readonly key: string | undefined;
  /** Whether `@Transform` runs even where the client left the property out: class-transformer does so for `@Expose`. */
  readonly exposed: boolean;
  /** The type that TypeScript emitted. */
  readonly designType: unknown;
  /** What `@Type` names. */
  readonly type: unknown;
  readonly discriminator: Discriminator | undefined;
  readonly transforms: readonly TransformFunction[];
  readonly validations: readonly ValidationMetadata[];
}

/** Whether a class has any validation decorator, its own or inherited. */
export function isValidated(type: unknown): type is Type {
  return typeof type === 'function' && validationsOf(type).length > 0;
}

/**
 * What class-validator and class-transformer know of a class: its validated properties. A property without a validation
 * decorator is no input.
 *
 * @throws {SecurityConfigError} `input.invalid` for a `@Type` that depends on the value.
 */
export function declaredProperties(type: Type): PropertyDeclaration[] {
  const byName = new Map<string, ValidationMetadata[]>();
  for (const validation of validationsOf(type)) {
    const present = byName.get(validation.propertyName);
    if (present) present.push(validation);
    else byName.set(validation.propertyName, [validation]);
  }
  return [...byName].map(([name, validations]) => ({
    name,
    key: clientKey(type, name),
    exposed: isExposed(type, name),
    designType: Reflect.getMetadata('design:type', type.prototype as object, name) as unknown,
    ...typeOf(type, name),
    transforms: transformerStorage
      .findTransformMetadatas(type, name, TO_CLASS)
      .filter(({ options }) => !options.groups?.length)
      .map(({ transformFn }) => transformFn as TransformFunction),
    validations,
  }));
}

function typeOf(type: Type, name: string): { type: unknown; discriminator: Discriminator | undefined } {
  const metadata = transformerStorage.findTypeMetadata(type, name);
  if (!metadata) return { type: undefined, discriminator: undefined };
  if ((metadata.typeFunction?.length ?? 0) > 0) {
    throw new SecurityConfigError(
      'input.invalid',
      `${type.name}.${name}`,
      'has a @Type that depends on the value, so it cannot be checked at boot',
      'write @Type(() => Base, { discriminator: { property, subTypes } })',
    );
  }
  const { discriminator, keepDiscriminatorProperty } = metadata.options;
  return {
    type: metadata.typeFunction ? metadata.typeFunction() : metadata.reflectedType,
    discriminator: discriminator && {
      property: discriminator.property,
      subTypes: discriminator.subTypes,
      keep: keepDiscriminatorProperty === true,
    },
  };
}
