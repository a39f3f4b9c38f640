import { defineResource, type LoaderFactory } from 'nestjs-gatehouse';
import { OrderStore } from '../../shop/order-store.js';
import { Order } from './order.entity.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The condition of a list: whose orders. */
export interface OwnOrders {
  readonly userId: string;
}

/** Loads from the store in memory, and lists the caller's own orders. */
const fromStore: LoaderFactory<Order> = {
  create({ resolve }) {
    const store = resolve<OrderStore<Order>>(OrderStore);
    return {
      parseId: (raw) => (typeof raw === 'string' && UUID.test(raw) ? raw : undefined),
      loadMany: (ids) => store.findMany(ids as readonly string[]),
    };
  },
  query:
    () =>
    (principal): OwnOrders => ({ userId: principal.id }),
};

/** Who may do what with an order. */
export const OrderResource = defineResource(Order, {
  id: 'id',
  owner: 'userId',
  load: fromStore,
  can: (r) => ({ read: r.any(r.owner(), r.role('support')) }),
});
