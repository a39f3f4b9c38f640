import {
  Column,
  DataSource,
  DeleteDateColumn,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
} from 'typeorm';

export class Address {
  @Column('varchar', { nullable: true })
  city!: string | null;
}

@Entity()
export class Member {
  @PrimaryColumn('integer')
  id!: number;
  @Column('varchar', { nullable: true })
  userId!: string | null;
  @Column('integer')
  level!: number;
  @Column()
  active!: boolean;
  @Column('varchar', { nullable: true })
  left!: string | null;
  @ManyToOne(() => Account, (account) => account.members)
  account!: Relation<Account>;
}

@Entity()
export class Account {
  @PrimaryColumn('integer')
  id!: number;
  @Column('varchar', { nullable: true })
  ownerId!: string | null;
  @Column('varchar', { nullable: true })
  plan!: string | null;
  @DeleteDateColumn()
  deletedAt!: Date | null;
  @OneToMany(() => Member, (member) => member.account)
  members!: Member[];
}

@Entity()
export class Shop {
  @PrimaryColumn('integer')
  id!: number;
  @Column()
  managerId!: string;
  @OneToMany(() => Clerk, (clerk) => clerk.shop)
  clerks!: Clerk[];
}

@Entity()
export class Clerk {
  @PrimaryColumn('integer')
  id!: number;
  @Column()
  userId!: string;
  @ManyToOne(() => Shop, (shop) => shop.clerks, { nullable: false })
  shop!: Relation<Shop>;
}

@Entity()
export class Order {
  @PrimaryColumn('uuid')
  id!: string;
  @Column()
  userId!: string;
  @Column()
  status!: string;
  @Column('integer')
  total!: number;
  @Column()
  paid!: boolean;
  @Column('varchar', { nullable: true })
  note!: string | null;
  @Column(() => Address)
  address!: Address;
  @ManyToOne(() => Account, { nullable: true })
  account!: Relation<Account> | null;
  @ManyToOne(() => Shop, { nullable: false })
  shop!: Relation<Shop>;
  @OneToMany(() => Watcher, (watcher) => watcher.order)
  watchers!: Watcher[];
}

@Entity()
export class Watcher {
  @PrimaryColumn('integer')
  id!: number;
  @Column()
  userId!: string;
  @Column('varchar', { nullable: true })
  role!: string | null;
  @ManyToOne(() => Order, (order) => order.watchers)
  order!: Relation<Order>;
}

/** A composite key, an integer key and a text key. */
@Entity()
export class Invoice {
  @PrimaryColumn()
  tenantId!: string;
  @PrimaryColumn('integer')
  number!: number;
  @Column()
  userId!: string;
}

@Entity()
export class Article {
  @PrimaryColumn('integer')
  id!: number;
  @Column({ unique: true })
  slug!: string;
  @Column()
  userId!: string;
  @Column()
  status!: string;
  @Column('varchar', { select: false })
  secretOwnerId!: string;
  @Column('simple-json')
  settings!: { ownerId: string };
  @Column({ type: 'varchar', collation: 'NOCASE' })
  handle!: string;
  @Column('varchar', { transformer: { to: (v: string) => v.toLowerCase(), from: (v: string) => v } })
  folded!: string;
  @Column('decimal')
  price!: number;
  @Column('bigint')
  counter!: number;
  @Column({ type: 'simple-enum', enum: ['draft', 'live'] })
  stage!: 'draft' | 'live';
}

export const ENTITIES = [Member, Account, Shop, Clerk, Order, Watcher, Invoice, Article];

/** A fresh database in memory. */
export async function openDatabase(queries?: string[]): Promise<DataSource> {
  const logger = {
    logQuery: (query: string) => void queries?.push(query),
    logQueryError: () => {},
    logQuerySlow: () => {},
    logSchemaBuild: () => {},
    logMigration: () => {},
    log: () => {},
  };
  return new DataSource({
    type: 'sqljs',
    entities: ENTITIES,
    synchronize: true,
    logging: ['query'],
    logger,
  }).initialize();
}

/** A uuid that says which one it is. */
export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
