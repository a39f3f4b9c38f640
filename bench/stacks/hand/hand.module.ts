import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { OrderStore } from '../../shop/order-store.js';
import { LIMIT, WINDOW, type ShopOptions } from '../../shop/shop.options.js';
import { extraControllers } from '../extra-controllers.js';
import { Public, type HandRequest } from './decorators.js';
import { HandJwtGuard, HandOwnershipGuard, HandRolesGuard } from './guards.js';
import { handJwtStrategy } from './jwt.strategy.js';
import { handOrder } from './order.entity.js';
import { HandOrdersController } from './orders.controller.js';
import { HandProblemFilter } from './problem.filter.js';
import { RoleSerializerInterceptor } from './role-serializer.interceptor.js';

class HandModule {}

/** The stack that users assemble: guards, limits, serializer and filter, each as its own documentation shows it. */
export function handShop(
  { verification, size, extraRoutes }: ShopOptions,
  parsedKeys: boolean,
): DynamicModule {
  return {
    module: HandModule,
    imports: [
      PassportModule.register({ defaultStrategy: 'jwt' }),
      ThrottlerModule.forRoot([
        { name: 'address', ttl: WINDOW, limit: LIMIT },
        { name: 'user', ttl: WINDOW, limit: LIMIT, getTracker: trackUser as never },
      ]),
    ],
    controllers: [...extraControllers(extraRoutes, Public()), HandOrdersController],
    providers: [
      { provide: OrderStore, useFactory: () => new OrderStore(size, handOrder) },
      handJwtStrategy(verification, parsedKeys),
      { provide: APP_FILTER, useClass: HandProblemFilter },
      { provide: APP_GUARD, useClass: HandJwtGuard },
      { provide: APP_GUARD, useClass: ThrottlerGuard },
      { provide: APP_GUARD, useClass: HandRolesGuard },
      { provide: APP_GUARD, useClass: HandOwnershipGuard },
      {
        provide: APP_INTERCEPTOR,
        inject: [Reflector],
        useFactory: (reflector: Reflector) =>
          new RoleSerializerInterceptor(reflector, { strategy: 'excludeAll' }),
      },
    ],
  };
}

function trackUser({ user, ip }: HandRequest): string {
  return user?.id ?? ip;
}
