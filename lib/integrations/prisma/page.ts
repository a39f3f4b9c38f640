import { listingOf } from '../../core/listing.js';
import { refuseUnknown } from '../../core/options.js';
import type { Page } from '../../core/page.js';
import type { PageQuery } from '../../pipeline/lists/page-query.js';
import { instanceOf } from '../../policy/instance-of.js';
import type { Comparison, Direction } from '../../policy/keyset.js';
import { pageOf, type ListPages } from '../../policy/list-pages.js';
import { checkCondition } from '../../policy/own-query.js';
import { saysNothing, type PrismaWhere } from './prisma-condition.js';
import { includeOf } from './prisma-loader.js';

/** A model of a Prisma client, `prisma.order`, also of a transaction. */
export interface PrismaPaged {
  findMany(query: never): PromiseLike<readonly object[]>;
}

/** A row of a model, without its relations. */
export type PrismaRow<M extends PrismaPaged> = Awaited<ReturnType<M['findMany']>>[number];

/** The `where` of a model: `Prisma.OrderWhereInput`. */
export type PrismaWhereOf<M extends PrismaPaged> =
  NonNullable<Parameters<M['findMany']>[0]> extends { where?: infer Where } ? NonNullable<Where> : object;

/** What the application adds to a page. */
export interface PageOptions<M extends PrismaPaged> {
  /** Narrows the list further. */
  readonly where?: PrismaWhereOf<M>;
  /**
   * The order where the client names none. The id decides between equals. Default: by id. An object is read the first time that it is handed
   * over: another order is another object.
   */
  readonly order?: Readonly<Partial<Record<keyof PrismaRow<M> & string, Direction>>>;
}

const OPTIONS: ReadonlyArray<keyof PageOptions<never>> = ['where', 'order'];

const OPERATORS: Readonly<Record<Comparison['is'], string>> = {
  equals: 'equals',
  in: 'in',
  from: 'gte',
  to: 'lte',
  more: 'gt',
  less: 'lt',
};

/** Of which model a condition speaks, and how it is paged. */
export interface PagedModel {
  readonly name: string;
  readonly pages: ListPages;
}

/** What the conditions of `@Where()` speak of. */
export const PAGED = new WeakMap<object, PagedModel>();

/**
 * One page of the rows that `mine` admits, by the client's filter, order and cursor, with one `findMany`. The next page begins behind the
 * last row and not at a number, so that rows that come and go meanwhile move nothing. The rows are instances of the class of the
 * resource, and have the relations that lead to the owner.
 *
 * @param model the model of the client, or of a transaction
 * @param mine what `@Where()` handed over, itself
 * @throws {TypeError} where `mine` is the condition of another model; for an option that there is not
 * @throws {SecurityDenial} `input.invalid` for a cursor of another order, or a filter value that the field cannot have
 * @throws {SecurityConfigError} `resource.invalid` for an `order` that rows cannot be paged by
 * @example
 * ```ts
 * list(@Where() mine: Prisma.OrderWhereInput, @Query() query: OrderQuery) {
 *   return page(this.prisma.order, mine, query, { order: { createdAt: 'DESC' } });
 * }
 * ```
 */
export async function page<M extends PrismaPaged>(
  model: M,
  mine: PrismaWhereOf<M>,
  query: PageQuery,
  options: PageOptions<M> = {},
): Promise<Page<PrismaRow<M>>> {
  refuseUnknown('What is added to a page', options, OPTIONS);
  const listing = listingOf(mine);
  const { plan } = listing;
  const entity = plan.entity as new () => PrismaRow<M>;
  const paged = PAGED.get(mine);
  if (paged === undefined || (model as { readonly $name?: unknown }).$name !== paged.name)
    throw new TypeError(
      `The condition of @Where() is of ${entity.name} and its model: it would admit rows of another that its rule does not.`,
    );
  const { where } = options;
  // Prisma takes a condition with undefined for none.
  if (where !== undefined) checkCondition(where, 'where of the page', saysNothing);
  const asked = paged.pages.ask(listing, query, options.order);
  const include = includeOf([plan.owner.slice(0, -1)]);
  const rows = await model.findMany({
    where: {
      AND: [
        mine,
        ...(where === undefined ? [] : [where]),
        ...asked.filters.map(condition),
        ...(asked.behind ? [{ OR: asked.behind.map((all) => ({ AND: all.map(condition) })) }] : []),
      ],
    },
    orderBy: asked.keyset.keys.map(([property, direction]) => ({
      [property]: direction === 'ASC' ? 'asc' : 'desc',
    })),
    take: asked.limit + 1,
    ...(include && { include }),
  } as never);
  return pageOf(
    rows.map((row) => instanceOf(entity, row)),
    asked,
    listing,
  );
}

function condition({ property, is, value }: Comparison): PrismaWhere {
  return { [property]: { [OPERATORS[is]]: value } };
}
