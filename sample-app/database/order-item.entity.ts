import { ANYONE, ExposeFor } from 'nestjs-gatehouse';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Order } from './order.entity.js';

/** One line of an order. Who sees the order's `items` sees all of a line but its row number. */
@Entity('order_items')
export class OrderItem {
  @PrimaryGeneratedColumn()
  lineId!: number;

  @ExposeFor(ANYONE)
  @Column('varchar', { length: 40 })
  sku!: string;

  @ExposeFor(ANYONE)
  @Column('integer')
  quantity!: number;

  /** The price of one piece at the time of the order, in cents. */
  @ExposeFor(ANYONE)
  @Column('integer')
  price!: number;

  @Column('uuid')
  orderId!: string;

  // `Relation`, because the emitted metadata of the class itself would be read before that class exists.
  @ManyToOne(() => Order, (order) => order.items, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'orderId' })
  order!: Relation<Order>;
}
