import type { SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import type { Page, PageQuery } from '../../lib/index.js';
import { page as drizzlePage } from '../../lib/integrations/drizzle/index.js';
import { page as prismaPage } from '../../lib/integrations/prisma/index.js';

const orders = pgTable('orders', { id: integer().primaryKey(), note: text() });
declare const database: ReturnType<typeof drizzle>;
declare const query: PageQuery;
declare const mine: SQL;

// Rows are those of the table; a transaction is a database.
export const rows: Promise<Page<{ id: number; note: string | null }>> = drizzlePage(
  database,
  orders,
  mine,
  query,
  { order: { id: 'DESC' } },
);
export const inTransaction = database.transaction((tx) => drizzlePage(tx, orders, mine, query));
// @ts-expect-error no such column
void drizzlePage(database, orders, mine, query, { order: { total: 'DESC' } });
// @ts-expect-error the condition of TypeORM or Prisma
void drizzlePage(database, orders, { id: 1 }, query);
// @ts-expect-error a row has no such property
export const total = rows.then(({ items }) => items[0]?.total);

// As `prisma generate` writes a model: its method is generic.
interface OrderWhere {
  id?: number;
  note?: string | null;
}
interface FindMany {
  where?: OrderWhere;
  take?: number;
}
declare const order: {
  findMany<T extends FindMany>(
    args?: { [Key in keyof T]: T[Key] } & FindMany,
  ): Promise<Array<{ id: number; note: string | null }>>;
};
declare const where: OrderWhere;
export const found: Promise<Page<{ id: number; note: string | null }>> = prismaPage(order, where, query, {
  order: { note: 'ASC' },
  where: { note: null },
});
// @ts-expect-error no such field
void prismaPage(order, where, query, { order: { total: 'ASC' } });
// @ts-expect-error a condition of another model
void prismaPage(order, where, query, { where: { id: 'x' } });
// @ts-expect-error Drizzle's condition
void prismaPage(order, 1, query);
