import { Body, Controller, Get, NotFoundException, Param, Post, Query } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import { CreateOrder, ListQuery } from '../../shop/create-order.dto.js';
import { newOrderRow } from '../../shop/order-row.js';
import { OrderStore } from '../../shop/order-store.js';
import { RECEIPT } from '../../shop/shop.options.js';
import { CurrentUser, OwnsOrder, Roles, type HandUser } from './decorators.js';
import { handOrder, HandOrderPage, type HandOrder } from './order.entity.js';

/** The orders of the shop, behind guards that were put together by hand. */
@Controller('orders')
@Roles('user', 'support', 'admin')
export class HandOrdersController {
  constructor(private readonly orders: OrderStore<HandOrder>) {}

  @Get()
  async list(@CurrentUser() user: HandUser, @Query() query: ListQuery): Promise<HandOrderPage> {
    const items = await this.orders.ofUser(user.id, query.limit);
    return Object.assign(new HandOrderPage(), { items, nextCursor: null });
  }

  @Post()
  create(@CurrentUser() user: HandUser, @Body() request: CreateOrder): HandOrder {
    return handOrder(newOrderRow(user.id, request));
  }

  @Get(':id')
  @OwnsOrder('id')
  get(@Param('id') id: string): Promise<HandOrder> {
    return this.#find(id);
  }

  @Get(':id/receipt')
  @OwnsOrder('id')
  @Throttle({ user: RECEIPT })
  receipt(@Param('id') id: string): Promise<HandOrder> {
    return this.#find(id);
  }

  async #find(id: string): Promise<HandOrder> {
    const order = await this.orders.find(id);
    if (!order) throw new NotFoundException();
    return order;
  }
}
