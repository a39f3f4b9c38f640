import {
  Column,
  DeleteDateColumn,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
} from 'typeorm';

@Entity('accounts')
export class Account {
  @PrimaryColumn('integer') id!: number;
  @Column('text', { nullable: true }) ownerId!: string | null;
  @Column('text', { nullable: true }) plan!: string | null;
  @Column('text', { nullable: true }) tenantId!: string | null;
  @DeleteDateColumn() deletedAt!: Date | null;
  @OneToMany(() => Member, (member) => member.account) members!: Member[];
}

@Entity('members')
export class Member {
  @PrimaryColumn('integer') id!: number;
  @Column('text', { nullable: true }) userId!: string | null;
  @Column('integer') level!: number;
  @Column('boolean') active!: boolean;
  @ManyToOne(() => Account, (account) => account.members)
  @JoinColumn({ name: 'accountId' })
  account!: Relation<Account>;
  @OneToMany(() => Badge, (badge) => badge.member) badges!: Badge[];
}

@Entity('badges')
export class Badge {
  @PrimaryColumn('integer') id!: number;
  @Column('text', { nullable: true }) name!: string | null;
  @ManyToOne(() => Member, (member) => member.badges)
  @JoinColumn({ name: 'memberId' })
  member!: Relation<Member>;
}

@Entity('shops')
export class Shop {
  @PrimaryColumn('integer') id!: number;
  @Column('text') managerId!: string;
  @Column('bigint') seniorId!: string;
  @OneToMany(() => Clerk, (clerk) => clerk.shop) clerks!: Clerk[];
}

@Entity('clerks')
export class Clerk {
  @PrimaryColumn('integer') id!: number;
  @Column('text') userId!: string;
  @ManyToOne(() => Shop, (shop) => shop.clerks)
  @JoinColumn({ name: 'shopId' })
  shop!: Relation<Shop>;
}

@Entity('orders')
export class Order {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') userId!: string;
  @Column('text', { nullable: true }) tenantId!: string | null;
  @Column('text') status!: string;
  @Column('integer') total!: number;
  @Column('boolean') paid!: boolean;
  @Column('text', { nullable: true }) note!: string | null;
  @Column('bigint', { nullable: true }) buyerId!: string | null;
  @Column('integer', { nullable: true }) sellerId!: number | null;
  @ManyToOne(() => Account, { nullable: true })
  @JoinColumn({ name: 'accountId' })
  account!: Relation<Account> | null;
  @ManyToOne(() => Shop, { nullable: false })
  @JoinColumn({ name: 'shopId' })
  shop!: Relation<Shop>;
  @OneToMany(() => Watcher, (watcher) => watcher.order) watchers!: Watcher[];
}

@Entity('watchers')
export class Watcher {
  @PrimaryColumn('integer') id!: number;
  @Column('text') userId!: string;
  @Column('text', { nullable: true }) role!: string | null;
  @ManyToOne(() => Order, (order) => order.watchers)
  @JoinColumn({ name: 'orderId' })
  order!: Relation<Order>;
}

export const ENTITIES = [Account, Member, Badge, Shop, Clerk, Order, Watcher];
