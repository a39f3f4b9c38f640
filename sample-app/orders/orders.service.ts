import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { guardedWrite, type Page, ProblemException } from 'nestjs-gatehouse';
import { page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { randomUUID } from 'node:crypto';
import { In, Repository } from 'typeorm';
import { given } from '../database/given.js';
import { inTransaction } from '../database/in-transaction.js';
import { OrderItem } from '../database/order-item.entity.js';
import { COMES_FROM } from '../database/order-status.js';
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

  /** One page of the orders of an account, among those that `mine` admits. */
  listOf(accountId: string, mine: WhereOf<Order>, query: OrderQuery): Promise<Page<Order>> {
    return page(this.orders, mine, query, { where: { accountId } });
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

  /**
   * Writes what the patch names, if the order is still `mine` to change.
   *
   * @throws {ProblemException} 409 for a status that the order cannot have next
   */
  async patch(
    order: Order,
    mine: WhereOf<Order>,
    { note, status, internalNote }: PatchOrder,
  ): Promise<Order> {
    const changes = given({ note, status, internalNote });
    if (Object.keys(changes).length === 0) return order;
    const from = status && COMES_FROM[status];
    if (from && !from.includes(order.status))
      throw notPossible('not-next', 'The order cannot have that status next');
    const update = this.orders.createQueryBuilder().update(changes).where(mine);
    // Once more where it is written: of two at the same time, the second finds another status.
    await guardedWrite(mine, (from ? update.andWhere({ status: In([...from]) }) : update).execute());
    return Object.assign(order, changes);
  }

  /** Cancels orders, all or none: those that are still open, and still `mine`, when it happens. */
  async cancel(orders: readonly Order[], mine: WhereOf<Order>): Promise<Order[]> {
    await inTransaction(this.orders.manager, (manager) =>
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
   * @throws {ProblemException} 409 where it is not paid, or refunded already.
   */
  async refund(order: Order): Promise<Order> {
    const { affected } = await this.orders.update(
      { id: order.id, status: In([...COMES_FROM.refunded]) },
      { status: 'refunded' },
    );
    if (affected !== 1) throw notPossible('not-refundable', 'The order cannot be refunded');
    return Object.assign(order, { status: 'refunded' });
  }
}

function notPossible(name: string, title: string): ProblemException {
  return new ProblemException({ status: 409, type: `https://shop.example/problems/${name}`, title });
}
