import { Body, Controller, Delete, Get, NotFoundException, Param, Post, Query } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { Repository } from 'typeorm';
import { AccountMember } from '../database/account-member.entity.js';
import { Account } from '../database/account.entity.js';
import { NEWEST_FIRST } from '../database/newest-first.js';
import { Order } from '../database/order.entity.js';
import { User } from '../database/user.entity.js';
import { type Caller, GUEST, TokenUser } from './caller.decorator.js';

/** Accounts of every team, for everybody. */
@Controller('accounts')
export class NaiveAccountsController {
  constructor(
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    @InjectRepository(AccountMember) private readonly members: Repository<AccountMember>,
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    @InjectRepository(User) private readonly users: Repository<User>,
  ) {}

  // Of every tenant: the front end shows those of its own.
  @Get()
  async list(@Query('limit') limit = '20', @Query('cursor') cursor = '0') {
    const items = await this.accounts.find({
      order: NEWEST_FIRST,
      skip: Number(cursor),
      take: Number(limit),
    });
    const more = items.length === Number(limit);
    return { items, nextCursor: more ? String(Number(cursor) + items.length) : null };
  }

  // The body last: it may bring its own owner and its own tenant.
  @Post()
  create(@TokenUser() caller: Caller, @Body() body: any) {
    const [id, ownerId] = [randomUUID(), caller.id ?? GUEST.id];
    const members = [{ accountId: id, userId: ownerId }];
    const tenantId = caller.tenant ?? GUEST.tenant;
    return this.accounts.save(
      this.accounts.create({ id, ownerId, tenantId, members, createdAt: new Date(), ...body } as Account),
    );
  }

  @Get(':id')
  get(@Param('id') id: string) {
    return this.find(id);
  }

  // Whoever knows the account may see what it orders.
  @Get(':id/orders')
  async ordersOf(
    @Param('id') accountId: string,
    @Query('limit') limit = '20',
    @Query('cursor') cursor = '0',
  ) {
    await this.find(accountId);
    const items = await this.orders.find({
      where: { accountId },
      order: NEWEST_FIRST,
      skip: Number(cursor),
      take: Number(limit),
    });
    const more = items.length === Number(limit);
    return { items, nextCursor: more ? String(Number(cursor) + items.length) : null };
  }

  // Says who is unknown, so that typing errors are found.
  @Post(':id/members')
  async add(@Param('id') id: string, @Body() { userId }: any) {
    if (!(await this.users.existsBy({ id: userId }))) throw new NotFoundException(`No user ${userId}`);
    await this.members.save({ accountId: id, userId });
    return this.find(id);
  }

  @Delete(':id/members/:userId')
  async remove(@Param('id') accountId: string, @Param('userId') userId: string) {
    await this.members.delete({ accountId, userId });
    return this.find(accountId);
  }

  private async find(id: string): Promise<Account> {
    const account = await this.accounts.findOneBy({ id });
    if (!account) throw new NotFoundException(`Account ${id} not found`);
    return account;
  }
}
