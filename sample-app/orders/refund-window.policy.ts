import { Injectable } from '@nestjs/common';
import { type AccessPolicy, allow, deny, type PolicyContext } from 'nestjs-gatehouse';
import { Order } from '../database/order.entity.js';

const DAYS = 30;

/** An order can be refunded for 30 days. */
@Injectable()
export class RefundWindow implements AccessPolicy<Order> {
  readonly resource = Order;

  decide({ object, now }: PolicyContext<Order>) {
    return now - object.createdAt.getTime() < DAYS * 86_400_000 ? allow() : deny('too-late');
  }
}
