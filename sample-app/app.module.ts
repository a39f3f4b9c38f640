import { Module, type DynamicModule } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { AuthModule } from './auth/auth.module.js';
import { InTenant } from './auth/in-tenant.policy.js';
import { ShopKeysModule } from './auth/shop-keys.module.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthController } from './health/health.controller.js';
import { OrdersModule } from './orders/orders.module.js';
import { security } from './security.config.js';
import './security-types.js';
import type { ShopOptions } from './shop.options.js';
import { UsersModule } from './users/users.module.js';

/** The shop. */
@Module({ controllers: [HealthController], providers: [InTenant] })
export class AppModule {}

/**
 * A shop with its own database and its own keys, so that two of them in one process share nothing.
 *
 * @example
 * ```ts
 * const app = await NestFactory.create(createShop({ password: 'correct horse' }));
 * ```
 */
export function createShop(options: ShopOptions = {}): DynamicModule {
  const keys = ShopKeysModule.from(options.keyFile);
  return {
    module: AppModule,
    imports: [
      security(keys, options),
      DatabaseModule.with(options),
      AuthModule.with(keys),
      AccountsModule,
      ApiKeysModule,
      OrdersModule,
      UsersModule,
    ],
  };
}
