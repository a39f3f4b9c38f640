import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import {
  ApiKeyService,
  CurrentUser,
  Loaded,
  Owns,
  Policy,
  ProblemException,
  Returns,
  Roles,
  type MadeApiKey,
  type Principal,
} from 'nestjs-gatehouse';
import { InTenant } from '../auth/in-tenant.policy.js';
import { ApiKey } from '../database/api-key.entity.js';
import { UsersService } from '../users/users.service.js';
import { ApiKeyView, CreateApiKey, MadeApiKeyView } from './api-key.dto.js';

/** API keys for the programs of a user's partners. No key can make another: these routes take access tokens alone. */
@Controller('api-keys')
@Policy(InTenant)
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeyService,
    private readonly users: UsersService,
  ) {}

  @Get()
  @Roles('user')
  @Returns([ApiKeyView])
  list(@CurrentUser() user: Principal): Promise<ApiKeyView[]> {
    return this.keys.list(user.id);
  }

  @Post()
  @Roles('user')
  @Throttle({ user: { limit: 10, ttl: 60_000 } })
  @Returns(MadeApiKeyView)
  async create(
    @CurrentUser() user: Principal,
    @Body() { name, scopes, days }: CreateApiKey,
  ): Promise<MadeApiKeyView> {
    const made = await this.keys.create({ owner: user.id, tenant: user.tenant, name, scopes, days });
    // Behind it: a key outlives the request, and whoever was deleted since it began has none. Who is deleted later loses this one too.
    await this.users.find(user).catch(async (gone: unknown) => {
      await this.keys.revoke(made.info.id, user.id);
      throw gone;
    });
    return shown(made);
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @Owns(ApiKey)
  @Returns(MadeApiKeyView)
  async rotate(@Loaded() { id, owner }: ApiKey): Promise<MadeApiKeyView> {
    const made = await this.keys.rotate(id, owner);
    if (made) return shown(made);
    throw new ProblemException({
      status: 409,
      type: 'https://shop.example/problems/not-rotatable',
      title: 'The key is revoked, has expired, or is being rotated',
    });
  }

  @Delete(':id')
  @HttpCode(204)
  @Owns(ApiKey)
  @Returns(null)
  async revoke(@Loaded() { id, owner }: ApiKey): Promise<void> {
    await this.keys.revoke(id, owner);
  }
}

function shown({ key, info }: MadeApiKey): MadeApiKeyView {
  return { ...info, key };
}
