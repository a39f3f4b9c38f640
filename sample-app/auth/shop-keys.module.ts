import { Module, type DynamicModule } from '@nestjs/common';
import { SHOP_KEYS, shopKeys } from './shop-keys.js';

/** Gives the shop's keys to whoever signs and whoever verifies. */
@Module({})
export class ShopKeysModule {
  /** The keys kept in `file`, or some in memory. */
  static from(file?: string): DynamicModule {
    return {
      module: ShopKeysModule,
      providers: [{ provide: SHOP_KEYS, useFactory: () => shopKeys(file) }],
      exports: [SHOP_KEYS],
    };
  }
}
