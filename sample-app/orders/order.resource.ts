import { defineResource } from 'nestjs-gatehouse';
import { fromTypeorm } from 'nestjs-gatehouse/typeorm';
import { Order } from '../database/order.entity.js';

/** Who may do what with an order. Deleting one is for its owner alone: `@Owns` on the route. */
export const OrderResource = defineResource(Order, {
  id: 'id',
  owner: 'userId',
  load: fromTypeorm(),
  can: (r) => ({
    read: r.any(r.owner(), r.role('support')),
    update: r.any(r.owner(), r.role('support')),
    cancel: r.all(r.owner(), r.where('status', 'open')),
    // Not one's own: whoever gives the money back is not whoever gets it.
    refund: r.all(r.role('support'), r.not(r.owner())),
  }),
});
