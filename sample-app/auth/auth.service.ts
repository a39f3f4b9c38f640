import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Lockout } from 'nestjs-gatehouse';
import type { IncomingMessage } from 'node:http';
import { Repository } from 'typeorm';
import { User } from '../database/user.entity.js';
import { verifyPassword } from './password-hash.js';

/** What became of a login. `user` of a failed one is the account that was tried, where there is one. */
export interface LoginAttempt {
  readonly proven: boolean;
  readonly user: User | null;
}

/** Checks user names and passwords. */
@Injectable()
export class AuthService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly lockout: Lockout,
  ) {}

  /**
   * Looks the user up and compares the password; the same work whether the user exists or not.
   *
   * @throws {SecurityDenial} where the account or the address failed too often: 429
   */
  async attempt(username: string, password: string, request: IncomingMessage): Promise<LoginAttempt> {
    const user = await this.users.findOneBy({ username });
    const proven = await this.lockout.attempt(
      { account: user?.id ?? username, credential: user?.passwordHash, request },
      async () => (await verifyPassword(password, user?.passwordHash)) && user !== null,
    );
    return { proven: proven === true, user };
  }
}
