import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  Can,
  CurrentUser,
  Lists,
  Loaded,
  Page,
  PageQuery,
  type Principal,
  Returns,
  Roles,
  Where,
} from 'nestjs-gatehouse';
import type { WhereOf } from 'nestjs-gatehouse/typeorm';
import { AccountMember } from '../database/account-member.entity.js';
import { Account } from '../database/account.entity.js';
import { Order } from '../database/order.entity.js';
import { OrderQuery } from '../orders/order-query.dto.js';
import { OrdersService } from '../orders/orders.service.js';
import { AccountsService } from './accounts.service.js';
import { AddMember } from './add-member.dto.js';
import { CreateAccount } from './create-account.dto.js';

/** Accounts of teams: users have those that they own or are members of, support sees all. */
@Controller('accounts')
export class AccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly orders: OrdersService,
  ) {}

  @Get()
  @Lists(Account)
  @Returns(Page.of(Account))
  list(@Where() mine: WhereOf<Account>, @Query() query: PageQuery): Promise<Page<Account>> {
    return this.accounts.list(mine, query);
  }

  @Post()
  @Roles('user')
  @Returns(Account)
  create(@CurrentUser() user: Principal, @Body() dto: CreateAccount): Promise<Account> {
    return this.accounts.create(user.id, dto);
  }

  @Get(':id')
  @Can('read', Account)
  @Returns(Account)
  get(@Loaded() account: Account): Account {
    return account;
  }

  /** Two rules: the account is the caller's to read, and so is each of its orders. */
  @Get(':id/orders')
  @Can('read', Account)
  @Lists(Order)
  @Returns(Page.of(Order))
  ordersOf(
    @Loaded() account: Account,
    @Where() mine: WhereOf<Order>,
    @Query() query: OrderQuery,
  ): Promise<Page<Order>> {
    return this.orders.listOf(account.id, mine, query);
  }

  @Post(':id/members')
  @Can('invite', Account)
  @Returns(Account)
  add(@Loaded() account: Account, @Body() { userId }: AddMember): Promise<Account> {
    return this.accounts.add(account, userId);
  }

  @Delete(':id/members/:userId')
  @HttpCode(204)
  @Can('remove', AccountMember, {
    from: { parts: { accountId: { param: 'id' }, userId: { param: 'userId' } } },
  })
  @Returns(null)
  async remove(@Loaded() member: AccountMember): Promise<void> {
    await this.accounts.remove(member);
  }
}
