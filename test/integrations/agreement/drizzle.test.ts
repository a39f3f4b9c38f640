import { eq, gt, inArray, sql, type SQL } from 'drizzle-orm';
import { drizzle as onPg } from 'drizzle-orm/node-postgres';
import { drizzle as onSqlJs } from 'drizzle-orm/sql-js';
import type { Pool } from 'pg';
import initSqlJs from 'sql.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromDrizzle } from '../../../lib/integrations/drizzle/index.js';
import type { FunctionNode } from '../../../lib/policy/rule.js';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { openPool } from '../postgres/open-pool.js';
import { expectAgreement, PATHS, SEED } from './agreement.js';
import { Order, pgTables, relationsOf, sqliteTables } from './drizzle.tables.js';
import { inserts, schema, shopRows, uuid } from './shop-data.js';

describe.each(['sqlite', 'postgres'] as const)('Drizzle on %s', (type) => {
  const tables = type === 'sqlite' ? sqliteTables : pgTables;
  const statements = [
    ...schema(type === 'postgres' ? 'uuid' : 'text'),
    ...inserts(shopRows(SEED, type === 'postgres')),
  ];
  const orders = tables.orders as typeof pgTables.orders;
  const shops = tables.shops as typeof pgTables.shops;
  let server: TestDatabase | undefined;
  let pool: Pool | undefined;
  let database: ReturnType<typeof onPg>;

  beforeAll(async () => {
    if (type === 'sqlite') {
      const SQL = await initSqlJs();
      const file = new SQL.Database();
      for (const statement of statements) file.run(statement);
      database = onSqlJs(file) as unknown as typeof database;
      return;
    }
    server = await emptyPostgres();
    pool = openPool(server.url, { max: 2 });
    for (const statement of statements) await pool.query(statement);
    database = onPg(pool);
  });
  afterAll(async () => {
    await pool?.end();
    await server?.drop();
  });

  it('object check, query and explanation agree on every row', async () => {
    const functions: readonly FunctionNode[] = [
      {
        kind: 'fn',
        name: 'worth-something',
        test: (order: Order) => order.total > 0,
        query: () => gt(orders.total, 0),
      },
      {
        kind: 'fn',
        name: 'noted',
        test: (order: Order) => order.note === 'x',
        query: () => eq(orders.note, 'x'),
      },
      {
        kind: 'fn',
        name: 'in-a-shop-of',
        test: (order: Order, { id }) => [id, 'bob'].includes(order.shop.managerId),
        query: ({ id }) =>
          sql`exists (select 1 from ${shops} where ${shops.id} = ${orders.shopId} and ${inArray(shops.managerId, [id, 'bob'])})`,
      },
    ];
    const factory = fromDrizzle<Order>(tables.orders, { database: 'db', relations: relationsOf(tables) });
    const context = { entity: Order, ids: ['id'], resolve: () => database as never };
    const loader = factory.create({ ...context, ids: ['id'], paths: PATHS });
    const ids = Array.from({ length: 60 }, (_, n) => uuid(n + 1));
    const rows = (await loader.loadMany(ids.map((id) => loader.parseId(id)))) as Order[];
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(rows[0]).toBeInstanceOf(Order);
    await expectAgreement({
      functions,
      rows,
      compile: (rule) => factory.query!(context, rule),
      list: async (where) =>
        (
          await database
            .select({ id: orders.id })
            .from(orders)
            .where(where as SQL)
        ).map(({ id }) => id),
    });
  }, 120_000);
});
