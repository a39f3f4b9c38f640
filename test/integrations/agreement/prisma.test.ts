import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import initSqlJs from 'sql.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import { fromPrisma } from '../../../lib/integrations/prisma/index.js';
import type { FunctionNode } from '../../../lib/policy/rule.js';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { openPool } from '../postgres/open-pool.js';
import { expectAgreement, PATHS, SEED } from './agreement.js';
import { prismaClient, type ShopClient } from './prisma/prisma-client.js';
import { sqlJsAdapter } from './prisma/sql-js-adapter.js';
import { inserts, schema, shopRows, uuid } from './shop-data.js';

class Order {
  id!: string;
  total!: number;
  note!: string | null;
  shop!: { managerId: string };
}

const FUNCTIONS: readonly FunctionNode[] = [
  {
    kind: 'fn',
    name: 'worth-something',
    test: (order: Order) => order.total > 0,
    query: () => ({ total: { gt: 0 } }),
  },
  {
    kind: 'fn',
    name: 'noted',
    test: (order: Order) => order.note === 'x',
    query: () => ({ AND: [{ note: 'x' }, { note: { not: null } }] }),
  },
  {
    kind: 'fn',
    name: 'in-a-shop-of',
    test: (order: Order, { id }) => [id, 'bob'].includes(order.shop.managerId),
    query: ({ id }) => ({ shop: { is: { managerId: { in: [id, 'bob'] } } } }),
  },
];

describe.each(['sqlite', 'postgresql'] as const)('Prisma on %s', (provider) => {
  const onPostgres = provider === 'postgresql';
  const statements = [...schema(onPostgres ? 'uuid' : 'text'), ...inserts(shopRows(SEED, onPostgres))];
  let server: TestDatabase | undefined;
  let pool: Pool | undefined;
  let client: ShopClient;

  beforeAll(async () => {
    if (!onPostgres) {
      const SQL = await initSqlJs();
      const file = new SQL.Database();
      for (const statement of statements) file.run(statement);
      client = prismaClient(provider, sqlJsAdapter(file, []));
      return;
    }
    server = await emptyPostgres();
    pool = openPool(server.url, { max: 2 });
    for (const statement of statements) await pool.query(statement);
    client = prismaClient(provider, new PrismaPg(pool));
  });
  afterAll(async () => {
    await client?.$disconnect();
    await pool?.end();
    await server?.drop();
  });

  it('object check, query and explanation agree on every row', async () => {
    const factory = fromPrisma<Order>('order', { client: 'prisma' });
    const context = { entity: Order, ids: ['id'], resolve: () => client as never };
    const loader = factory.create({ ...context, ids: ['id'], paths: PATHS });
    const ids = Array.from({ length: 60 }, (_, n) => uuid(n + 1));
    const rows = (await loader.loadMany(ids.map((id) => loader.parseId(id)))) as Order[];
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(rows[0]).toBeInstanceOf(Order);
    await expectAgreement({
      functions: FUNCTIONS,
      rows,
      compile: (rule) => factory.query!(context, rule),
      list: async (where) =>
        (await client.order.findMany({ where, select: { id: true } })).map(({ id }) => id),
      refuses: (error) =>
        error instanceof SecurityConfigError && error.message.includes('which a Prisma where cannot say'),
    });
  }, 240_000);
});
