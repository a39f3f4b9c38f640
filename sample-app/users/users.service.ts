import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { ApiKeyService, type Page, type PageQuery, ProblemException, SessionService } from 'nestjs-gatehouse';
import { page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { Repository } from 'typeorm';
import { given } from '../database/given.js';
import { NEWEST_FIRST } from '../database/newest-first.js';
import { User } from '../database/user.entity.js';
import type { PatchUser } from './patch-user.dto.js';

/** Accounts, for callers who have passed the rules of the routes. */
@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly sessions: SessionService,
    private readonly apiKeys: ApiKeyService,
  ) {}

  /**
   * The account of a caller.
   *
   * @throws {ProblemException} 404 where it was deleted since the token was issued.
   */
  async find(id: string): Promise<User> {
    const user = await this.users.findOneBy({ id });
    if (user) return user;
    throw new ProblemException({
      status: 404,
      type: 'https://shop.example/problems/account-gone',
      title: 'The account no longer exists',
    });
  }

  /** One page of the accounts that `mine` admits, newest first. */
  list(mine: WhereOf<User>, query: PageQuery): Promise<Page<User>> {
    return page(this.users, mine, query, { order: NEWEST_FIRST });
  }

  /** Writes what the patch names. */
  async patch(user: User, { displayName, email, roles }: PatchUser): Promise<User> {
    const changes = given({ displayName, email, roles });
    if (Object.keys(changes).length > 0) await this.users.update({ id: user.id }, changes);
    return Object.assign(user, changes);
  }

  /** Deletes an account and hands its last state back. Its orders stay, for the books; its sessions and its API keys end. */
  async remove(user: User): Promise<User> {
    // Before the keys: with a token that still counted a new key could be made, which would outlive the account.
    await this.sessions.logoutEverywhere(user.id);
    await this.apiKeys.revokeAll(user.id);
    await this.users.delete({ id: user.id });
    return user;
  }
}
