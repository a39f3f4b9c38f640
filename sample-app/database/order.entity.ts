import { ANYONE, ExposeFor, OWNER } from 'nestjs-gatehouse';
import { Column, Entity, Index, OneToMany, PrimaryColumn } from 'typeorm';
import { OrderItem } from './order-item.entity.js';

/** The states of an order. */
export const ORDER_STATUSES = ['open', 'paid', 'cancelled', 'refunded'] as const;

/** A state of an order. */
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** An order, and who sees what of it. Amounts are in cents. */
@Entity('orders')
@Index(['userId', 'createdAt'])
export class Order {
  /** Made by the server. */
  @ExposeFor(ANYONE)
  @PrimaryColumn('uuid')
  id!: string;

  /** Whose order it is. Undeclared: it decides who the owner is and never leaves. */
  @Column('uuid')
  userId!: string;

  @ExposeFor(OWNER, 'support')
  @Column('varchar', { length: 16 })
  status!: OrderStatus;

  /** Computed from the price list, never taken from a client. */
  @ExposeFor(OWNER, 'support')
  @Column('integer')
  total!: number;

  @ExposeFor(OWNER, 'support')
  @Column('varchar', { length: 500, nullable: true })
  note!: string | null;

  @ExposeFor(OWNER, 'support', { type: () => OrderItem })
  @OneToMany(() => OrderItem, (item) => item.order, { cascade: ['insert'], eager: true })
  items!: OrderItem[];

  @ExposeFor(OWNER, 'support')
  // As exact as a Date, so that the pages of a list meet.
  @Column({ precision: 3 })
  createdAt!: Date;

  @ExposeFor('admin')
  @Column('varchar', { length: 500, nullable: true })
  internalNote!: string | null;

  /** What the goods cost the shop. */
  @ExposeFor('support')
  @Column('integer')
  costPrice!: number;
}
