import { ANYONE, ExposeFor, OWNER } from 'nestjs-gatehouse';
import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { Account } from './account.entity.js';
import { NO_TENANT } from './no-tenant.js';
import { OrderItem } from './order-item.entity.js';
import type { OrderStatus } from './order-status.js';

/**
 * An order, and who sees what of it. Amounts are in cents.
 *
 * `OWNER` is who ordered. The members of its account are no audience of their own, and need none: `ANYONE` is whoever the rule `read` admits,
 * who are the owner, the members and support. So what is for `ANYONE` is what a member sees, and what is the owner's alone says `OWNER`.
 */
@Entity('orders')
@Index(['userId', 'createdAt'])
@Index(['tenantId', 'createdAt'])
export class Order {
  /** Made by the server. */
  @ExposeFor(ANYONE)
  @PrimaryColumn('uuid')
  id!: string;

  /** Whose order it is. Undeclared: it decides who the owner is and never leaves. */
  @Column('uuid')
  userId!: string;

  /** Undeclared, as `userId` is. */
  @Column('varchar', { length: 64, default: NO_TENANT })
  tenantId!: string;

  /** The account that it was ordered by; left out of the answer where there is none. */
  @ExposeFor(ANYONE)
  @Index()
  @Column('uuid', { nullable: true, transformer: { to: (id?: string) => id, from: (id) => id ?? undefined } })
  accountId?: string;

  @ManyToOne(() => Account, { onDelete: 'SET NULL' })
  @JoinColumn({ name: 'accountId' })
  account?: Relation<Account> | null;

  @ExposeFor(ANYONE)
  @Column('varchar', { length: 16 })
  status!: OrderStatus;

  /** Computed from the price list, never taken from a client. */
  @ExposeFor(ANYONE)
  @Column('integer')
  total!: number;

  /** What the owner says to the shop, and not to the team. */
  @ExposeFor(OWNER, 'support')
  @Column('varchar', { length: 500, nullable: true })
  note!: string | null;

  @ExposeFor(ANYONE, { type: () => OrderItem })
  @OneToMany(() => OrderItem, (item) => item.order, { cascade: ['insert'], eager: true })
  items!: OrderItem[];

  @ExposeFor(ANYONE)
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
