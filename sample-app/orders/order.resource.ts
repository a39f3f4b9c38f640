import { defineResource } from 'nestjs-gatehouse';
import { fromTypeorm } from 'nestjs-gatehouse/typeorm';
import { COMES_FROM, REMOVABLE_STATUSES } from '../database/order-status.js';
import { Order } from '../database/order.entity.js';

/**
 * Who may do what with an order, in their own tenant. Members of its account read it, and only its owner changes it. Removing is a rule and not
 * `@Owns`, which asks for the owner and for no tenant.
 */
export const OrderResource = defineResource(Order, {
  id: 'id',
  owner: 'userId',
  load: fromTypeorm(),
  can: (r) => {
    const inTenant = r.same('tenantId', 'tenant');
    return {
      read: r.all(inTenant, r.any(r.owner(), r.owner('account.members.userId'), r.role('support'))),
      update: r.all(inTenant, r.any(r.owner(), r.role('support'))),
      cancel: r.all(
        inTenant,
        r.owner(),
        r.any(...COMES_FROM.cancelled.map((from) => r.where('status', from))),
      ),
      // Not what was paid, nor what was refunded: that is for the books.
      remove: r.all(
        inTenant,
        r.owner(),
        r.any(...REMOVABLE_STATUSES.map((status) => r.where('status', status))),
      ),
      // Not one's own: whoever gives the money back is not whoever gets it.
      refund: r.all(inTenant, r.role('support'), r.not(r.owner())),
    };
  },
});
