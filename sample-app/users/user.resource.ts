import { defineResource } from 'nestjs-gatehouse';
import { fromTypeorm } from 'nestjs-gatehouse/typeorm';
import { User } from '../database/user.entity.js';

/** Who may do what with a user, in their own tenant. Everyone owns themselves. */
export const UserResource = defineResource(User, {
  id: 'id',
  owner: 'id',
  load: fromTypeorm(),
  can: (r) => {
    const inTenant = r.same('tenantId', 'tenant');
    return {
      read: r.all(inTenant, r.any(r.owner(), r.role('admin'))),
      update: r.all(inTenant, r.any(r.owner(), r.role('admin'))),
      remove: r.all(inTenant, r.role('admin')),
      // Into an account: nobody is shown more of them than that they are there.
      invite: inTenant,
    };
  },
});
