import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Page, type PageQuery, ProblemException } from 'nestjs-gatehouse';
import { page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { randomUUID } from 'node:crypto';
import { Repository } from 'typeorm';
import { AccountMember } from '../database/account-member.entity.js';
import { Account } from '../database/account.entity.js';
import { inTransaction } from '../database/in-transaction.js';
import { NEWEST_FIRST } from '../database/newest-first.js';
import { User } from '../database/user.entity.js';
import type { CreateAccount } from './create-account.dto.js';

/** Accounts of teams, for callers who have passed the rules of the routes. */
@Injectable()
export class AccountsService {
  constructor(
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    @InjectRepository(AccountMember) private readonly members: Repository<AccountMember>,
  ) {}

  /** One page of the accounts that `mine` admits, newest first. */
  list(mine: WhereOf<Account>, query: PageQuery): Promise<Page<Account>> {
    return page(this.accounts, mine, query, { order: NEWEST_FIRST });
  }

  /** A new account of `ownerId`, who is its first member. */
  create(ownerId: string, { tenantId, name }: CreateAccount): Promise<Account> {
    const id = randomUUID();
    const account = Object.assign(new Account(), { id, tenantId, name, ownerId, createdAt: new Date() });
    account.members = [memberOf(id, ownerId)];
    return this.accounts.save(account);
  }

  /**
   * Makes somebody a member, who may be one already, and hands over the account as it is now.
   *
   * @throws {ProblemException} 409 where the owner of the account is deleted meanwhile
   */
  async add(account: Account, userId: string): Promise<Account> {
    const { id, ownerId } = account;
    const isOwned = await inTransaction(this.members.manager, async (manager) => {
      // Changes nothing, and locks it: an owner who is being deleted leaves no account that others are in.
      await manager.update(Account, { id }, { ownerId });
      if (!(await manager.existsBy(User, { id: ownerId }))) return false;
      // Of two at once the second finds the row: the database says so, not a look before.
      const insert = manager.createQueryBuilder().insert().into(AccountMember);
      await insert.values(memberOf(id, userId)).orIgnore().execute();
      return true;
    });
    if (!isOwned) throw conflict('no-owner', 'The owner of the account is gone');
    if (!account.members.some((member) => member.userId === userId))
      account.members.push(memberOf(account.id, userId));
    return account;
  }

  /**
   * Ends a membership, and with it the sight of the orders of others.
   *
   * @throws {ProblemException} 409 for whoever owns the account: they stay a member, and go on to see its orders.
   */
  async remove({ accountId, userId, account }: AccountMember): Promise<void> {
    if (account.ownerId === userId)
      throw conflict('owner-stays', 'The owner of an account is a member of it');
    await this.members.delete({ accountId, userId });
  }
}

function memberOf(accountId: string, userId: string): AccountMember {
  return Object.assign(new AccountMember(), { accountId, userId });
}

function conflict(name: string, title: string): ProblemException {
  return new ProblemException({ status: 409, type: `https://shop.example/problems/${name}`, title });
}
