import { Equal, In, LessThanOrEqual, MoreThanOrEqual } from 'typeorm';
import type {
  FindOperator,
  FindOptionsOrder,
  FindOptionsRelations,
  FindOptionsWhere,
  ObjectLiteral,
  Repository,
} from 'typeorm';
import { listingOf, type FilterOperator, type Listing } from '../../core/listing.js';
import { Page } from '../../core/page.js';
import type { PageQuery } from '../../pipeline/lists/page-query.js';
import { followPath } from './entity-path.js';
import type { WhereOf } from './from-typeorm.js';
import { keysetOf, type Direction, type Keyset } from './keyset.js';
import { filterColumn } from './listing-columns.js';
import { eachWith, type Condition } from './narrow.js';
import { relationTree, type RelationTree } from './relation-tree.js';

/** What the application adds to a page. */
export interface PageOptions<T> {
  /** Narrows the list further. */
  readonly where?: FindOptionsWhere<T>;
  /** The order where the client names none. The id decides between equals. Default: by id. */
  readonly order?: Readonly<Partial<Record<keyof T & string, Direction>>>;
  readonly relations?: FindOptionsRelations<T>;
}

const OPERATORS: Readonly<Record<FilterOperator, (value: never) => FindOperator<unknown>>> = {
  equals: Equal,
  in: In,
  from: MoreThanOrEqual,
  to: LessThanOrEqual,
};
const MOST_VALUES = 100;

/**
 * One page of the rows that `mine` admits, by the client's filter, order and cursor. In one query where TypeORM needs one; the next page begins behind the
 * last row and not at a number, so that rows that come and go meanwhile move nothing.
 *
 * @param mine what `@Where()` handed over, itself
 * @throws {TypeError} where `mine` is the condition of another class than that of the repository
 * @throws {SecurityDenial} `input.invalid` for a cursor of another order, or a filter value that the column cannot have
 * @throws {SecurityConfigError} `resource.invalid` for an `order` that rows cannot be paged by
 * @example
 * ```ts
 * list(@Where() mine: WhereOf<Order>, @Query() query: OrderQuery): Promise<Page<Order>> {
 *   return page(this.orders, mine, query, { order: { createdAt: 'DESC' } });
 * }
 * ```
 */
export async function page<T extends ObjectLiteral>(
  repository: Repository<T>,
  mine: WhereOf<T>,
  query: PageQuery,
  options: PageOptions<T> = {},
): Promise<Page<T>> {
  const listing = listingOf(mine);
  const { limit } = query;
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new TypeError('The limit of the page is no whole number from 1.');
  const { metadata, manager } = repository;
  if (!metadata.inheritanceTree.includes(listing.plan.entity as never))
    throw new TypeError(
      `The condition of @Where() is not of ${metadata.name}: it would admit rows that its rule does not.`,
    );
  const keyset = keysetOf(manager.connection, metadata, keysOf(listing, query, options.order));
  const position = listing.after(keyset.name, Object.keys(keyset.order).length);
  const conditions: readonly Condition[] = Array.isArray(mine) ? mine : [mine];
  // No alternative admits no row; TypeORM would take it for every row.
  if (conditions.length === 0) return new Page<T>([], null);
  const narrowed = eachWith(conditions, [options.where ?? {}]);
  const filtered = filtersOf(listing, query, repository).reduce(
    (present, filter) => eachWith(present, [filter]),
    narrowed,
  );
  const rows = await repository.find({
    where: (position
      ? eachWith(filtered, behind(keyset, position, listing))
      : filtered) as FindOptionsWhere<T>[],
    order: keyset.order as FindOptionsOrder<T>,
    relations: relationsOf(listing, repository, options.relations),
    take: limit + 1,
  });
  const items = rows.slice(0, limit);
  listing.admit(items);
  const next = rows.length > limit ? listing.cursor(keyset.name, keyset.valuesOf(items.at(-1)!)) : null;
  return new Page(items, next);
}

function keysOf<T>(
  { plan }: Listing,
  query: PageQuery,
  byDefault: PageOptions<T>['order'],
): ReadonlyArray<readonly [string, Direction]> {
  const named =
    plan.sort === undefined ? undefined : (query as unknown as Record<string, unknown>)[plan.sort];
  const wanted: ReadonlyArray<readonly [string, Direction]> =
    typeof named === 'string'
      ? [named.startsWith('-') ? [named.slice(1), 'DESC'] : [named, 'ASC']]
      : (Object.entries(byDefault ?? {}) as Array<[string, Direction]>);
  const last = wanted.at(-1)?.[1] ?? 'ASC';
  const rest = plan.ids.filter((id) => !wanted.some(([property]) => property === id));
  return [...wanted, ...rest.map((id) => [id, last] as const)];
}

function filtersOf<T extends ObjectLiteral>(
  listing: Listing,
  query: PageQuery,
  { metadata, manager }: Repository<T>,
): Condition[] {
  return listing.plan.filters.flatMap(({ name, property, operator }) => {
    const sent = (query as unknown as Record<string, unknown>)[name];
    if (sent === undefined || sent === null) return [];
    const { parse } = filterColumn(manager.connection, metadata, property);
    const values = (operator === 'in' && Array.isArray(sent) ? sent : [sent]).map(parse);
    if (values.length > MOST_VALUES || values.includes(undefined)) listing.refuse(name);
    return [{ [property]: OPERATORS[operator]((operator === 'in' ? values : values[0]) as never) }];
  });
}

function behind(
  keyset: Keyset,
  position: Parameters<Keyset['behind']>[0],
  listing: Listing,
): readonly Condition[] {
  return keyset.behind(position) ?? listing.refuse('cursor');
}

// Without them nobody could say whose a row is.
function relationsOf<T extends ObjectLiteral>(
  { plan }: Listing,
  { metadata }: Repository<T>,
  wanted: FindOptionsRelations<T> | undefined,
): FindOptionsRelations<T> | undefined {
  const { relations } = followPath(metadata, plan.owner);
  if (relations.length === 0) return wanted;
  return relationTree(relations, wanted as RelationTree | undefined) as FindOptionsRelations<T>;
}
