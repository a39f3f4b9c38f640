import type { DynamicModule } from '@nestjs/common';
import { Public, Returns, SecurityModule, type AuthenticationOptions } from 'nestjs-gatehouse';
import { OrderStore } from '../../shop/order-store.js';
import {
  AUDIENCE,
  ISSUER,
  LIMIT,
  ORIGIN,
  WINDOW,
  type ShopOptions,
  type Verification,
} from '../../shop/shop.options.js';
import { extraControllers } from '../extra-controllers.js';
import { order } from './order.entity.js';
import { OrderResource } from './order.resource.js';
import { OrdersController } from './orders.controller.js';

class GatehouseModule {}

/** The shop with `SecurityModule` and everything that it does by default. */
export function gatehouseShop({ verification, size, extraRoutes, extraRoles }: ShopOptions): DynamicModule {
  const further = Array.from({ length: extraRoles }, (_, index) => [`role-${index}`, []] as const);
  return {
    module: GatehouseModule,
    imports: [
      SecurityModule.forRoot({
        authentication: authentication(verification),
        authorization: {
          roles: { admin: ['support'], support: ['user'], user: [], ...Object.fromEntries(further) },
          resources: [OrderResource],
        },
        throttling: {
          throttlers: [
            { name: 'address', by: 'address', ttl: WINDOW, limit: LIMIT },
            { name: 'user', by: 'user', ttl: WINDOW, limit: LIMIT },
          ],
          // Counted as ever, and as wide as the others: the bench is not to be refused.
          door: { ttl: WINDOW, limit: LIMIT },
          failures: { ttl: WINDOW, limit: LIMIT },
        },
        edge: { trustedProxies: ['127.0.0.1'], cors: { origins: [ORIGIN] } },
      }),
    ],
    controllers: [
      ...extraControllers(extraRoutes, Public('nobody calls it'), Returns(String)),
      OrdersController,
    ],
    providers: [{ provide: OrderStore, useFactory: () => new OrderStore(size, order) }],
  };
}

/** `maxTtl` alone is no default: one run of the bench takes longer than a token of a shop should live. */
function authentication({ algorithm, text }: Verification): AuthenticationOptions {
  const ours = { issuer: ISSUER, audience: AUDIENCE, maxTtl: 7200 };
  return algorithm === 'HS256' ? { ...ours, secret: text } : { ...ours, keys: text };
}
