import * as pg from 'drizzle-orm/pg-core';
import * as sqlite from 'drizzle-orm/sqlite-core';
import type { DrizzleRelations } from '../../../lib/integrations/drizzle/index.js';

/** An order as Drizzle's rows are: with what the rules follow. */
export class Order {
  id!: string;
  userId!: string;
  total!: number;
  note!: string | null;
  shop!: { managerId: string };
}

export const pgTables = {
  accounts: pg.pgTable('accounts', {
    id: pg.integer().primaryKey(),
    ownerId: pg.text(),
    plan: pg.text(),
    tenantId: pg.text(),
  }),
  members: pg.pgTable('members', {
    id: pg.integer().primaryKey(),
    userId: pg.text(),
    level: pg.integer().notNull(),
    active: pg.boolean().notNull(),
    accountId: pg.integer().notNull(),
  }),
  badges: pg.pgTable('badges', {
    id: pg.integer().primaryKey(),
    name: pg.text(),
    memberId: pg.integer().notNull(),
  }),
  shops: pg.pgTable('shops', {
    id: pg.integer().primaryKey(),
    managerId: pg.text().notNull(),
    seniorId: pg.bigint({ mode: 'bigint' }).notNull(),
  }),
  clerks: pg.pgTable('clerks', {
    id: pg.integer().primaryKey(),
    userId: pg.text().notNull(),
    shopId: pg.integer().notNull(),
  }),
  orders: pg.pgTable('orders', {
    id: pg.uuid().primaryKey(),
    userId: pg.text().notNull(),
    tenantId: pg.varchar(),
    status: pg.text().notNull(),
    total: pg.integer().notNull(),
    paid: pg.boolean().notNull(),
    note: pg.text(),
    buyerId: pg.bigint({ mode: 'bigint' }),
    sellerId: pg.integer(),
    accountId: pg.integer(),
    shopId: pg.integer().notNull(),
  }),
  watchers: pg.pgTable('watchers', {
    id: pg.integer().primaryKey(),
    userId: pg.text().notNull(),
    role: pg.text(),
    orderId: pg.uuid().notNull(),
  }),
};

export const sqliteTables = {
  accounts: sqlite.sqliteTable('accounts', {
    id: sqlite.integer().primaryKey(),
    ownerId: sqlite.text(),
    plan: sqlite.text(),
    tenantId: sqlite.text(),
  }),
  members: sqlite.sqliteTable('members', {
    id: sqlite.integer().primaryKey(),
    userId: sqlite.text(),
    level: sqlite.integer().notNull(),
    active: sqlite.integer({ mode: 'boolean' }).notNull(),
    accountId: sqlite.integer().notNull(),
  }),
  badges: sqlite.sqliteTable('badges', {
    id: sqlite.integer().primaryKey(),
    name: sqlite.text(),
    memberId: sqlite.integer().notNull(),
  }),
  shops: sqlite.sqliteTable('shops', {
    id: sqlite.integer().primaryKey(),
    managerId: sqlite.text().notNull(),
    seniorId: sqlite.integer().notNull(),
  }),
  clerks: sqlite.sqliteTable('clerks', {
    id: sqlite.integer().primaryKey(),
    userId: sqlite.text().notNull(),
    shopId: sqlite.integer().notNull(),
  }),
  orders: sqlite.sqliteTable('orders', {
    id: sqlite.text().primaryKey(),
    userId: sqlite.text().notNull(),
    tenantId: sqlite.text(),
    status: sqlite.text().notNull(),
    total: sqlite.integer().notNull(),
    paid: sqlite.integer({ mode: 'boolean' }).notNull(),
    note: sqlite.text(),
    buyerId: sqlite.integer(),
    sellerId: sqlite.integer(),
    accountId: sqlite.integer(),
    shopId: sqlite.integer().notNull(),
  }),
  watchers: sqlite.sqliteTable('watchers', {
    id: sqlite.integer().primaryKey(),
    userId: sqlite.text().notNull(),
    role: sqlite.text(),
    orderId: sqlite.text().notNull(),
  }),
};

/** How the tables are joined. */
export function relationsOf(tables: typeof pgTables | typeof sqliteTables): DrizzleRelations {
  return {
    account: {
      table: tables.accounts,
      on: { accountId: 'id' },
      relations: {
        members: {
          table: tables.members,
          on: { id: 'accountId' },
          many: true,
          relations: { badges: { table: tables.badges, on: { id: 'memberId' }, many: true } },
        },
      },
    },
    shop: {
      table: tables.shops,
      on: { shopId: 'id' },
      relations: { clerks: { table: tables.clerks, on: { id: 'shopId' }, many: true } },
    },
    watchers: { table: tables.watchers, on: { id: 'orderId' }, many: true },
  };
}
