import { Controller, Get } from '@nestjs/common';
import { Authenticated, CurrentUser, type Principal, Returns } from 'nestjs-gatehouse';
import { User } from '../database/user.entity.js';
import { UsersService } from './users.service.js';

/** The caller's own account. */
@Controller('me')
@Authenticated()
export class MeController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Returns(User)
  me(@CurrentUser() user: Principal): Promise<User> {
    return this.users.find(user.id);
  }
}
