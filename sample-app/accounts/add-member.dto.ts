import { IsUUID } from 'class-validator';
import { References } from 'nestjs-gatehouse';
import { User } from '../database/user.entity.js';

/** Who becomes a member. Users of other tenants are answered like users that there are not. */
export class AddMember {
  @References(User, { action: 'invite' })
  @IsUUID()
  userId!: string;
}
