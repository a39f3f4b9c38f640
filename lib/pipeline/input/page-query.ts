import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/**
 * The page that a caller asks for: `limit`, 1 to 100, 20 where it is left out, and the `cursor` of the page before, at most 512
 * characters. Extend it for filters. To change the cap repeat every decorator of `limit`: class-validator drops the inherited
 * ones of a property that is declared again.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
 * @example
 * ```ts
 * class OrderQuery extends PageQuery {
 *   @IsOptional() @IsIn(STATUSES) status?: string;
 *   @IsInt() @Min(1) @Max(500) override limit: number = 50;
 * }
 *
 * @Get() @Lists(Order) @Returns(Page.of(Order)) list(@Query() page: OrderQuery) {…}
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
  @MaxLength(512)
  cursor?: string;
}
