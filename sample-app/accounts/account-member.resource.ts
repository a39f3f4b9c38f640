import { defineResource } from 'nestjs-gatehouse';
import { fromTypeorm } from 'nestjs-gatehouse/typeorm';
import { AccountMember } from '../database/account-member.entity.js';

/** Who may do what with a membership. Who reads the account reads it, and so learns by a 403 that it is there; all others get a 404. */
export const AccountMemberResource = defineResource(AccountMember, {
  id: ['accountId', 'userId'],
  owner: 'userId',
  load: fromTypeorm(),
  can: (r) => {
    const inTenant = r.same('account.tenantId', 'tenant');
    return {
      read: r.all(
        inTenant,
        r.any(r.owner('account.ownerId'), r.owner('account.members.userId'), r.role('support')),
      ),
      // Members leave by themselves. Administrators empty an account whose owner is to be deleted.
      remove: r.all(inTenant, r.any(r.owner('account.ownerId'), r.owner(), r.role('admin'))),
    };
  },
});
