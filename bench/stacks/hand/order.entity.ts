import { Exclude, Expose, Type } from 'class-transformer';
import type { OrderRow } from '../../shop/order-row.js';

const STAFF = ['support', 'admin'];
const EVERYONE = ['user', ...STAFF];

/** A line of an order, with class-transformer's groups. */
@Exclude()
export class HandOrderItem {
  lineId!: number;
  @Expose() sku!: string;
  @Expose() quantity!: number;
  @Expose() price!: number;
}

/** An order, with class-transformer's groups. */
@Exclude()
export class HandOrder {
  @Expose() id!: string;
  userId!: string;
  @Expose({ groups: EVERYONE }) status!: string;
  @Expose({ groups: EVERYONE }) total!: number;
  @Expose({ groups: EVERYONE }) note!: string | null;
  @Expose({ groups: EVERYONE }) @Type(() => HandOrderItem) items!: HandOrderItem[];
  @Expose({ groups: EVERYONE }) createdAt!: Date;
  @Expose({ groups: ['admin'] }) internalNote!: string | null;
  @Expose({ groups: STAFF }) costPrice!: number;
}

/** A page of orders: `excludeAll` lets nothing out of an object without decorators. */
@Exclude()
export class HandOrderPage {
  @Expose() @Type(() => HandOrder) items!: HandOrder[];
  @Expose() nextCursor!: string | null;
}

/** The entity of a stored order. */
export function handOrder(row: OrderRow): HandOrder {
  const items = row.items.map((item) => Object.assign(new HandOrderItem(), item));
  return Object.assign(new HandOrder(), row, { items });
}
