import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  ApiKeyService,
  type Page,
  type PageQuery,
  type Principal,
  ProblemException,
  SessionService,
} from 'nestjs-gatehouse';
import { page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { Repository } from 'typeorm';
import { AccountMember } from '../database/account-member.entity.js';
import { given } from '../database/given.js';
import { NEWEST_FIRST } from '../database/newest-first.js';
import { User } from '../database/user.entity.js';
import type { PatchUser } from './patch-user.dto.js';

/** Users, for callers who have passed the rules of the routes. */
@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    @InjectRepository(AccountMember) private readonly memberships: Repository<AccountMember>,
    private readonly sessions: SessionService,
    private readonly apiKeys: ApiKeyService,
  ) {}

  /**
   * The user that a caller is.
   *
   * @throws {ProblemException} 404 where they were deleted, or are of another tenant, since the token was issued.
   */
  async find({ id, tenant }: Principal): Promise<User> {
    const user = tenant === undefined ? null : await this.users.findOneBy({ id, tenantId: tenant });
    if (user) return user;
    throw new ProblemException({
      status: 404,
      type: 'https://shop.example/problems/account-gone',
      title: 'The account no longer exists',
    });
  }

  /** One page of the users that `mine` admits, newest first. */
  list(mine: WhereOf<User>, query: PageQuery): Promise<Page<User>> {
    return page(this.users, mine, query, { order: NEWEST_FIRST });
  }

  /** Writes what the patch names. Other roles end the sessions, whose tokens say the old ones. */
  async patch(user: User, { displayName, email, roles }: PatchUser): Promise<User> {
    const changes = given({ displayName, email, roles });
    const others = roles !== undefined && String(roles.toSorted()) !== String(user.roles.toSorted());
    // Before, so that nothing is changed where they cannot be ended; and after, for who signs in meanwhile with the roles of before.
    if (others) await this.sessions.logoutEverywhere(user.id);
    if (Object.keys(changes).length > 0) await this.users.update({ id: user.id }, changes);
    if (others) await this.sessions.logoutEverywhere(user.id);
    return Object.assign(user, changes);
  }

  /**
   * Deletes a user and hands their last state back. Their orders and accounts stay, for the books; their sessions, their API keys and their
   * memberships end.
   */
  async remove(user: User): Promise<User> {
    // Before the keys: with a token that still counted a new key could be made, which would outlive the user.
    await this.sessions.logoutEverywhere(user.id);
    await this.apiKeys.revokeAll(user.id);
    await this.users.delete({ id: user.id });
    // Behind the user, whom nobody can invite any more; and once more, for what was under way.
    await this.memberships.delete({ userId: user.id });
    await this.sessions.logoutEverywhere(user.id);
    await this.apiKeys.revokeAll(user.id);
    return user;
  }
}
