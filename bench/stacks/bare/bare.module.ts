import {
  Body,
  Controller,
  Get,
  NotFoundException,
  Param,
  Post,
  Query,
  type DynamicModule,
} from '@nestjs/common';
import { extraControllers } from '../extra-controllers.js';
import { newOrderRow, userId, viewOf, type OrderRequest, type OrderView } from '../../shop/order-row.js';
import { OrderStore } from '../../shop/order-store.js';
import type { ShopOptions } from '../../shop/shop.options.js';

/** Nest alone. It has no caller, so it answers as if the first user had called. */
@Controller('orders')
class BareOrdersController {
  constructor(private readonly orders: OrderStore<OrderView>) {}

  @Get()
  async list(@Query('limit') limit: string) {
    return { items: await this.orders.ofUser(userId(0), Number(limit)), nextCursor: null };
  }

  @Post()
  create(@Body() request: OrderRequest): OrderView {
    return viewOf(newOrderRow(userId(0), request));
  }

  @Get(':id')
  get(@Param('id') id: string): Promise<OrderView> {
    return this.#find(id);
  }

  @Get(':id/receipt')
  receipt(@Param('id') id: string): Promise<OrderView> {
    return this.#find(id);
  }

  async #find(id: string): Promise<OrderView> {
    const order = await this.orders.find(id);
    if (!order) throw new NotFoundException();
    return order;
  }
}

class BareModule {}

/** The shop without any security. Its store holds what an owner may see, so that it sends the same bytes as the others. */
export function bareShop({ size, extraRoutes }: ShopOptions): DynamicModule {
  return {
    module: BareModule,
    controllers: [...extraControllers(extraRoutes), BareOrdersController],
    providers: [{ provide: OrderStore, useFactory: () => new OrderStore(size, viewOf) }],
  };
}
