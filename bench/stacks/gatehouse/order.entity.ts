import { ANYONE, ExposeFor, OWNER } from 'nestjs-gatehouse';
import type { OrderRow } from '../../shop/order-row.js';

/** A line of an order. Who sees the order's items sees all of a line but its number. */
export class OrderItem {
  lineId!: number;
  @ExposeFor(ANYONE) sku!: string;
  @ExposeFor(ANYONE) quantity!: number;
  @ExposeFor(ANYONE) price!: number;
}

/** An order, and who sees what of it. */
export class Order {
  @ExposeFor(ANYONE) id!: string;
  userId!: string;
  @ExposeFor(OWNER, 'support') status!: string;
  @ExposeFor(OWNER, 'support') total!: number;
  @ExposeFor(OWNER, 'support') note!: string | null;
  @ExposeFor(OWNER, 'support', { type: () => OrderItem }) items!: OrderItem[];
  @ExposeFor(OWNER, 'support') createdAt!: Date;
  @ExposeFor('admin') internalNote!: string | null;
  @ExposeFor('support') costPrice!: number;
}

/** The entity of a stored order. */
export function order(row: OrderRow): Order {
  const items = row.items.map((item) => Object.assign(new OrderItem(), item));
  return Object.assign(new Order(), row, { items });
}
