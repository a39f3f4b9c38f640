import { Body, Controller, Delete, Get, NotFoundException, Param, Patch, Query } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { NEWEST_FIRST } from '../database/newest-first.js';
import { User } from '../database/user.entity.js';
import { type Caller, TokenUser } from './caller.decorator.js';

/** Users of every tenant, for everybody, password hashes included. */
@Controller()
export class NaiveUsersController {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  // The user that the token names, whoever wrote the token. Without one the condition is empty, and somebody comes back.
  @Get('me')
  async me(@TokenUser() { id }: Caller) {
    const [user] = await this.users.find({ where: id ? { id } : {}, take: 1 });
    return user;
  }

  // The button is only shown to administrators, so nobody else comes here.
  @Get('users')
  async list(@Query('limit') limit = '20', @Query('cursor') cursor = '0') {
    const items = await this.users.find({ order: NEWEST_FIRST, skip: Number(cursor), take: Number(limit) });
    const more = items.length === Number(limit);
    return { items, nextCursor: more ? String(Number(cursor) + items.length) : null };
  }

  @Get('users/:id')
  get(@Param('id') id: string) {
    return this.find(id);
  }

  // Whatever the body names is written: the roles, the password hash.
  @Patch('users/:id')
  async patch(@Param('id') id: string, @Body() body: any) {
    return this.users.save(Object.assign(await this.find(id), body));
  }

  @Delete('users/:id')
  async remove(@Param('id') id: string) {
    const user = await this.find(id);
    await this.users.delete({ id });
    return user;
  }

  private async find(id: string): Promise<User> {
    const user = await this.users.findOneBy({ id });
    if (!user) throw new NotFoundException(`User ${id} not found`);
    return user;
  }
}
