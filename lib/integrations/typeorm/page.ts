import type { Type } from '@nestjs/common';
import { Equal, In, LessThan, LessThanOrEqual, MoreThan, MoreThanOrEqual } from 'typeorm';
import type {
  FindOperator,
  FindOptionsOrder,
  FindOptionsRelations,
  FindOptionsWhere,
  ObjectLiteral,
  Repository,
} from 'typeorm';
import { listingOf, type Listing } from '../../core/listing.js';
import { refuseUnknown } from '../../core/options.js';
import { Page } from '../../core/page.js';
import type { Comparison, Direction } from '../../policy/keyset.js';
import { pageOf } from '../../policy/list-pages.js';
import { isEmpty } from '../../policy/own-query.js';
import { isSubclass } from '../../policy/subclass.js';
import type { PageQuery } from '../../pipeline/lists/page-query.js';
import { followPath } from './entity-path.js';
import { checkFindOptions } from './find-options.js';
import type { WhereOf } from './from-typeorm.js';
import { pagesOf } from './listing-columns.js';
import { eachWith, type Condition } from './narrow.js';
import { relationTree, type RelationTree } from './relation-tree.js';

/** What the application adds to a page. */
export interface PageOptions<T> {
  /** Narrows the list further. */
  readonly where?: FindOptionsWhere<T>;
  /**
   * The order where the client names none. The id decides between equals. Default: by id. An object is read the first time that it is handed
   * over: another order is another object.
   */
  readonly order?: Readonly<Partial<Record<keyof T & string, Direction>>>;
  readonly relations?: FindOptionsRelations<T>;
}

const OPTIONS: ReadonlyArray<keyof PageOptions<never>> = ['where', 'order', 'relations'];

const OPERATORS: Readonly<Record<Comparison['is'], (value: never) => FindOperator<unknown>>> = {
  equals: Equal,
  in: In,
  from: MoreThanOrEqual,
  to: LessThanOrEqual,
  more: MoreThan,
  less: LessThan,
};

/**
 * One page of the rows that `mine` admits, by the client's filter, order and cursor. In one query where TypeORM needs one; the next page begins behind the
 * last row and not at a number, so that rows that come and go meanwhile move nothing.
 *
 * @param mine what `@Where()` handed over, itself
 * @throws {TypeError} where `mine` is the condition of another class than that of the repository, or a part of `where` says nothing; for an option that there is not
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
  refuseUnknown('What is added to a page', options, OPTIONS);
  const listing = listingOf(mine);
  const { metadata, manager } = repository;
  if (!isOf(metadata.target, listing.plan.entity))
    throw new TypeError(
      `The condition of @Where() is not of ${metadata.name}: it would admit rows that its rule does not.`,
    );
  const { where } = options;
  // TypeORM takes a condition that says nothing for every row.
  if (where !== undefined && !isNothingAsked(where)) checkFindOptions(where, 'where of the page', metadata);
  const asked = pagesOf(manager.connection, metadata).ask(listing, query, options.order);
  const conditions: readonly Condition[] = Array.isArray(mine) ? mine : [mine];
  // No alternative admits no row; TypeORM would take it for every row.
  if (conditions.length === 0) return new Page<T>([], null);
  const narrowed = eachWith(conditions, [where ?? {}]);
  const filtered = asked.filters.reduce(
    (present, filter) => eachWith(present, [condition([filter])]),
    narrowed,
  );
  const rows = await repository.find({
    where: (asked.behind
      ? eachWith(filtered, asked.behind.map(condition))
      : filtered) as FindOptionsWhere<T>[],
    order: Object.fromEntries(asked.keyset.keys) as FindOptionsOrder<T>,
    relations: relationsOf(listing, repository, options.relations),
    take: asked.limit + 1,
  });
  return pageOf(rows, asked, listing);
}

// TypeORM's own tree of a class that shares its table has the subclasses in it, whose filters may show more than the class does.
function isOf(target: unknown, entity: unknown): boolean {
  return target === entity || isSubclass(target as Type<object>, entity as Type<object>);
}

// What the application leaves out at the root narrows nothing.
function isNothingAsked(where: unknown): boolean {
  return !Array.isArray(where) && isEmpty(where);
}

function condition(comparisons: readonly Comparison[]): Condition {
  return Object.fromEntries(
    comparisons.map(({ property, is, value }) => [property, OPERATORS[is](value as never)]),
  );
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
