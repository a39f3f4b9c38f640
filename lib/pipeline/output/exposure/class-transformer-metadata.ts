import { TransformationType } from 'class-transformer';
import type { TransformFnParams, TypeOptions } from 'class-transformer';
import { SecurityConfigError } from '../../../core/config-error.js';
import { transformerStorage as storage } from '../../../kit/classes/transformer-storage.js';

const TO_PLAIN = TransformationType.CLASS_TO_PLAIN;

/** A class, also an abstract one or one with a private constructor. */
// oxlint-disable-next-line typescript/no-unsafe-function-type
export type AnyClass = Function;

/** What `@Expose` says for output. `groups: undefined` is everyone. */
export interface TransformerExpose {
  readonly name: string | undefined;
  readonly groups: readonly string[] | undefined;
}

/** One `@Transform` of a property. `groups: undefined` is everyone. */
export interface TransformerFunction {
  readonly run: (params: TransformFnParams) => unknown;
  readonly groups: readonly string[] | undefined;
}

/** What `@Type` says: the class, or the classes by discriminator. */
export interface TransformerType {
  readonly type: AnyClass;
  readonly discriminator: TypeOptions['discriminator'];
}

interface DirectedOptions {
  readonly toClassOnly?: boolean;
  readonly toPlainOnly?: boolean;
}

const forOutput = (options: DirectedOptions | undefined): boolean =>
  options?.toClassOnly !== true || options.toPlainOnly === true;

/**
 * The properties with an `@Expose` for output, inherited ones included.
 *
 * @throws {SecurityConfigError} `exposure.invalid` where `@Expose()` stands on the class itself, which opens every property.
 */
export function exposedProperties(type: AnyClass): string[] {
  if (storage.getStrategy(type) === 'exposeAll') {
    throw new SecurityConfigError(
      'exposure.invalid',
      type.name,
      'has @Expose() on the class, which would let every property leave, also those that are added later',
      'put @ExposeFor(…) on the properties that may leave',
    );
  }
  return storage.getExposedProperties(type, TO_PLAIN);
}

/**
 * The nearest `@Expose` of a property, or `undefined` where it says nothing about output.
 *
 * @throws {SecurityConfigError} `exposure.invalid` for `since`, `until` and empty `groups`.
 */
export function exposeOf(type: AnyClass, property: string): TransformerExpose | undefined {
  const found = storage.findExposeMetadata(type, property) as { options?: object } | undefined;
  const options: { name?: string; groups?: string[] } & DirectedOptions = found?.options ?? {};
  if (!found || !forOutput(options)) return undefined;
  refuseMeaningless(type, property, '@Expose', options);
  return { name: options.name, groups: options.groups };
}

/** Whether this class itself, not one that it extends, has `@Expose({ groups })` on the property. */
export function hasOwnGroups(type: AnyClass, property: string): boolean {
  const found = storage.findExposeMetadata(type, property) as { target: unknown } | undefined;
  return found?.target === type && exposeOf(type, property)?.groups !== undefined;
}

/** Whether this class itself, not one that it extends, has `@Exclude` for output on the property. */
export function hasOwnExclude(type: AnyClass, property: string): boolean {
  const found = storage.findExcludeMetadata(type, property) as
    { target: unknown; options?: DirectedOptions } | undefined;
  return found?.target === type && forOutput(found.options);
}

/** The `@Transform` functions of a property for output, in the order in which class-transformer runs them. */
export function transformsOf(type: AnyClass, property: string): TransformerFunction[] {
  return storage.findTransformMetadatas(type, property, TO_PLAIN).map(({ transformFn, options }) => {
    refuseMeaningless(type, property, '@Transform', options ?? {});
    return { run: transformFn, groups: options?.groups };
  });
}

/**
 * The `@Type` of a property.
 *
 * @throws {SecurityConfigError} `exposure.invalid` where its function gives no class without a value at hand.
 */
export function typeOf(type: AnyClass, property: string): TransformerType | undefined {
  const found = storage.findTypeMetadata(type, property) as
    { typeFunction?: (help: object) => unknown; options?: TypeOptions } | undefined;
  if (!found?.typeFunction) return undefined;
  const named = found.typeFunction({ newObject: {}, object: {}, property });
  if (typeof named !== 'function') {
    throw new SecurityConfigError(
      'exposure.invalid',
      `${type.name}.${property}`,
      'has @Type whose function gives no class',
      'write @Type(() => OrderItem); for several classes give it a discriminator; a class that is undefined here is a circular import',
    );
  }
  return { type: named, discriminator: found.options?.discriminator };
}

/** Options whose meaning depends on what no response has. */
function refuseMeaningless(
  type: AnyClass,
  property: string,
  decorator: string,
  options: { readonly since?: number; readonly until?: number; readonly groups?: readonly string[] },
): void {
  const where = `${type.name}.${property}`;
  if (options.since !== undefined || options.until !== undefined) {
    throw new SecurityConfigError(
      'exposure.invalid',
      where,
      `has ${decorator} with since or until, and a response has no version to compare them with`,
      'declare one class a version, and return it from the routes of that version',
    );
  }
  if (options.groups?.length === 0) {
    throw new SecurityConfigError(
      'exposure.invalid',
      where,
      `has ${decorator} with groups: [], which class-transformer reads as nobody or everybody, depending on the caller`,
      'name the roles, or leave groups out for everyone',
    );
  }
}
