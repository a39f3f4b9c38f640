import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import type { ExposedOf, ExposedProperty } from '../../core/exposed-property.js';
import type { ListPlan } from '../../core/listing.js';
import { clientKey } from '../../kit/classes/client-key.js';
import { validationsOf } from '../../kit/classes/validations.js';
import type { Resource } from '../../policy/compiled-resource.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import { filtersOn } from './filterable.decorator.js';
import type { NamingParameter, SortParameter } from './list-admission.js';
import { sortOn, type SortDeclaration } from './sortable.decorator.js';

/** What the query class of a list declares. */
export interface ListDeclaration {
  readonly plan: ListPlan;
  /** The parameters that a cursor is bound to, by the names that a client writes: all but `limit` and `cursor`. */
  readonly bound: readonly string[];
  readonly filters: readonly NamingParameter[];
  readonly sort: SortParameter | undefined;
}

/**
 * Reads what a query class lets a client ask of a list.
 *
 * @param subclasses what rows of the list may be of as well
 * @param roles which of them include others: whoever sees what is for a role sees what is for those that it includes
 * @throws {SecurityConfigError} `exposure.invalid` for a property that no caller is shown as it is stored, or that a subclass shows to fewer; `input.invalid` for a filter that nobody
 * can send, and for an order by default that there is not
 */
export function listDeclaration(
  type: Type,
  resource: Resource,
  subclasses: ReadonlyArray<Type<object>>,
  exposedOf: ExposedOf,
  roles: RoleHierarchy,
): ListDeclaration {
  const prototype = type.prototype as object;
  const declared = filtersOn(prototype);
  const sort: SortDeclaration | undefined = sortOn(prototype);
  const known = exposedOf(resource.entity);
  const names = [...new Set(validationsOf(type).map(({ propertyName }) => propertyName))];
  const exposed = (name: string, property: string): ExposedProperty => {
    const found = known.get(property);
    const hiding = found?.plain ? hiddenBy(subclasses, property, found, exposedOf, roles) : undefined;
    if (hiding) {
      throw new SecurityConfigError(
        'exposure.invalid',
        `${type.name}.${name}`,
        `names ${resource.name}.${property}, which ${hiding.name} does not expose to all to whom ${resource.name} does: whoever filters or sorts by it learns what a ${hiding.name} holds`,
        `expose it in ${hiding.name} as in ${resource.name}, or leave it out here`,
      );
    }
    if (found?.plain) return found;
    throw new SecurityConfigError(
      'exposure.invalid',
      `${type.name}.${name}`,
      `names ${resource.name}.${property}, ${found ? 'which leaves as something else than it is stored' : 'which is exposed to nobody'}: whoever filters or sorts by it learns what it holds`,
      `expose it, @ExposeFor(…) on ${resource.name}.${property}, without @Transform and with one value, or leave it out here`,
    );
  };
  const keys = new Map(
    names.flatMap((name) => {
      const key = clientKey(type, name);
      return key === undefined ? [] : [[name, key] as const];
    }),
  );
  const keyOf = (name: string): string => {
    const key = keys.get(name);
    if (key !== undefined) return key;
    throw new SecurityConfigError(
      'input.invalid',
      `${type.name}.${name}`,
      names.includes(name)
        ? 'narrows or sorts the list, and @Exclude or @Expose takes it from every client'
        : 'narrows or sorts the list and has no validation decorator, so that nobody can send it',
      names.includes(name)
        ? 'take @Exclude() or the groups of @Expose away'
        : 'write @IsOptional() and what its values are: @IsIn(STATUSES)',
    );
  };
  const byValue = new Map<string, ExposedProperty>();
  for (const property of sort?.properties ?? []) {
    const found = exposed(sort!.name, property);
    byValue.set(property, found).set(`-${property}`, found);
  }
  const filters = declared.map((filter) => ({ ...filter, key: keyOf(filter.name) }));
  return {
    plan: { entity: resource.entity, ids: resource.ids, owner: resource.owner, filters, sort: sort?.name },
    bound: [...keys.values()].filter((key) => key !== 'limit' && key !== 'cursor').sort(),
    filters: filters.map(({ name, key, property }) => ({
      key,
      exposed: exposed(name, property),
    })),
    sort: sort && { key: keyOf(sort.name), byValue, byDefault: defaultOf(type, sort.name, byValue) },
  };
}

/** The first of the classes that does not show a property to all to whom the base shows it, as it is stored. */
function hiddenBy(
  subclasses: ReadonlyArray<Type<object>>,
  property: string,
  base: ExposedProperty,
  exposedOf: ExposedOf,
  hierarchy: RoleHierarchy,
): Type<object> | undefined {
  return subclasses.find((subclass) => {
    const own = exposedOf(subclass).get(property);
    if (!own?.plain) return true;
    if (own.anyone) return false;
    const sees = (role: string) => [...own.roles].some((shown) => hierarchy.includes(role, shown));
    return base.anyone || (base.owner && !own.owner) || ![...base.roles].every(sees);
  });
}

/** What the order names that a query class assigns. */
function defaultOf(
  type: Type,
  name: string,
  byValue: ReadonlyMap<string, ExposedProperty>,
): ExposedProperty | undefined {
  const assigned = (new type() as Readonly<Record<string, unknown>>)[name];
  if (assigned === undefined || assigned === null) return undefined;
  const found = typeof assigned === 'string' ? byValue.get(assigned) : undefined;
  if (found) return found;
  throw new SecurityConfigError(
    'input.invalid',
    `${type.name}.${name}`,
    'begins with an order that it does not have: every request that names none would be refused',
    `assign one of: ${[...byValue.keys()].join(', ')}`,
  );
}
