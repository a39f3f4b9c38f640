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
import { AccountsService } from './accounts.service.js';
import { AddMember } from './add-member.dto.js';
import { CreateAccount } from './create-account.dto.js';

/** Accounts of teams: users have those that they own or are members of, support sees all. */
@Controller('accounts')
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

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
