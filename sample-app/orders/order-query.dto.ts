import { IsIn } from 'class-validator';
import { Filterable, PageQuery, Sortable } from 'nestjs-gatehouse';
import { ORDER_STATUSES, type OrderStatus } from '../database/order-status.js';
import { OptionalKey } from '../validation/optional-key.decorator.js';

/** Which page of the orders, of which status, in which order. */
export class OrderQuery extends PageQuery {
  @Filterable()
  @OptionalKey()
  @IsIn(ORDER_STATUSES)
  status?: OrderStatus;

  @Sortable('createdAt', 'total')
  sort: string = '-createdAt';
}
