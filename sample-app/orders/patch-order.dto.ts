import { IsIn, IsString, MaxLength } from 'class-validator';
import { OWNER, WritableBy, WritesTo } from 'nestjs-gatehouse';
import { Order } from '../database/order.entity.js';
import { PATCHED_STATUSES } from '../database/order-status.js';
import { Nullable, OptionalKey } from '../validation/optional-key.decorator.js';

/** What can be changed of an order, and by whom. */
@WritesTo(Order)
export class PatchOrder {
  @WritableBy(OWNER)
  @Nullable()
  @IsString()
  @MaxLength(500)
  note?: string | null;

  /** No other one: what is cancelled and what is refunded have rules, and so routes of their own. */
  @WritableBy('support')
  @OptionalKey()
  @IsIn(PATCHED_STATUSES)
  status?: (typeof PATCHED_STATUSES)[number];

  @WritableBy('admin')
  @Nullable()
  @IsString()
  @MaxLength(500)
  internalNote?: string | null;
}
