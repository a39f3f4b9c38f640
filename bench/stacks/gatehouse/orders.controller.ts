import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import {
  Can,
  CurrentUser,
  Lists,
  Loaded,
  Page,
  Returns,
  Roles,
  Where,
  type Principal,
} from 'nestjs-gatehouse';
import { CreateOrder, ListQuery } from '../../shop/create-order.dto.js';
import { newOrderRow } from '../../shop/order-row.js';
import { OrderStore } from '../../shop/order-store.js';
import { RECEIPT } from '../../shop/shop.options.js';
import { order, Order } from './order.entity.js';
import type { OwnOrders } from './order.resource.js';

/** The orders of the shop, behind `SecurityModule`. */
@Controller('orders')
@Roles('user')
export class OrdersController {
  constructor(private readonly orders: OrderStore<Order>) {}

  @Get()
  @Lists(Order)
  @Returns(Page.of(Order))
  async list(@Where(Order) mine: OwnOrders, @Query() query: ListQuery): Promise<Page<Order>> {
    return new Page(await this.orders.ofUser(mine.userId, query.limit), null);
  }

  @Post()
  @Returns(Order)
  create(@CurrentUser() user: Principal, @Body() request: CreateOrder): Order {
    return order(newOrderRow(user.id, request));
  }

  @Get(':id')
  @Can('read', Order)
  @Returns(Order)
  get(@Loaded() loaded: Order): Order {
    return loaded;
  }

  @Get(':id/receipt')
  @Can('read', Order)
  @Throttle({ user: RECEIPT })
  @Returns(Order)
  receipt(@Loaded() loaded: Order): Order {
    return loaded;
  }
}
