import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  Authenticated,
  CurrentUser,
  factsOf,
  ProblemException,
  Public,
  Returns,
  SecurityEvents,
  SessionService,
  type Principal,
} from 'nestjs-gatehouse';
import type { IncomingMessage } from 'node:http';
import { AuthService } from './auth.service.js';
import { LoginDto, RefreshDto, SessionResult } from './login.dto.js';
import { RawRequest } from './raw-request.decorator.js';

/** Exchanges a password for a session, keeps it going, and ends it. */
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: SessionService,
    private readonly events: SecurityEvents,
  ) {}

  @Post('login')
  @HttpCode(200)
  @Public('exchanges a password for a token')
  @Returns(SessionResult)
  async login(
    @Body() { username, password }: LoginDto,
    @RawRequest() raw: IncomingMessage,
  ): Promise<SessionResult> {
    const { proven, user } = await this.auth.attempt(username, password, raw);
    if (!proven || !user) {
      this.events.record({ type: 'sign-in.failed', account: user?.id }, factsOf(raw), raw);
      // One answer for an unknown name and a wrong password.
      throw new ProblemException({
        status: 401,
        type: 'https://shop.example/problems/login-failed',
        title: 'User name or password is wrong',
      });
    }
    // Not `login` with the user of before: hashing takes time, in which they may lose a role, or be deleted.
    const tokens = await this.sessions.begin(user.id, () => this.auth.signedIn(user), raw);
    this.events.record({ type: 'sign-in.succeeded', principal: user.id }, factsOf(raw), raw);
    return tokens;
  }

  @Post('refresh')
  @HttpCode(200)
  @Public('the refresh token says whose session it is')
  @Returns(SessionResult)
  refresh(@Body() { refreshToken }: RefreshDto, @RawRequest() raw: IncomingMessage): Promise<SessionResult> {
    return this.sessions.refresh(refreshToken, (id) => this.auth.principal(id), raw);
  }

  @Post('logout')
  @HttpCode(204)
  @Authenticated()
  @Returns(null)
  logout(@CurrentUser() user: Principal, @RawRequest() raw: IncomingMessage): Promise<void> {
    return this.sessions.logout(user, raw);
  }

  @Post('logout-everywhere')
  @HttpCode(204)
  @Authenticated()
  @Returns(null)
  logoutEverywhere(@CurrentUser() { id }: Principal, @RawRequest() raw: IncomingMessage): Promise<void> {
    return this.sessions.logoutEverywhere(id, raw);
  }
}
