import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { SKUS } from './prices.js';

/** The most that a page of the list may hold; large, because the bench measures how the cost grows. */
export const MAX_PAGE = 10_000;

/** One line of a new order. */
export class CreateOrderItem {
  @IsIn(SKUS)
  sku!: string;

  @IsInt()
  @Min(1)
  @Max(100)
  quantity!: number;
}

/** A new order. */
export class CreateOrder {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => CreateOrderItem)
  items!: CreateOrderItem[];

  @ValidateIf((_, value) => value !== undefined && value !== null)
  @IsString()
  @MaxLength(500)
  note?: string | null;
}

/** How much of a list is asked for. */
export class ListQuery {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE)
  limit!: number;
}
