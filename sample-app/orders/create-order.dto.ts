import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { OWNER, Preset, References, WritableBy, WritesTo } from 'nestjs-gatehouse';
import { Account } from '../database/account.entity.js';
import { Order } from '../database/order.entity.js';
import { SKUS } from '../database/price-list.js';
import { Nullable, OptionalKey } from '../validation/optional-key.decorator.js';

/** One line of a new order. There is no price in it: prices are the shop's. */
export class CreateOrderItem {
  @IsIn(SKUS)
  sku!: string;

  @IsInt()
  @Min(1)
  @Max(100)
  quantity!: number;
}

/** A new order. It belongs to who sends it, and is of their tenant; a caller without one orders nothing. */
@WritesTo(Order)
export class CreateOrder {
  @Preset((caller) => caller.tenant)
  @IsString()
  tenantId!: string;

  /** An account of the caller's own: it is no member's matter to be shown the orders of strangers. */
  @References(Account, { action: 'order' })
  @WritableBy(OWNER)
  @OptionalKey()
  @IsUUID()
  accountId?: string;

  @WritableBy(OWNER)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => CreateOrderItem)
  items!: CreateOrderItem[];

  @WritableBy(OWNER)
  @Nullable()
  @IsString()
  @MaxLength(500)
  note?: string | null;
}
