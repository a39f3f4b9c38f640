import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import {
  AuthenticateWith,
  Can,
  CurrentUser,
  Guarded,
  Lists,
  Loaded,
  Page,
  Policy,
  type Principal,
  Returns,
  Roles,
  Scopes,
  Where,
} from 'nestjs-gatehouse';
import type { WhereOf } from 'nestjs-gatehouse/typeorm';
import { Order } from '../database/order.entity.js';
import { CreateOrder } from './create-order.dto.js';
import { OrderIds } from './order-ids.dto.js';
import { OrderQuery } from './order-query.dto.js';
import { OrdersService } from './orders.service.js';
import { PatchOrder } from './patch-order.dto.js';
import { RefundWindow } from './refund-window.policy.js';

/** Orders: users have their own and see those of their accounts, support sees all. A partner reads what the user reads who gave it an API key. */
@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  @AuthenticateWith('jwt', 'api-key')
  @Scopes('orders:read')
  @Lists(Order)
  @Returns(Page.of(Order))
  list(@Where() mine: WhereOf<Order>, @Query() query: OrderQuery): Promise<Page<Order>> {
    return this.orders.list(mine, query);
  }

  @Post()
  @Roles('user')
  @Returns(Order)
  create(@CurrentUser() user: Principal, @Body() dto: CreateOrder): Promise<Order> {
    return this.orders.create(user.id, dto);
  }

  /** All of them or none: one that the caller may not read is answered like one that is not there. */
  @Post('bulk-cancel')
  @HttpCode(200)
  @Can('cancel', Order, { from: { body: 'ids' }, many: true })
  @Returns([Order])
  bulkCancel(
    @Loaded() orders: Order[],
    @Guarded() mine: WhereOf<Order>,
    @Body() _dto: OrderIds,
  ): Promise<Order[]> {
    return this.orders.cancel(orders, mine);
  }

  @Get(':id')
  @AuthenticateWith('jwt', 'api-key')
  @Scopes('orders:read')
  @Can('read', Order)
  @Returns(Order)
  get(@Loaded() order: Order): Order {
    return order;
  }

  @Patch(':id')
  @Can('update', Order)
  @Returns(Order)
  patch(@Loaded() order: Order, @Guarded() mine: WhereOf<Order>, @Body() dto: PatchOrder): Promise<Order> {
    return this.orders.patch(order, mine, dto);
  }

  @Delete(':id')
  @Can('remove', Order)
  @Returns(Order)
  remove(@Loaded() order: Order, @Guarded() mine: WhereOf<Order>): Promise<Order> {
    return this.orders.remove(order, mine);
  }

  @Post(':id/refund')
  @HttpCode(200)
  @Roles('support')
  @Can('refund', Order)
  @Policy(RefundWindow)
  @Returns(Order)
  refund(@Loaded() order: Order): Promise<Order> {
    return this.orders.refund(order);
  }
}
