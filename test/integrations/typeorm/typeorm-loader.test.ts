import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromTypeorm } from '../../../lib/integrations/typeorm/index.js';
import { Account, Article, Invoice, Member, openDatabase, Order, Shop, uuid } from './database.js';

let database: DataSource;
const queries: string[] = [];
const loaderOf = (entity: new () => object, ids: string[], paths: string[][] = []) =>
  fromTypeorm().create({ entity, ids, paths, resolve: () => database as never });

beforeAll(async () => {
  database = await openDatabase(queries);
  await database.getRepository(Account).save({ id: 1, ownerId: 'bob', plan: null });
  await database
    .getRepository(Member)
    .save([1, 2].map((id) => ({ id, userId: 'u', level: 1, active: true, left: null, account: { id: 1 } })));
  await database.getRepository(Shop).save({ id: 1, managerId: 'm' });
  const row = {
    status: 'open',
    total: 1,
    paid: true,
    note: null,
    address: { city: null },
    shop: { id: 1 },
    account: { id: 1 },
  };
  await database.getRepository(Order).save([1, 2, 3].map((n) => ({ ...row, id: uuid(n), userId: 'alice' })));
  await database.getRepository(Invoice).save([
    { tenantId: 'a', number: 1, userId: 'alice' },
    { tenantId: 'a', number: 2, userId: 'bob' },
    { tenantId: 'b', number: 1, userId: 'carol' },
  ]);
});
beforeEach(() => void queries.splice(0));
afterAll(() => database.destroy());

describe('loading', () => {
  it('keeps length and order, with one query for many, and duplicates', async () => {
    const rows = (await loaderOf(Order, ['id']).loadMany([uuid(3), uuid(9), uuid(1), uuid(3)])) as Array<
      Order | undefined
    >;
    expect(rows.map((row) => row?.id)).toEqual([uuid(3), undefined, uuid(1), uuid(3)]);
    expect(rows[0]).toBeInstanceOf(Order);
    expect(queries).toHaveLength(1);
  });

  it('makes no query for no id: TypeORM would answer it with every row', async () => {
    expect(await loaderOf(Order, ['id']).loadMany([])).toEqual([]);
    expect(await loaderOf(Invoice, ['tenantId', 'number']).loadMany([])).toEqual([]);
    expect(queries).toEqual([]);
  });

  it('loads the relations that the rules read, in the same query, and no other', async () => {
    const loader = loaderOf(
      Order,
      ['id'],
      [['userId'], ['account', 'members', 'userId'], ['account', 'ownerId'], ['address', 'city']],
    );
    const [order] = (await loader.loadMany([uuid(1)])) as [Order];
    expect(order.account?.members).toHaveLength(2);
    expect(order.account?.ownerId).toBe('bob');
    expect(order.watchers).toBeUndefined();
    expect(queries).toHaveLength(1);
  });

  it('loads composite ids', async () => {
    const loader = loaderOf(Invoice, ['tenantId', 'number']);
    const ids = [
      { tenantId: 'b', number: '1' },
      { number: 2, tenantId: 'a' },
      { tenantId: 'b', number: 2 },
    ].map((raw) => loader.parseId(raw));
    expect(((await loader.loadMany(ids)) as Invoice[]).map((row) => row?.userId)).toEqual([
      'carol',
      'bob',
      undefined,
    ]);
    expect(queries).toHaveLength(1);
  });

  it('does not mistake composite ids for one another', async () => {
    await database.getRepository(Invoice).save({ tenantId: 'a","1', number: 1, userId: 'mallory' });
    const loader = loaderOf(Invoice, ['tenantId', 'number']);
    const rows = (await loader.loadMany([
      { tenantId: 'a', number: 1 },
      { tenantId: 'a","1', number: 1 },
    ])) as Invoice[];
    expect(rows.map((row) => row.userId)).toEqual(['alice', 'mallory']);
  });

  it('rejects where the database fails', async () => {
    const broken = await openDatabase();
    const loader = fromTypeorm().create({
      entity: Order,
      ids: ['id'],
      paths: [],
      resolve: () => broken as never,
    });
    await broken.query('DROP TABLE "order"');
    await expect(loader.loadMany([uuid(1)])).rejects.toThrow('no such table');
    await broken.destroy();
  });
});

describe('parsing ids', () => {
  const hostile: unknown[] = [
    undefined,
    null,
    '',
    [],
    {},
    [uuid(1)],
    { id: uuid(1) },
    true,
    NaN,
    Infinity,
    Symbol('x'),
    () => uuid(1),
  ];

  it.each([
    ...hostile,
    1,
    uuid(1).slice(1),
    `${uuid(1)} `,
    `${uuid(1)}\n`,
    `{${uuid(1)}}`,
    uuid(1).replaceAll('-', ''),
    'ABCDEF00-0000-4000-8000-000000000001',
    "1' OR '1'='1",
  ])('a uuid column refuses what is not a canonical uuid (%#)', (raw) =>
    expect(loaderOf(Order, ['id']).parseId(raw)).toBeUndefined(),
  );

  it.each([
    ...hostile,
    '01',
    '+1',
    ' 1',
    '1.0',
    '1e3',
    '0x1',
    '-0',
    -0,
    1.5,
    '9007199254740993',
    2 ** 53,
    '99999999999999999999',
    '١',
    uuid(1),
  ])('an integer column refuses what is not a safe integer in canonical decimal (%#)', (raw) =>
    expect(loaderOf(Article, ['id']).parseId(raw)).toBeUndefined(),
  );

  it.each([...hostile, 1, 'a\0b', 'a'.repeat(256)])(
    'a text column refuses what is not a short string without NUL (%#)',
    (raw) => expect(loaderOf(Article, ['slug']).parseId(raw)).toBeUndefined(),
  );

  it.each([
    ...hostile,
    'a',
    { tenantId: 'a' },
    { tenantId: 'a', number: '1x' },
    { tenantId: ['a'], number: 1 },
    Object.create({ tenantId: 'a', number: 1 }),
  ])('a composite id refuses what lacks a part of its own (%#)', (raw) =>
    expect(loaderOf(Invoice, ['tenantId', 'number']).parseId(raw)).toBeUndefined(),
  );

  it('takes what is right', () => {
    expect(loaderOf(Order, ['id']).parseId(uuid(1))).toBe(uuid(1));
    expect(['0', '-7', 42, '9007199254740991'].map((raw) => loaderOf(Article, ['id']).parseId(raw))).toEqual([
      0,
      -7,
      42,
      2 ** 53 - 1,
    ]);
    expect(loaderOf(Article, ['slug']).parseId('a'.repeat(255))).toHaveLength(255);
    expect(
      loaderOf(Invoice, ['tenantId', 'number']).parseId({ tenantId: 'a', number: '1', more: 'x' }),
    ).toEqual({ tenantId: 'a', number: 1 });
  });
});

describe('refused at boot', () => {
  it.each([
    ['an id that two rows may share', Article, ['status'], 'which two rows may share'],
    ['a part of a composite key', Invoice, ['tenantId'], 'which two rows may share'],
    ['an id that is not a column', Article, ['id', 'nothing'], 'is not a column'],
    ['an id without canonical form', Article, ['id', 'price'], 'cannot be parsed as an id'],
  ])('%s', (_name, entity, ids, message) => {
    expect(() => loaderOf(entity, ids)).toThrow(message);
  });

  it('a path of a rule that the loader could never fill', () => {
    expect(() => loaderOf(Order, ['id'], [['account', 'nobody']])).toThrow('is not mapped');
    expect(() => loaderOf(Article, ['id'], [['secretOwnerId']])).toThrow('select: false');
  });
});
