import 'reflect-metadata';
import { SecurityConfigError } from '../../core/config-error.js';
import type { FilterOperator, ListFilter } from '../../core/listing.js';
import { metadataKey, placeOf } from '../../core/metadata.js';
import { unreadOption } from '../../core/options.js';

const FILTERS = metadataKey('filters');
const OPERATORS: readonly FilterOperator[] = ['equals', 'in', 'from', 'to'];

/** One filter as its decorator says it: what a client calls it is known when the class is whole. */
export type FilterDeclaration = Omit<ListFilter, 'key'>;

/** What `@Filterable` cannot read from the property itself. */
export interface FilterOptions {
  /** The property of the listed entity. Default: the same name. */
  readonly property?: string;
  /**
   * `equals` (default); `in`, for an array, any one of its values; `from`, not less; `to`, not more. Rows without a value never fit.
   */
  readonly operator?: FilterOperator;
}

/**
 * Lets a client narrow a list by a property of the entity, beside the condition of `@Lists` and never in its place. It counts only for callers to
 * whom that property is exposed: for all others the parameter is unknown (400), because a filter tells what it compares with. The
 * values are validated like any input: declare their type and their validation decorators.
 *
 * @throws {SecurityConfigError} `input.invalid` for an option or an operator that there is not, or a static or a symbol property.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/
 * @example
 * ```ts
 * class OrderQuery extends PageQuery {
 *   @Filterable() @IsOptional() @IsIn(STATUSES) status?: string;
 *   @Filterable({ property: 'total', operator: 'from' }) @IsOptional() @IsInt() minTotal?: number;
 * }
 * ```
 */
export function Filterable(options: FilterOptions = {}): PropertyDecorator {
  return (target, name) => {
    const unread = unreadOption('@Filterable', options, ['property', 'operator']);
    if (unread) throw new SecurityConfigError('input.invalid', placeOf(target, name), ...unread);
    const { operator = 'equals', property = name } = options;
    if (typeof target === 'function' || typeof name !== 'string' || typeof property !== 'string') {
      throw new SecurityConfigError(
        'input.invalid',
        placeOf(target, name),
        'has @Filterable where no parameter of a query can be',
        'write it on a property of a class that extends PageQuery',
      );
    }
    if (!OPERATORS.includes(operator)) {
      throw new SecurityConfigError(
        'input.invalid',
        placeOf(target, name),
        'has @Filterable with an operator that there is not',
        `write one of: ${OPERATORS.join(', ')}`,
      );
    }
    Reflect.defineMetadata(FILTERS, [...filtersOn(target), { name, property, operator }], target);
  };
}

/** The filters of a query class, those that it inherits included: of the prototype. */
export function filtersOn(prototype: object): readonly FilterDeclaration[] {
  return (Reflect.getMetadata(FILTERS, prototype) as FilterDeclaration[] | undefined) ?? [];
}
