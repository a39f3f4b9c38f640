import { relations, sql, type SQL } from 'drizzle-orm';
import { mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import { drizzle as onPg } from 'drizzle-orm/node-postgres';
import * as pgCore from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/sql-js';
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import initSqlJs, { type Database } from 'sql.js';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import { fromDrizzle, type FromDrizzleOptions } from '../../../lib/integrations/drizzle/index.js';
import { ruleBuilder, type Rule } from '../../../lib/policy/rule.js';
import { emptyPostgres } from '../../support/postgres.js';
import { openPool } from '../postgres/open-pool.js';
import { caller } from '../agreement/shop-data.js';

class Order {
  id!: number;
  userId!: string;
  account!: { members: Array<{ userId: string }> } | null;
}
const accounts = sqliteTable('accounts', { id: integer().primaryKey(), plan: text() });
// The same names of columns in every table: whoever loses the table's name compares the wrong ones.
const members = sqliteTable('members', { id: integer().primaryKey(), accountId: integer(), userId: text() });
const orders = sqliteTable('orders', {
  id: integer().primaryKey(),
  accountId: integer(),
  userId: text().notNull(),
});
const seats = sqliteTable('seats', { row: integer(), letter: text(), userId: text() }, (table) => [
  primaryKey({ columns: [table.row, table.letter] }),
]);
const orderRelations = relations(orders, ({ one }) => ({
  account: one(accounts, { fields: [orders.accountId], references: [accounts.id] }),
}));

const RELATIONS = {
  account: {
    table: accounts,
    on: { accountId: 'id' },
    relations: { members: { table: members, on: { id: 'accountId' }, many: true } },
  },
};
const r = ruleBuilder<Order>(['userId']);
const NOBODY = { roles: new Set<string>() };
const queries: string[] = [];
let file: Database;
const open = (options: object = {}) =>
  drizzle(file, {
    schema: { accounts, members, orders, orderRelations },
    logger: { logQuery: (query) => queries.push(query) },
    ...options,
  });
let database: ReturnType<typeof open>;

beforeAll(async () => {
  const SQL = await initSqlJs();
  file = new SQL.Database();
  file.run(`
    CREATE TABLE accounts (id integer PRIMARY KEY, plan text);
    CREATE TABLE members (id integer PRIMARY KEY, accountId integer, userId text);
    CREATE TABLE orders (id integer PRIMARY KEY, accountId integer, userId text NOT NULL COLLATE NOCASE);
    CREATE TABLE seats (row integer, letter text, userId text, PRIMARY KEY (row, letter));
    CREATE TABLE snakes (id integer PRIMARY KEY, account_id integer, user_id text);
    INSERT INTO accounts VALUES (1, 'pro'), (2, null);
    INSERT INTO members VALUES (1, 1, 'alice'), (2, 1, 'bob'), (3, 2, 'carol');
    INSERT INTO orders VALUES (1, 1, 'alice'), (2, 1, 'Alice'), (3, 2, 'bob'), (4, null, 'bob');
    INSERT INTO seats VALUES (1, 'A', 'alice'), (1, 'B', 'bob');
    INSERT INTO snakes VALUES (1, 1, 'alice'), (2, 2, 'bob');
  `);
  database = open();
});
beforeEach(() => void (queries.length = 0));

const options = (more: Partial<FromDrizzleOptions> = {}): FromDrizzleOptions => ({
  database: 'db',
  relations: RELATIONS,
  ...more,
});
const factory = fromDrizzle<Order>(orders, options());
const context = { entity: Order, ids: ['id'], resolve: () => database as never };
const where = (rule: Rule<Order>, id = 'alice') =>
  factory.query!(context, rule.node)(caller({ id }), NOBODY) as SQL;
const find = async (condition: SQL) =>
  (await database.select({ id: orders.id }).from(orders).where(condition)).map(({ id }) => id);

describe('a condition for Drizzle', () => {
  it('is exact, whatever the collation of the column', async () => {
    expect(await find(where(r.owner()))).toEqual([1]);
    expect(await find(where(r.not(r.owner())))).toEqual([2, 3, 4]);
  });

  it('is the same to its end: nothing is appended to it', () => {
    const narrow = factory.narrow!(context)([where(r.owner())], [{ id: 1 }]) as SQL;
    for (const condition of [where(r.owner()), narrow])
      expect(() => condition.append(sql` or 1 = 1`)).toThrow(TypeError);
  });

  it('is one query, and no row comes twice', async () => {
    expect(
      await find(where(r.any(r.owner('account.members.userId'), r.not(r.owner('account.members.userId'))))),
    ).toEqual([1, 2, 3]);
    expect(queries).toHaveLength(1);
  });

  it('means the same in db.query, which renames the table', async () => {
    for (const id of ['alice', 'carol', 'zed']) {
      const rule = r.all(r.owner('account.members.userId'), r.not(r.owner()));
      const rows = await database.query.orders.findMany({ where: where(rule, id), with: { account: true } });
      expect(rows.map((row) => row.id)).toEqual(await find(where(rule, id)));
    }
    expect(await find(where(r.owner('account.members.userId'), 'carol'))).toEqual([3]);
  });

  it('knows the names that casing gives', async () => {
    const cased = open({ casing: 'snake_case' });
    const snakes = sqliteTable('snakes', {
      id: integer().primaryKey(),
      accountId: integer(),
      userId: text(),
    });
    const relation = { twin: { table: snakes, on: { accountId: 'accountId' }, many: true } };
    const query = fromDrizzle<Order>(snakes, options({ relations: relation })).query!(
      { entity: Order, ids: ['id'], resolve: () => cased as never },
      { kind: 'owner', path: ['twin', 'userId'] },
    );
    const rows = await cased
      .select()
      .from(snakes)
      .where(query(caller({}), NOBODY) as SQL);
    expect(rows.map(({ id }) => id)).toEqual([1]);
  });

  it.each([undefined, null, '', {}, []])('throws for a function whose query is %s', (query) => {
    const rule = r.fn(
      'mine',
      () => true,
      () => query as object,
    );
    expect(() => where(rule)).toThrow("the query of r.fn('mine') gave no condition");
  });

  it('is no row for a caller without id', async () => {
    expect(await find(where(r.not(r.owner()), ''))).toEqual([]);
    expect(await find(where(r.any()))).toEqual([]);
    expect(await find(where(r.not(r.any())))).toEqual([1, 2, 3, 4]);
  });
});

describe('a condition for some rows', () => {
  it('is every condition and the ids', async () => {
    const narrow = factory.narrow!({ ...context, ids: ['id'] });
    const both = [where(r.owner('account.members.userId')), where(r.not(r.owner()))];
    expect(await find(narrow(both, [{ id: 1 }, { id: 2 }, { id: 3 }]) as SQL)).toEqual([2]);
    expect(await find(narrow([where(r.any(r.owner(), r.not(r.owner())))], [{ id: 3 }]) as SQL)).toEqual([3]);
  });

  it('takes composite ids, and holds in UPDATE and DELETE', async () => {
    const table = fromDrizzle(seats, options({ relations: {} }));
    const seatContext = { entity: Object as never, ids: ['id'], resolve: () => database as never };
    const mine = table.query!(seatContext, r.owner().node)(caller({ id: 'alice' }), NOBODY);
    const narrow = table.narrow!({ ...seatContext, ids: ['row', 'letter'] });
    const rows = [
      { row: 1, letter: 'A' },
      { row: 1, letter: 'B' },
    ];
    const condition = narrow([mine], rows) as SQL;
    const changed = await database
      .update(seats)
      .set({ userId: 'alice' })
      .where(condition)
      .returning({ letter: seats.letter });
    expect(changed).toEqual([{ letter: 'A' }]);
    expect(
      await database
        .delete(seats)
        .where(narrow([mine], [rows[1]!]) as SQL)
        .returning(),
    ).toEqual([]);
  });
});

describe('the loader', () => {
  it('loads many in their order, with one query a relation', async () => {
    const loader = factory.create({
      ...context,
      ids: ['id'],
      paths: [['userId'], ['account', 'members', 'userId'], ['account', 'plan']],
    });
    const ids = ['3', '99', 4, '1'].map((raw) => loader.parseId(raw));
    const rows = (await loader.loadMany(ids)) as Order[];
    expect(rows.map((row) => row?.id)).toEqual([3, undefined, 4, 1]);
    expect(rows[0]).toBeInstanceOf(Order);
    expect(rows[2]!.account).toBeNull();
    expect(rows[3]!.account!.members.map(({ userId }) => userId)).toEqual(['alice', 'bob']);
    expect(queries).toHaveLength(3);
    // Two spellings of one id are one object: it is checked, and changed, once.
    expect(['1', 1].map((raw) => loader.parseId(raw))).toEqual([1, 1]);
    expect(await loader.loadMany([])).toEqual([]);
    expect(queries).toHaveLength(3);
  });

  it('loads composite ids', async () => {
    const loader = fromDrizzle<Order>(seats, { database: 'db' }).create({
      ...context,
      ids: ['row', 'letter'],
      paths: [],
    });
    const ids = [
      { row: '1', letter: 'B' },
      { row: 2, letter: 'B' },
    ].map((raw) => loader.parseId(raw));
    expect(((await loader.loadMany(ids)) as Order[]).map((row) => row?.userId)).toEqual(['bob', undefined]);
    expect(queries).toHaveLength(1);
    for (const raw of [
      undefined,
      null,
      '1',
      { row: 1 },
      { row: 'x', letter: 'B' },
      Object.create({ row: 1, letter: 'B' }),
    ]) {
      expect(loader.parseId(raw)).toBeUndefined();
    }
  });

  it.each([undefined, null, '', '01', '1 ', '1e1', 1.5, -0, [1], { id: 1 }, '9007199254740993', true])(
    'parses no id from %s',
    (raw) => {
      expect(factory.create({ ...context, ids: ['id'], paths: [] }).parseId(raw)).toBeUndefined();
    },
  );
});

describe('refused at boot', () => {
  const rule =
    (node: object, table: Parameters<typeof fromDrizzle>[0] = orders, more = options()) =>
    () =>
      fromDrizzle<Order>(table, more).query!(context, node);
  const users = mysqlTable('users', { id: varchar({ length: 36 }).primaryKey() });
  const odd = pgCore.pgTable('odd', {
    key: pgCore.integer().primaryKey(),
    padded: pgCore.char({ length: 8 }),
    price: pgCore.numeric(),
    at: pgCore.timestamp(),
    kind: pgCore.pgEnum('kind', ['a', 'b'])(),
    paid: pgCore.boolean(),
    tags: pgCore.text().array(),
  });

  const create = (ids: string[]) => () =>
    fromDrizzle<Order>(odd, { database: 'db' }).create({ ...context, ids, paths: [] });

  it.each([
    ['no table', () => fromDrizzle({} as never, options()), 'for a table'],
    [
      'a mistyped option',
      () => fromDrizzle(orders, { ...options(), relation: {} } as never),
      '[option.unknown] fromDrizzle(…).relation is not an option',
    ],
    [
      'a mistyped option of a relation',
      () =>
        fromDrizzle(
          orders,
          options({ relations: { account: { ...RELATIONS.account, may: true } as never } }),
        ),
      '[option.unknown] fromDrizzle(…).relations.account.may is not an option',
    ],
    ['an id with a word of an enum', create(['key', 'kind']), 'cannot be parsed as an id'],
    ['an id that is true or false', create(['key', 'paid']), 'cannot be parsed as an id'],
    [
      'a relation named as a column',
      () => fromDrizzle(orders, options({ relations: { userId: RELATIONS.account } })),
      'name of a column',
    ],
    [
      'a relation without a table',
      () => fromDrizzle(orders, options({ relations: { account: {} as never } })),
      'has no table',
    ],
    [
      'a relation that is not joined',
      () => fromDrizzle(orders, options({ relations: { account: { table: accounts, on: {} } } })),
      'is not joined',
    ],
    [
      'a relation to one of several rows',
      () =>
        fromDrizzle(orders, options({ relations: { member: { table: members, on: { id: 'accountId' } } } })),
      'may lead to several rows',
    ],
    [
      'a mistyped column',
      () =>
        fromDrizzle(orders, options({ relations: { account: { table: accounts, on: { acountId: 'id' } } } })),
      'did you mean accountId?',
    ],
    [
      'a relation that is not declared',
      rule({ kind: 'owner', path: ['shop', 'managerId'] }),
      'leads to no column',
    ],
    ['a column that is none', rule({ kind: 'owner', path: ['constructor'] }), 'leads to no column'],
    [
      'an owner as text in MySQL',
      rule({ kind: 'owner', path: ['id'] }, users, { database: 'db' }),
      'cannot be compared',
    ],
    [
      'an owner that is padded',
      rule({ kind: 'owner', path: ['padded'] }, odd, { database: 'db' }),
      'cannot be compared',
    ],
    [
      'an owner that is an enum',
      rule({ kind: 'owner', path: ['kind'] }, odd, { database: 'db' }),
      'cannot be compared',
    ],
    [
      'a constant that the enum lacks',
      rule({ kind: 'where', path: ['kind'], value: 'c' }, odd, { database: 'db' }),
      'cannot be compared',
    ],
    [
      'a decimal',
      rule({ kind: 'where', path: ['price'], value: 1 }, odd, { database: 'db' }),
      'cannot be compared',
    ],
    [
      'a date',
      rule({ kind: 'where', path: ['at'], value: 'x' }, odd, { database: 'db' }),
      'cannot be compared',
    ],
    ['a list', rule({ kind: 'owner', path: ['tags'] }, odd, { database: 'db' }), 'cannot be compared'],
    [
      'an id that two rows may share',
      () => factory.create({ ...context, ids: ['userId'], paths: [] }),
      'which two rows may share',
    ],
    [
      'a part of a composite id',
      () => fromDrizzle<Order>(seats, { database: 'db' }).create({ ...context, ids: ['row'], paths: [] }),
      'which two rows may share',
    ],
    [
      'an id that is no column',
      () => factory.create({ ...context, ids: ['key'], paths: [] }),
      'which is no column',
    ],
    [
      'no database',
      () => factory.create({ entity: Order, ids: ['id'], resolve: () => ({}) as never, paths: [] }),
      'finds no Drizzle database',
    ],
  ])('%s', (_name, define, message) => {
    expect(define).toThrow(SecurityConfigError);
    expect(define).toThrow(message);
  });
});

it('is exact in PostgreSQL on a column whose collation takes Alice and alice for one', async () => {
  const server = await emptyPostgres();
  const pool = openPool(server.url, { max: 1 });
  await pool.query(
    `CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
  );
  await pool.query(`CREATE TABLE orders (id integer PRIMARY KEY, "userId" text COLLATE folded)`);
  await pool.query(`INSERT INTO orders VALUES (1, 'alice'), (2, 'Alice')`);
  const table = pgCore.pgTable('orders', { id: pgCore.integer().primaryKey(), userId: pgCore.text() });
  const db = onPg(pool);
  const query = fromDrizzle<Order>(table, { database: 'db' }).query!(
    { entity: Order, ids: ['id'], resolve: () => db as never },
    r.owner().node,
  );
  expect((await pool.query(`SELECT id FROM orders WHERE "userId" = 'alice'`)).rowCount).toBe(2);
  expect(
    await db
      .select({ id: table.id })
      .from(table)
      .where(query(caller({}), NOBODY) as SQL),
  ).toEqual([{ id: 1 }]);
  await pool.end();
  await server.drop();
}, 60_000);
