import { defineResource } from 'nestjs-gatehouse';
import { fromTypeorm } from 'nestjs-gatehouse/typeorm';
import { User } from '../database/user.entity.js';

/** Who may do what with an account. Everyone owns their own. */
export const UserResource = defineResource(User, {
  id: 'id',
  owner: 'id',
  load: fromTypeorm(),
  can: (r) => ({
    read: r.any(r.owner(), r.role('admin')),
    update: r.any(r.owner(), r.role('admin')),
    remove: r.role('admin'),
  }),
});
