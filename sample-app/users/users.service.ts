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
import { type EntityManager, Like, Not, Repository } from 'typeorm';
import { AccountMember } from '../database/account-member.entity.js';
import { Account } from '../database/account.entity.js';
import { given } from '../database/given.js';
import { inTransaction } from '../database/in-transaction.js';
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
    throw gone();
  }

  /** One page of the users that `mine` admits, newest first. */
  list(mine: WhereOf<User>, query: PageQuery): Promise<Page<User>> {
    return page(this.users, mine, query, { order: NEWEST_FIRST });
  }

  /**
   * Writes what the patch names. Other roles end the sessions, whose tokens say the old ones.
   *
   * @throws {ProblemException} 409 for roles that leave the tenant without an administrator, 404 for a user who is deleted meanwhile
   */
  async patch(user: User, { displayName, email, roles }: PatchUser): Promise<User> {
    const others = roles !== undefined && String(roles.toSorted()) !== String(user.roles.toSorted());
    // Roles that are as they were are not written: meanwhile they may be others.
    const changes = given({ displayName, email, roles: others ? roles : undefined });
    const write = async (manager: EntityManager): Promise<Refusal> => {
      const { affected } = await manager.update(User, { id: user.id }, changes);
      return affected === 0 ? gone() : undefined;
    };
    if (others) {
      const check = roles.includes('admin') ? undefined : notTheLastAdmin;
      await refuse(check?.(this.users.manager, user));
      // Before, so that nothing is changed where they cannot be ended; and after, for who signs in meanwhile with the roles of before.
      await this.sessions.logoutEverywhere(user.id);
      await this.#inOne(async (manager) => (await check?.(manager, user)) ?? write(manager));
      await this.sessions.logoutEverywhere(user.id);
    } else if (Object.keys(changes).length > 0) await refuse(write(this.users.manager));
    return Object.assign(user, changes);
  }

  /**
   * Deletes a user and hands their last state back. Their orders stay, for the books, and so do accounts of theirs alone; their sessions, their API
   * keys and their memberships end.
   *
   * @throws {ProblemException} 409 for the last administrator of a tenant, and for the owner of an account that has other members
   */
  async remove(user: User): Promise<User> {
    const { id } = user;
    const end = async (): Promise<void> => {
      // Before the keys: with a token that still counted a new key could be made.
      await this.sessions.logoutEverywhere(id);
      await this.apiKeys.revokeAll(id);
    };
    await this.#inOne(async (manager) => {
      const refusal = (await notTheLastAdmin(manager, user)) ?? (await noTeamWithout(manager, user));
      if (refusal) return refusal;
      // Where they cannot be ended, the user stays.
      await end();
      await manager.delete(User, { id });
      return undefined;
    });
    await this.memberships.delete({ userId: id });
    // Once more, for what was under way.
    await end();
    return user;
  }

  /** Checks and writes in one transaction. The refusal is handed out, not thrown: there is nothing to roll back. */
  async #inOne(write: (manager: EntityManager) => Promise<Refusal>): Promise<void> {
    await refuse(inTransaction(this.users.manager, write));
  }
}

type Refusal = ProblemException | undefined;

async function refuse(refusal: Promise<Refusal> | undefined): Promise<void> {
  const problem = await refusal;
  if (problem) throw problem;
}

/** Whoever is the only administrator of a tenant goes on to be it: nobody else could make another. */
async function notTheLastAdmin(manager: EntityManager, { id, tenantId }: User): Promise<Refusal> {
  const admins = { tenantId, roles: Like('%"admin"%') as never };
  // Changes nothing, and locks them: of two who take the role from each other, the second sees what the first has done.
  await manager.update(User, admins, { tenantId });
  const are = await manager.findBy(User, admins);
  return are.length === 1 && are[0]!.id === id
    ? conflict('last-admin', 'The tenant would be without an administrator')
    : undefined;
}

/** Others order by an account as long as they are in it, and its owner alone says who that is. */
async function noTeamWithout(manager: EntityManager, { id }: User): Promise<Refusal> {
  // As above: whoever is about to be invited waits.
  await manager.update(Account, { ownerId: id }, { ownerId: id });
  return (await manager.existsBy(Account, { ownerId: id, members: { userId: Not(id) } }))
    ? conflict('owns-accounts', 'The user owns accounts that others are members of')
    : undefined;
}

function gone(): ProblemException {
  return new ProblemException({
    status: 404,
    type: 'https://shop.example/problems/account-gone',
    title: 'The account no longer exists',
  });
}

function conflict(name: string, title: string): ProblemException {
  return new ProblemException({ status: 409, type: `https://shop.example/problems/${name}`, title });
}
