import { Body, Controller, Get, Post, Query, Req, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { newOrderRow, type OrderRequest, type OrderRow } from '../../shop/order-row.js';
import { OrderStore } from '../../shop/order-store.js';
import type { ShopOptions } from '../../shop/shop.options.js';
import { extraControllers } from '../extra-controllers.js';
import { FloorContext, type FloorRequest } from './floor-context.js';
import { FloorFilter } from './floor.filter.js';
import { FloorGuard } from './floor.guard.js';
import { FloorInterceptor } from './floor.interceptor.js';

/** The orders of the shop; the guard has loaded what a route is about. */
@Controller('orders')
class FloorOrdersController {
  constructor(private readonly orders: OrderStore<OrderRow>) {}

  @Get()
  async list(@Req() { caller }: FloorRequest, @Query('limit') limit: string) {
    return { items: await this.orders.ofUser(caller!.id, Number(limit)), nextCursor: null };
  }

  @Post()
  create(@Req() { caller }: FloorRequest, @Body() request: OrderRequest): OrderRow {
    return newOrderRow(caller!.id, request);
  }

  @Get(':id')
  get(@Req() { order }: FloorRequest): object {
    return order!;
  }

  @Get(':id/receipt')
  receipt(@Req() { order }: FloorRequest): object {
    return order!;
  }
}

class FloorModule {}

/**
 * The yardstick: the same checks, headers and log line, by hand, for this one shop, within Nest's own guard, interceptor and filter
 * layers. Nobody could ship it: it knows the routes by name.
 */
export function floorShop(options: ShopOptions): DynamicModule {
  return {
    module: FloorModule,
    controllers: [...extraControllers(options.extraRoutes), FloorOrdersController],
    providers: [
      { provide: OrderStore, useFactory: () => new OrderStore(options.size, (row) => row) },
      { provide: FloorContext, useFactory: () => new FloorContext(options) },
      { provide: APP_GUARD, useClass: FloorGuard },
      { provide: APP_INTERCEPTOR, useClass: FloorInterceptor },
      { provide: APP_FILTER, useClass: FloorFilter },
    ],
  };
}
