import { Body, Controller, Delete, Get, Patch, Query } from '@nestjs/common';
import { Can, Lists, Loaded, Page, PageQuery, Returns, Roles, Where } from 'nestjs-gatehouse';
import type { WhereOf } from 'nestjs-gatehouse/typeorm';
import { User } from '../database/user.entity.js';
import { PatchUser } from './patch-user.dto.js';
import { UsersService } from './users.service.js';

/** Users: themselves for everyone, all of their tenant for administrators. */
@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Roles('admin')
  @Lists(User)
  @Returns(Page.of(User))
  list(@Where() mine: WhereOf<User>, @Query() query: PageQuery): Promise<Page<User>> {
    return this.users.list(mine, query);
  }

  @Get(':id')
  @Can('read', User)
  @Returns(User)
  get(@Loaded() user: User): User {
    return user;
  }

  @Patch(':id')
  @Can('update', User)
  @Returns(User)
  patch(@Loaded() user: User, @Body() dto: PatchUser): Promise<User> {
    return this.users.patch(user, dto);
  }

  @Delete(':id')
  @Roles('admin')
  @Can('remove', User)
  @Returns(User)
  remove(@Loaded() user: User): Promise<User> {
    return this.users.remove(user);
  }
}
