import { Body, Controller, Delete, Get, NotFoundException, Param, Patch, Post, Query } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { In, Repository } from 'typeorm';
import { NEWEST_FIRST } from '../database/newest-first.js';
import { Order } from '../database/order.entity.js';
import { priced } from '../database/price-list.js';
import { type Caller, GUEST, TokenUser } from './caller.decorator.js';

/** Orders of everybody, for everybody. */
@Controller('orders')
export class NaiveOrdersController {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  // Everybody's orders, as many as the client asks for.
  @Get()
  async list(@Query('limit') limit = '20', @Query('cursor') cursor = '0') {
    const items = await this.orders.find({ order: NEWEST_FIRST, skip: Number(cursor), take: Number(limit) });
    const more = items.length === Number(limit);
    return { items, nextCursor: more ? String(Number(cursor) + items.length) : null };
  }

  // The body last: it may bring its own total, its own status and somebody else's userId.
  @Post()
  async create(@TokenUser() caller: Caller, @Body() body: any) {
    const { items, total, costPrice } = priced(body.items);
    const order = this.orders.create({
      id: randomUUID(),
      userId: caller.id ?? GUEST.id,
      tenantId: caller.tenant ?? GUEST.tenant,
      status: 'open',
      total,
      costPrice,
      note: null,
      internalNote: null,
      createdAt: new Date(),
      ...body,
      items: items.map((item, i) => ({ ...item, ...body.items[i] })),
    } as Order);
    return this.orders.save(order);
  }

  // Whoever knows ids may cancel by them; those that are not there are passed over.
  @Post('bulk-cancel')
  async bulkCancel(@Body() body: any) {
    await this.orders.update({ id: In(body.ids) }, { status: 'cancelled' });
    return this.orders.findBy({ id: In(body.ids) });
  }

  @Get(':id')
  get(@Param('id') id: string) {
    return this.find(id);
  }

  // Whatever the body names is written: the status, the total, the owner.
  @Patch(':id')
  async patch(@Param('id') id: string, @Body() body: any) {
    return this.orders.save(Object.assign(await this.find(id), body));
  }

  @Delete(':id')
  async remove(@Param('id') id: string) {
    const order = await this.find(id);
    await this.orders.delete({ id });
    return order;
  }

  @Post(':id/refund')
  async refund(@Param('id') id: string) {
    return this.orders.save(Object.assign(await this.find(id), { status: 'refunded' }));
  }

  private async find(id: string): Promise<Order> {
    const order = await this.orders.findOneBy({ id });
    if (!order) throw new NotFoundException(`Order ${id} not found`);
    return order;
  }
}
