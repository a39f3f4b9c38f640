import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  NotFoundException,
  Post,
  UnauthorizedException,
} from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { PasswordHasher } from 'nestjs-gatehouse';
import { Repository } from 'typeorm';
import { SIGNING_KEY, type SigningKey } from '../auth/signing-key.js';
import { ACCESS_TOKEN_SECONDS, TokenIssuer } from '../auth/token-issuer.js';
import { User } from '../database/user.entity.js';

/** Login without limits, which tells which user names exist. */
@Controller()
export class NaiveAuthController {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    @Inject(SIGNING_KEY) private readonly key: SigningKey,
    private readonly tokens: TokenIssuer,
    private readonly passwords: PasswordHasher,
  ) {}

  @Post('auth/login')
  @HttpCode(200)
  async login(@Body() body: { username: string; password: string }) {
    const user = await this.users.findOneBy({ username: body.username });
    if (!user) throw new NotFoundException(`No user ${body.username}`);
    if (!(await this.passwords.verify(user.passwordHash, body.password)).valid) {
      throw new UnauthorizedException(`Wrong password for ${body.username}`);
    }
    return { accessToken: await this.tokens.issue(user), expiresIn: ACCESS_TOKEN_SECONDS };
  }

  @Get('.well-known/jwks.json')
  jwks() {
    return { keys: [this.key.publicJwk] };
  }

  @Get('health')
  health() {
    return { status: 'ok', node: process.version, memory: process.memoryUsage() };
  }
}
