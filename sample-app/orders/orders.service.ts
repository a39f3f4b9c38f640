import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { guardedWrite, type Page, ProblemException } from 'nestjs-gatehouse';
import { page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { randomUUID } from 'node:crypto';
import { In, Repository } from 'typeorm';
import { given } from '../database/given.js';
import { OrderItem } from '../database/order-item.entity.js';
import { Order } from '../database/order.entity.js';
import { priced } from '../database/price-list.js';
import type { CreateOrder } from './create-order.dto.js';
import type { OrderQuery } from './order-query.dto.js';
import type { PatchOrder } from './patch-order.dto.js';

/** Orders, for callers who have passed the rules of the routes. */
@Injectable()
export class OrdersService {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /** One page of the orders that `mine` admits. */
  list(mine: WhereOf<Order>, query: OrderQuery): Promise<Page<Order>> {
    return page(this.orders, mine, query);
  }

  /** A new order of `userId`, at the prices of the list. */
  async create(userId: string, { tenantId, accountId, items, note }: CreateOrder): Promise<Order> {
    const { items: lines, total, costPrice } = priced(items);
    const order = Object.assign(new Order(), {
      id: randomUUID(),
      userId,
      tenantId,
      accountId,
      status: 'open' as const,
      total,
      costPrice,
      note: note ?? null,
      internalNote: null,
      createdAt: new Date(),
      items: lines.map((line) => Object.assign(new OrderItem(), line)),
    });
    // TypeORM makes null of what was left out, and the answer leaves it out.
    return Object.assign(await this.orders.save(order), { accountId });
  }

  /** Writes what the patch names, if the order is still `mine` to change. */
  async patch(
    order: Order,
    mine: WhereOf<Order>,
    { note, status, internalNote }: PatchOrder,
  ): Promise<Order> {
    const changes = given({ note, status, internalNote });
    if (Object.keys(changes).length > 0) await guardedWrite(mine, this.orders.update(mine, changes));
    return Object.assign(order, changes);
  }

  /** Cancels orders, all or none: those that are still open, and still `mine`, when it happens. */
  async cancel(orders: readonly Order[], mine: WhereOf<Order>): Promise<Order[]> {
    await this.orders.manager.transaction((manager) =>
      guardedWrite(mine, manager.update(Order, mine, { status: 'cancelled' })),
    );
    return orders.map((order) => Object.assign(order, { status: 'cancelled' as const }));
  }

  /** Deletes an order, if it is still `mine`, and hands its last state back: of two at the same time one is told that it is gone. */
  async remove(order: Order, mine: WhereOf<Order>): Promise<Order> {
    await guardedWrite(mine, this.orders.delete(mine));
    return order;
  }

  /**
   * Marks an order as refunded, once: of two refunds at the same time one is refused.
   *
   * @throws {ProblemException} 409 where it is cancelled or refunded already.
   */
  async refund(order: Order): Promise<Order> {
    const { affected } = await this.orders.update(
      { id: order.id, status: In(['open', 'paid']) },
      { status: 'refunded' },
    );
    if (affected !== 1) {
      throw new ProblemException({
        status: 409,
        type: 'https://shop.example/problems/not-refundable',
        title: 'The order cannot be refunded',
      });
    }
    return Object.assign(order, { status: 'refunded' });
  }
}
