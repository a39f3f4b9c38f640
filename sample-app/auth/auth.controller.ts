import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  Authenticated,
  CurrentUser,
  factsOf,
  ProblemException,
  Public,
  Returns,
  Revocation,
  SecurityEvents,
  type Principal,
} from 'nestjs-gatehouse';
import type { IncomingMessage } from 'node:http';
import { AuthService } from './auth.service.js';
import { LoginDto, LoginResult } from './login.dto.js';
import { RawRequest } from './raw-request.decorator.js';
import { ACCESS_TOKEN_SECONDS, TokenIssuer } from './token-issuer.js';

/** Exchanges a password for an access token, and takes a token back. */
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly tokens: TokenIssuer,
    private readonly events: SecurityEvents,
    private readonly revocation: Revocation,
  ) {}

  @Post('login')
  @HttpCode(200)
  @Public('exchanges a password for a token')
  @Returns(LoginResult)
  async login(
    @Body() { username, password }: LoginDto,
    @RawRequest() raw: IncomingMessage,
  ): Promise<LoginResult> {
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
    this.events.record({ type: 'sign-in.succeeded', principal: user.id }, factsOf(raw), raw);
    return { accessToken: await this.tokens.issue(user), expiresIn: ACCESS_TOKEN_SECONDS };
  }

  @Post('logout')
  @HttpCode(204)
  @Authenticated()
  @Returns(null)
  async logout(@CurrentUser() user: Principal): Promise<void> {
    await this.revocation.revokeToken(user);
  }
}
