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
  ValidateNested,
} from 'class-validator';
import { SKUS } from '../database/price-list.js';
import { Nullable } from '../validation/optional-key.decorator.js';

/** One line of a new order. There is no price in it: prices are the shop's. */
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

  @Nullable()
  @IsString()
  @MaxLength(500)
  note?: string | null;
}
