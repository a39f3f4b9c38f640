import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Lockout, PasswordHasher, type SessionPrincipal } from 'nestjs-gatehouse';
import type { IncomingMessage } from 'node:http';
import { Repository } from 'typeorm';
import { User } from '../database/user.entity.js';
import { sessionPrincipal } from './session-principal.js';

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
    private readonly passwords: PasswordHasher,
  ) {}

  /**
   * Looks the user up and compares the password; the same work whether the user exists or not.
   *
   * @throws {SecurityDenial} where the account or the address failed too often: 429; where too many passwords are being hashed: 503
   */
  async attempt(username: string, password: string, request: IncomingMessage): Promise<LoginAttempt> {
    const user = await this.users.findOneBy({ username });
    const proven = await this.lockout.attempt(
      // The name for all: counted by its id, a known account would answer to other spellings as an unknown one does not.
      { account: username, credential: user?.passwordHash, request },
      () => this.#isRight(user, password),
    );
    return { proven: proven === true, user };
  }

  /**
   * Who has just proven their password, read again behind it: `null` where the account was deleted meanwhile, or has another password than the
   * proven one.
   */
  async signedIn({ id, passwordHash }: User): Promise<SessionPrincipal | null> {
    const user = await this.users.findOneBy({ id, passwordHash });
    return user && sessionPrincipal(user);
  }

  /** Who the owner of a session is now; `null` where the account was deleted. */
  async principal(id: string): Promise<SessionPrincipal | null> {
    const user = await this.users.findOneBy({ id });
    return user && sessionPrincipal(user);
  }

  async #isRight(user: User | null, password: string): Promise<boolean> {
    const { valid, rehash } = await this.passwords.verify(user?.passwordHash, password);
    if (user && rehash) {
      const { id, passwordHash } = user;
      // Not where the password was changed in between: it is the new one that counts then.
      const { affected } = await this.users.update({ id, passwordHash }, { passwordHash: rehash });
      if (affected === 1) user.passwordHash = rehash;
    }
    return valid;
  }
}
