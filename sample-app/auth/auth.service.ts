import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
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
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  /** Looks the user up and compares the password; the same work whether the user exists or not. */
  async attempt(username: string, password: string): Promise<LoginAttempt> {
    const user = await this.users.findOneBy({ username });
    const proven = await verifyPassword(password, user?.passwordHash);
    return { proven: proven && user !== null, user };
  }
}
