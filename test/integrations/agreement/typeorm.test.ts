import { DataSource, In, MoreThan, type FindOptionsWhere } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromTypeorm } from '../../../lib/integrations/typeorm/index.js';
import type { FunctionNode } from '../../../lib/policy/rule.js';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { expectAgreement, PATHS, SEED } from './agreement.js';
import { inserts, schema, shopRows, uuid } from './shop-data.js';
import { ENTITIES, Order } from './typeorm.entities.js';

const FUNCTIONS: readonly FunctionNode[] = [
  {
    kind: 'fn',
    name: 'worth-something',
    test: (order: Order) => order.total > 0,
    query: () => ({ total: MoreThan(0) }),
  },
  { kind: 'fn', name: 'noted', test: (order: Order) => order.note === 'x', query: () => ({ note: 'x' }) },
  {
    kind: 'fn',
    name: 'in-a-shop-of',
    test: (order: Order, { id }) => [id, 'bob'].includes(order.shop.managerId),
    query: ({ id }) => ({ shop: { managerId: In([id, 'bob']) } }),
  },
];

describe.each(['sqljs', 'postgres'] as const)('TypeORM on %s', (type) => {
  let server: TestDatabase | undefined;
  let database: DataSource;

  beforeAll(async () => {
    server = type === 'postgres' ? await emptyPostgres() : undefined;
    database = await new DataSource({
      type,
      url: server?.url,
      entities: ENTITIES,
    }).initialize();
    for (const statement of [
      ...schema(type === 'postgres' ? 'uuid' : 'text'),
      ...inserts(shopRows(SEED, type === 'postgres')),
    ])
      await database.query(statement);
    await database.query(`UPDATE accounts SET "deletedAt" = '2026-01-01' WHERE id = 2`);
  });
  afterAll(async () => {
    await database?.destroy();
    await server?.drop();
  });

  it('object check, query and explanation agree on every row', async () => {
    const context = { entity: Order, ids: ['id'], resolve: () => database as never };
    const loader = fromTypeorm<Order>().create({ ...context, ids: ['id'], paths: PATHS });
    const ids = Array.from({ length: 60 }, (_, n) => uuid(n + 1));
    const rows = (await loader.loadMany(ids)) as Order[];
    expect(rows.map(({ id }) => id)).toEqual(ids);
    await expectAgreement({
      functions: FUNCTIONS,
      rows,
      compile: (rule) => fromTypeorm<Order>().query!(context, rule),
      list: async (where) =>
        (
          await database
            .getRepository(Order)
            .find({ where: where as FindOptionsWhere<Order>, select: { id: true } })
        ).map(({ id }) => id),
    });
  }, 120_000);
});
