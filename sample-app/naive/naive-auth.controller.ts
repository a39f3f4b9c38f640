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
import { randomUUID } from 'node:crypto';
import { Repository } from 'typeorm';
import { AUDIENCE, ISSUER, SHOP_KEYS, type ShopKeys } from '../auth/shop-keys.js';
import { User } from '../database/user.entity.js';

const TOKEN_SECONDS = 15 * 60;

/** Login without limits, which tells which user names exist; refresh tokens that are user ids; a logout that ends nothing. */
@Controller()
export class NaiveAuthController {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    @Inject(SHOP_KEYS) private readonly keys: ShopKeys,
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
    return this.#tokens(user);
  }

  @Post('auth/refresh')
  @HttpCode(200)
  async refresh(@Body() body: { refreshToken: string }) {
    const id = Buffer.from(body.refreshToken, 'base64url').toString();
    const user = await this.users.findOneBy({ id });
    if (!user) throw new NotFoundException(`No user ${id}`);
    return this.#tokens(user);
  }

  @Post(['auth/logout', 'auth/logout-everywhere'])
  @HttpCode(204)
  logout() {}

  @Get('.well-known/jwks.json')
  jwks() {
    return this.keys.ring.jwks();
  }

  @Get('health')
  health() {
    return { status: 'ok', node: process.version, memory: process.memoryUsage() };
  }

  #tokens({ id, tenantId, roles }: User) {
    const iat = Math.floor(Date.now() / 1000);
    const claims = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: id,
      tenant: tenantId,
      roles,
      iat,
      exp: iat + TOKEN_SECONDS,
      jti: randomUUID(),
    };
    return {
      accessToken: this.keys.ring.sign({ typ: 'at+jwt' }, claims),
      expiresIn: TOKEN_SECONDS,
      refreshToken: Buffer.from(id).toString('base64url'),
    };
  }
}
