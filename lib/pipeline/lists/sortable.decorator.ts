import { IsIn, IsOptional } from 'class-validator';
import 'reflect-metadata';
import { SecurityConfigError } from '../../core/config-error.js';
import { metadataKey, placeOf } from '../../core/metadata.js';

const SORT = metadataKey('sort');

/** What a client is told about an order that there is not, or not for them: the same. */
export const SORT_REFUSAL = { code: 'isIn', detail: 'names no order of this list' } as const;

/** The property of a query class that names the order, and the properties of the entity that it may name. */
export interface SortDeclaration {
  readonly name: string;
  readonly properties: readonly string[];
}

/**
 * Lets a client choose the order of a list: `createdAt`, or `-createdAt` for the other way round; the id decides between equals. A
 * property counts only for callers to whom it is exposed, because an order tells what it is by. What the class assigns is the order where the
 * client names none, for callers who could have named it; for all others it is that of `page()`, or of the id.
 *
 * @throws {SecurityConfigError} `input.invalid` without a property, or for a second one in the class.
 * @example
 * ```ts
 * class OrderQuery extends PageQuery {
 *   @Sortable('createdAt', 'total') sort: string = '-createdAt';
 * }
 * ```
 */
export function Sortable(...properties: [string, ...string[]]): PropertyDecorator {
  return (target, name) => {
    const other = sortOn(target)?.name;
    if (
      typeof target === 'function' ||
      typeof name !== 'string' ||
      properties.length === 0 ||
      !properties.every((property) => typeof property === 'string' && /^[A-Za-z_]\w*$/.test(property)) ||
      (other !== undefined && other !== name)
    ) {
      throw new SecurityConfigError(
        'input.invalid',
        placeOf(target, name),
        'has a @Sortable that names no order',
        "write it once, with properties of the entity: @Sortable('createdAt', 'total') sort: string = '-createdAt'",
      );
    }
    Reflect.defineMetadata(SORT, { name, properties } satisfies SortDeclaration, target);
    const orders = properties.flatMap((property) => [property, `-${property}`]);
    IsOptional()(target, name);
    IsIn(orders, { message: SORT_REFUSAL.detail })(target, name);
  };
}

/** The order that a query class lets clients choose: of the prototype. */
export function sortOn(prototype: object): SortDeclaration | undefined {
  return Reflect.getMetadata(SORT, prototype) as SortDeclaration | undefined;
}
