import { defineResource } from 'nestjs-gatehouse';
import { fromTypeorm } from 'nestjs-gatehouse/typeorm';
import { Account } from '../database/account.entity.js';

/** Who may do what with an account of a team, in their own tenant. */
export const AccountResource = defineResource(Account, {
  id: 'id',
  owner: 'ownerId',
  load: fromTypeorm(),
  can: (r) => {
    const inTenant = r.same('tenantId', 'tenant');
    return {
      read: r.all(inTenant, r.any(r.owner(), r.owner('members.userId'), r.role('support'))),
      invite: r.all(inTenant, r.owner()),
      // Not support, who reads all accounts: whoever orders by one shows the order to its members.
      order: r.all(inTenant, r.any(r.owner(), r.owner('members.userId'))),
    };
  },
});
