import type { DynamicModule } from '@nestjs/common';
import { SecurityModule } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { AccountMemberResource } from './accounts/account-member.resource.js';
import { AccountResource } from './accounts/account.resource.js';
import { ApiKeyTable } from './api-keys/api-key-table.js';
import { ApiKeyResource } from './api-keys/api-key.resource.js';
import { AUDIENCE, ISSUER, SHOP_KEYS, type ShopKeys } from './auth/shop-keys.js';
import { OrderResource } from './orders/order.resource.js';
import { throttling } from './shop-limits.js';
import type { ShopOptions } from './shop.options.js';
import { UserResource } from './users/user.resource.js';

/** All of the shop's security that is not a decorator. */
export function security(keys: DynamicModule, options: ShopOptions): DynamicModule {
  return SecurityModule.forRootAsync({
    imports: [keys],
    inject: [SHOP_KEYS, DataSource],
    useFactory: ({ ring, deviceSecret }: ShopKeys, source: DataSource) => ({
      authentication: {
        issuer: ISSUER,
        audience: AUDIENCE,
        keys: ring,
        tenantClaim: 'tenant',
        revocation: true,
      },
      authorization: {
        roles: { admin: ['support'], support: ['user'], user: [] },
        resources: [OrderResource, AccountResource, AccountMemberResource, UserResource, ApiKeyResource],
      },
      throttling: throttling(deviceSecret, options.limits),
      lists: { secret: deviceSecret },
      accounts: {
        apiKeys: { prefix: 'shop', store: new ApiKeyTable(source) },
        sessions: { transport: options.cookies ? 'cookie' : 'bearer' },
      },
      state: options.state,
      events: { sink: options.events },
    }),
  });
}
