import { and, asc, desc, eq, gt, gte, inArray, lt, lte, or, sql } from 'drizzle-orm';
import type { Column, InferSelectModel, SQL, Table } from 'drizzle-orm';
import { listingOf } from '../../core/listing.js';
import { refuseUnknown } from '../../core/options.js';
import type { Page } from '../../core/page.js';
import type { PageQuery } from '../../pipeline/lists/page-query.js';
import { instanceOf } from '../../policy/instance-of.js';
import type { Comparison, Direction } from '../../policy/keyset.js';
import { pageOf, type ListPages } from '../../policy/list-pages.js';
import {
  attachRelated,
  wantedRelations,
  type DrizzleDatabase,
  type DrizzleSelect,
  type Row,
} from './drizzle-related.js';
import type { TableNode } from './drizzle-relation.js';

/** What the application adds to a page. */
export interface PageOptions<T extends Table> {
  /** Narrows the list further. */
  readonly where?: SQL | undefined;
  /**
   * The order where the client names none. The id decides between equals. Default: by id. An object is read the first time that it is handed
   * over: another order is another object.
   */
  readonly order?: Readonly<Partial<Record<keyof InferSelectModel<T> & string, Direction>>>;
}

const OPTIONS: ReadonlyArray<keyof PageOptions<never>> = ['where', 'order'];

// Drizzle's operators have types for columns that are known.
type Compare = (column: Column, value: never) => SQL;
const OPERATORS: Readonly<Record<Comparison['is'], Compare>> = {
  equals: eq,
  in: inArray as Compare,
  from: gte,
  to: lte,
  more: gt,
  less: lt,
};

/** Of which table a condition speaks, and how it is paged. */
export interface PagedTable {
  readonly root: TableNode;
  readonly pages: ListPages;
}

/** What the conditions of `@Where()` speak of. */
export const PAGED = new WeakMap<object, PagedTable>();

/**
 * One page of the rows that `mine` admits, by the client's filter, order and cursor, in one query, and in one more for each relation that
 * leads to the owner. The next page begins behind the last row and not at a number, so that rows that come and go meanwhile move
 * nothing. The rows are instances of the class of the resource.
 *
 * @param database the database, or a transaction
 * @param mine what `@Where()` handed over, itself
 * @throws {TypeError} where `mine` is the condition of another table; for an option that there is not
 * @throws {SecurityDenial} `input.invalid` for a cursor of another order, or a filter value that the column cannot have
 * @throws {SecurityConfigError} `resource.invalid` for an `order` that rows cannot be paged by
 * @example
 * ```ts
 * list(@Where() mine: DrizzleWhere, @Query() query: OrderQuery) {
 *   return page(this.database, orders, mine, query, { order: { createdAt: 'DESC' } });
 * }
 * ```
 */
export async function page<T extends Table>(
  database: DrizzleDatabase,
  table: T,
  mine: SQL,
  query: PageQuery,
  options: PageOptions<T> = {},
): Promise<Page<InferSelectModel<T>>> {
  refuseUnknown('What is added to a page', options, OPTIONS);
  const listing = listingOf(mine);
  const { plan } = listing;
  const entity = plan.entity as new () => InferSelectModel<T> & object;
  const paged = PAGED.get(mine);
  if (paged?.root.table !== table)
    throw new TypeError(
      `The condition of @Where() is of ${entity.name} and its table: it would admit rows of another that its rule does not.`,
    );
  const { root, pages } = paged;
  const asked = pages.ask(listing, query, options.order);
  const compare = ({ property, is, value }: Comparison) =>
    OPERATORS[is](root.columns[property]!, value as never);
  const behind = asked.behind?.map((all) => and(...all.map(compare)));
  const keys = asked.keyset.keys.map(([property, direction]) =>
    (direction === 'ASC' ? asc : desc)(root.columns[property]!),
  );
  const where = and(
    mine,
    // What is written as SQL may have an OR in it.
    options.where && sql`(${options.where})`,
    ...asked.filters.map(compare),
    behind && or(...behind),
  )!;
  const selected = database
    .select()
    .from(table as never)
    .where(where) as DrizzleSelect;
  const found = (await selected.orderBy(...keys).limit(asked.limit + 1)) as Row[];
  // Without them nobody could say whose a row is.
  await attachRelated(database, found, root, wantedRelations([plan.owner]));
  return pageOf(
    found.map((row) => instanceOf(entity, row)),
    asked,
    listing,
  );
}
