import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { MAX_CURSOR } from './cursor-codec.js';

/**
 * The page that a caller asks for: `limit`, 1 to 100, 20 where it is left out, and the `cursor` of the page before. Extend it for
 * filters (`@Filterable`) and an order (`@Sortable`). To change the cap repeat every decorator of `limit`: class-validator drops
 * the inherited ones of a property that is declared again.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
 * @example
 * ```ts
 * class OrderQuery extends PageQuery {
 *   @Filterable() @IsOptional() @IsIn(STATUSES) status?: string;
 *   @Sortable('createdAt', 'total') sort: string = '-createdAt';
 * }
 *
 * @Get() @Lists(Order) @Returns(Page.of(Order))
 * list(@Where() mine: WhereOf<Order>, @Query() query: OrderQuery) { return page(this.orders, mine, query); }
 * ```
 */
export class PageQuery {
  /** The most items that the answer may hold. */
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  /** Opaque: `nextCursor` of the page before. Left out for the first page. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CURSOR)
  cursor?: string;
}
