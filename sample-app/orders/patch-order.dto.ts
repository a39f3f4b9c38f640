import { IsIn, IsString, MaxLength } from 'class-validator';
import { OWNER, WritableBy, WritesTo } from 'nestjs-gatehouse';
import { Order, ORDER_STATUSES, type OrderStatus } from '../database/order.entity.js';
import { Nullable, OptionalKey } from '../validation/optional-key.decorator.js';

/** What can be changed of an order, and by whom. */
@WritesTo(Order)
export class PatchOrder {
  @WritableBy(OWNER)
  @Nullable()
  @IsString()
  @MaxLength(500)
  note?: string | null;

  @WritableBy('support')
  @OptionalKey()
  @IsIn(ORDER_STATUSES)
  status?: OrderStatus;

  @WritableBy('admin')
  @Nullable()
  @IsString()
  @MaxLength(500)
  internalNote?: string | null;
}
