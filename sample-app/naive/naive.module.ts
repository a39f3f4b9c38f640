import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ShopKeysModule } from '../auth/shop-keys.module.js';
import { DatabaseModule } from '../database/database.module.js';
import type { ShopOptions } from '../shop.options.js';
import { HelpfulErrorFilter } from './helpful-error.filter.js';
import { NaiveAccountsController } from './naive-accounts.controller.js';
import { NaiveApiKeysController } from './naive-api-keys.controller.js';
import { NaiveAuthController } from './naive-auth.controller.js';
import { NaiveOrdersController } from './naive-orders.controller.js';
import { NaivePasswordsModule } from './naive-passwords.module.js';
import { NaiveUsersController } from './naive-users.controller.js';

/**
 * The shop's unprotected twin: the same routes, the same data, and the usual mistakes. An attack that does not succeed here proves
 * nothing about the shop. Never deploy it.
 */
@Module({
  controllers: [
    NaiveAuthController,
    NaiveAccountsController,
    NaiveApiKeysController,
    NaiveOrdersController,
    NaiveUsersController,
  ],
  providers: [{ provide: APP_FILTER, useClass: HelpfulErrorFilter }],
})
export class NaiveModule {}

/** A twin with its own database and its own keys. */
export function createNaiveShop(
  options: Pick<ShopOptions, 'password' | 'databaseUrl' | 'keyFile'> = {},
): DynamicModule {
  return {
    module: NaiveModule,
    imports: [NaivePasswordsModule, DatabaseModule.with(options), ShopKeysModule.from(options.keyFile)],
  };
}
