import { Controller, Get } from '@nestjs/common';
import { Authenticated, CurrentUser, Policy, type Principal, Returns } from 'nestjs-gatehouse';
import { InTenant } from '../auth/in-tenant.policy.js';
import { User } from '../database/user.entity.js';
import { UsersService } from './users.service.js';

/** Who the caller is. */
@Controller('me')
@Authenticated()
@Policy(InTenant)
export class MeController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Returns(User)
  me(@CurrentUser() user: Principal): Promise<User> {
    return this.users.find(user);
  }
}
