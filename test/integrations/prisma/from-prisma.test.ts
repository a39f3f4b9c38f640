import initSqlJs from 'sql.js';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import { fromPrisma } from '../../../lib/integrations/prisma/index.js';
import { prismaCondition } from '../../../lib/integrations/prisma/prisma-condition.js';
import { readPrismaSchema } from '../../../lib/integrations/prisma/prisma-schema.js';
import { compileRows } from '../../../lib/policy/compile-rows.js';
import { localRows } from '../../../lib/policy/local-rows.js';
import { ruleBuilder, type Rule } from '../../../lib/policy/rule.js';
import { prismaClient, type ShopClient } from '../agreement/prisma/prisma-client.js';
import { sqlJsAdapter } from '../agreement/prisma/sql-js-adapter.js';
import { caller, inserts, schema, shopRows, uuid } from '../agreement/shop-data.js';

class Order {
  id!: string;
  userId!: string;
  status!: string;
  note!: string | null;
  buyerId!: bigint | null;
  account!: {
    plan: string | null;
    ownerId: string | null;
    members: Array<{ userId: string; active: boolean }>;
  } | null;
  shop!: { managerId: string };
}

const r = ruleBuilder<Order>(['userId']);
const NOBODY = { roles: new Set<string>() };
const queries: string[] = [];
let client: ShopClient;
const context = { entity: Order, ids: ['id'], resolve: () => client as never };
const factory = fromPrisma<Order>('order', { client: 'prisma' });
const where = (rule: Rule<Order>, part = {}) =>
  factory.query!(context, rule.node)(caller(part), NOBODY) as object;
const find = async (condition: object) =>
  (await client.order.findMany({ where: condition, select: { id: true } })).map(({ id }) => id);

beforeAll(async () => {
  const SQL = await initSqlJs();
  const file = new SQL.Database();
  for (const statement of [...schema('text'), ...inserts(shopRows(1, false))]) file.run(statement);
  client = prismaClient('sqlite', sqlJsAdapter(file, queries));
});
beforeEach(() => void (queries.length = 0));

describe('a where for Prisma', () => {
  it('says what the rule says', () => {
    expect(where(r.owner())).toEqual({ userId: { equals: 'alice' } });
    expect(where(r.all(r.owner('account.members.userId'), r.where('account.members.active', true)))).toEqual({
      account: {
        is: { members: { some: { AND: [{ userId: { equals: 'alice' } }, { active: { equals: true } }] } } },
      },
    });
    expect(where(r.not(r.where('note', 'x')))).toEqual({
      NOT: {
        OR: [{ AND: [{ note: { equals: 'x' } }, { note: { not: null } }] }, { note: { equals: null } }],
      },
    });
    expect(where(r.not(r.where('status', 'open')))).toEqual({ NOT: { status: { equals: 'open' } } });
  });

  it('is one query', async () => {
    const rule = r.any(r.owner('account.members.userId'), r.not(r.where('account.plan', 'pro')));
    expect(await find(where(rule))).not.toEqual([]);
    expect(queries).toHaveLength(1);
  });

  it('is no row for a caller without id, and for a rule that never holds', async () => {
    expect(await find(where(r.not(r.owner()), { id: '' }))).toEqual([]);
    expect(await find(where(r.any()))).toEqual([]);
    // Also inside what the application makes of it.
    expect(await find({ AND: [where(r.any()), { total: { gte: -1000 } }] })).toEqual([]);
    expect(await find({ AND: [where(r.owner(), { id: '' })] })).toEqual([]);
    expect(
      await find(factory.narrow!({ ...context, ids: ['id'] })([where(r.any())], [{ id: uuid(1) }]) as object),
    ).toEqual([]);
    expect(await find(where(r.not(r.any())))).toHaveLength(60);
    // A number that no bigint column can have.
    expect(await find(where(r.owner('buyerId'), { id: '9223372036854775808' }))).toEqual([]);
  });

  it.each([
    undefined,
    null,
    [],
    'x',
    {},
    { userId: undefined },
    { OR: [{ note: { equals: undefined } }] },
    { OR: [{ userId: 'alice' }, {}] },
    { AND: [] },
    Promise.resolve({ userId: 'alice' }),
    new Map([['userId', 'alice']]),
    { userId: Promise.resolve('alice') },
    { account: { is: Promise.resolve({}) } },
    { AND: [Promise.resolve({})] },
    { status: { mode: 'insensitive' } },
    { AND: [{ OR: [] }] },
    { NOT: {} },
    { userId: {} },
    { account: { is: {} } },
  ])('throws for a function whose query is %j', (query) => {
    const rule = r.fn(
      'mine',
      () => true,
      () => query as object,
    );
    expect(() => where(rule)).toThrow("the query of r.fn('mine') gave");
  });

  it('asks the query of a function whether there are related rows', async () => {
    const rule = r.fn(
      'staffed',
      () => true,
      () => ({ account: { is: { members: { some: {} } } }, userId: { in: ['alice'] } }),
    );
    expect(await find(where(rule))).not.toEqual([]);
  });

  // What nobody asks of a row that is always there says nothing, and `{ NOT: {} }` is every row.
  it('is no row where a rule compares a required relation with what the caller has not', async () => {
    expect(await find(where(r.not(r.same('shop.managerId', 'tenant')), { tenant: undefined }))).toEqual([]);
  });

  it('asks the query of each of two functions of one name', () => {
    const dept = (name: string) =>
      r.fn(
        'dept',
        () => true,
        () => ({ note: { equals: name } }),
      );
    const rule = r.all(
      r.owner('account.members.userId'),
      r.any(r.where('account.members.active', true), r.all(dept('a'), dept('b'))),
    );
    const text = JSON.stringify(where(rule));
    expect(text).toContain('{"note":{"equals":"a"}}');
    expect(text).toContain('{"note":{"equals":"b"}}');
  });

  it('takes a client that is extended', async () => {
    const extended = client.$extends({ name: 'nothing' });
    const query = factory.query!(
      { entity: Order, ids: ['id'], resolve: () => extended as never },
      r.owner().node,
    );
    expect(query(caller({}), NOBODY)).toEqual({ userId: { equals: 'alice' } });
    const table = (of: ShopClient) =>
      factory.tableAt!({ entity: Order, ids: ['id'], resolve: () => of as never }, []);
    expect(table(extended)).toBe(table(client));
  });
});

describe('a where for some rows', () => {
  it('is every where and the ids', async () => {
    const narrow = factory.narrow!({ ...context, ids: ['id'] });
    const all = await client.order.findMany({ select: { id: true } });
    const mine = await find(where(r.owner()));
    expect(mine).not.toEqual([]);
    expect((await find(narrow([where(r.owner())], all) as object)).toSorted()).toEqual(mine.toSorted());
    const one = narrow([where(r.owner()), where(r.not(r.any()))], [{ id: mine[0]! }]) as object;
    expect(await find(one)).toEqual([mine[0]]);
    expect(await find(narrow([where(r.owner(), { id: 'nobody' })], all) as object)).toEqual([]);
    // Composite keys are parts of one alternative each.
    expect(
      factory.narrow!({ ...context, ids: ['row', 'letter'] })([], [{ row: 1, letter: 'A', x: 1 }]),
    ).toEqual({
      AND: [{ OR: [{ row: 1, letter: 'A' }] }],
    });
  });
});

describe('the loader', () => {
  it('loads many in their order, as instances', async () => {
    const loader = factory.create({ ...context, ids: ['id'], paths: [['account', 'members', 'userId']] });
    const wanted = [3, 99, 1, 2, 4, 5, 6, 7];
    const rows = (await loader.loadMany(wanted.map((n) => loader.parseId(uuid(n))))) as Order[];
    expect(rows.map((row) => row?.id)).toEqual(wanted.map((n) => (n === 99 ? undefined : uuid(n))));
    expect(rows[0]).toBeInstanceOf(Order);
    expect(rows.some((row) => Array.isArray(row?.account?.members))).toBe(true);
    expect(await loader.loadMany([])).toEqual([]);
  });

  it.each([undefined, null, '', 1, ['x'], { id: 'x' }, 'a\0b', 'a'.repeat(256)])(
    'parses no id from %s',
    (raw) => {
      expect(factory.create({ ...context, ids: ['id'], paths: [] }).parseId(raw)).toBeUndefined();
    },
  );
});

it('no row of a model without a field of which that can be said is an error, and not every row', () => {
  const schema = readPrismaSchema('enum Kind {\n a\n}\nmodel Thing {\n kind Kind @id\n}');
  const source = { schema, model: schema.models.get('Thing')!, provider: 'sqlite' };
  expect(() => prismaCondition(source, { kind: 'never' })).toThrow('no field of which a condition can say');
});

describe('refused at boot', () => {
  const by = (provider: string, text: string, model = 'thing') => {
    const fake = {
      [model]: { findMany: () => [] },
      _engineConfig: { inlineSchema: text, activeProvider: provider },
    };
    return {
      factory: fromPrisma<Order>(model, { client: 'p' }),
      context: { entity: Order, ids: ['id'], resolve: () => fake as never },
    };
  };
  const THING = `enum Kind {\n a\n b\n}\nmodel Thing {\n id String @id\n kind Kind\n price Decimal\n paid Boolean\n at DateTime\n tags String[]\n code String @db.Char(8)\n name String @db.Citext\n row Int\n letter String\n @@unique([row, letter])\n}`;
  const rule = (provider: string, node: object) => () => {
    const source = by(provider, THING);
    source.factory.query!(source.context, node);
  };
  const create = (ids: string[]) => () => {
    const source = by('postgresql', THING);
    source.factory.create({ ...source.context, ids, paths: [] });
  };

  it.each([
    ['text in MySQL', rule('mysql', { kind: 'owner', path: ['id'] }), 'cannot be compared'],
    [
      'text in SQL Server',
      rule('sqlserver', { kind: 'where', path: ['id'], value: 'x' }),
      'cannot be compared',
    ],
    ['an enum as owner', rule('postgresql', { kind: 'owner', path: ['kind'] }), 'cannot be compared'],
    [
      'a constant that the enum lacks',
      rule('postgresql', { kind: 'where', path: ['kind'], value: 'c' }),
      'cannot be compared',
    ],
    ['a decimal', rule('postgresql', { kind: 'where', path: ['price'], value: 1 }), 'cannot be compared'],
    ['a date', rule('postgresql', { kind: 'where', path: ['at'], value: 'x' }), 'cannot be compared'],
    ['a list', rule('postgresql', { kind: 'owner', path: ['tags'] }), 'cannot be compared'],
    ['text that is padded', rule('postgresql', { kind: 'owner', path: ['code'] }), 'cannot be compared'],
    ['text that ignores case', rule('postgresql', { kind: 'owner', path: ['name'] }), 'cannot be compared'],
    ['a field that is none', rule('postgresql', { kind: 'owner', path: ['nobody'] }), 'leads to no field'],
    ['an id that two rows may share', create(['row']), 'which two rows may share'],
    ['an id that is no field', create(['key']), 'which is no field'],
    ['an id that is a decimal', create(['id', 'price']), 'cannot be parsed as an id'],
    ['an id with a word of an enum', create(['id', 'kind']), 'cannot be parsed as an id'],
    ['an id that is true or false', create(['id', 'paid']), 'cannot be parsed as an id'],
    [
      'a mistyped option',
      () => fromPrisma('order', { cliend: 'p' } as never),
      '[option.unknown] fromPrisma(…).cliend is not an option',
    ],
    ['no options', () => fromPrisma('order', undefined as never), 'fromPrisma(…) is undefined'],
    [
      'a mistyped model',
      () => fromPrisma<Order>('ordr', { client: 'p' }).query!(context, {}),
      'did you mean order?',
    ],
    [
      'no client',
      () => factory.query!({ entity: Order, ids: ['id'], resolve: () => ({}) as never }, {}),
      'finds no Prisma client',
    ],
    [
      'a path that ends in a relation',
      () => factory.create({ ...context, ids: ['id'], paths: [['account']] }),
      'ends in a relation',
    ],
  ])('%s', (_name, define, message) => {
    expect(define).toThrow(SecurityConfigError);
    expect(define).toThrow(message);
  });

  it('a rule of more relations than a database joins', () => {
    const many = (count: number) =>
      r.any(r.owner(), ...Array.from({ length: count }, (_, n) => r.where('account.plan', String(n))));
    expect(() => where(many(56))).not.toThrow();
    expect(() => where(many(57))).toThrow('too many conditions on related rows');
  });

  it('but not the composite key, nor an enum by its own constant', () => {
    expect(create(['row', 'letter'])).not.toThrow();
    expect(rule('mysql', { kind: 'where', path: ['kind'], value: 'b' })).not.toThrow();
    expect(rule('mysql', { kind: 'where', path: ['at'], value: null })).not.toThrow();
  });
});

describe('the schema', () => {
  it('is read with its comments, keys and defaults', () => {
    const { models, enums } = readPrismaSchema(`
      // model Ghost {
      model Seat { // a seat
        row    Int
        letter String  @default("// A") // which
        owner  User?   @relation(fields: [ownerId], references: [id])
        ownerId BigInt?
        /// documented
        tags   String[]
        odd    Unsupported("point")?
        @@id([row, letter(sort: Desc)])
        @@index([ownerId])
      }
      model User {
        id BigInt @id @default(autoincrement())
        mail String @unique
        seats Seat[]
      }
      enum Level {
        low
        high @map("HIGH")
      }
    `);
    expect([...models.keys()]).toEqual(['Seat', 'User']);
    const seat = models.get('Seat')!;
    expect(
      [...seat.fields.values()].map(({ name, type, optional, list }) => [name, type, optional, list]),
    ).toEqual([
      ['row', 'Int', false, false],
      ['letter', 'String', false, false],
      ['owner', 'User', true, false],
      ['ownerId', 'BigInt', true, false],
      ['tags', 'String', false, true],
    ]);
    expect(seat.keys).toEqual([['row', 'letter']]);
    expect(models.get('User')!.keys).toEqual([['id'], ['mail']]);
    expect(enums.get('Level')).toEqual(['low', 'high']);
  });
});

describe('conditions that mix rows', () => {
  it('are decided outside, up to a bound', () => {
    const model = {
      relation: (path: readonly string[]) => (path.join() === 'members' ? ('many' as const) : undefined),
      column: () => () => undefined,
    };
    const mixed = (count: number) => ({
      kind: 'all' as const,
      rules: Array.from({ length: count }, (_, n) => ({
        kind: 'any' as const,
        rules: [
          { kind: 'where' as const, path: ['members', 'userId'], value: n },
          { kind: 'where' as const, path: [`p${n}`], value: n },
        ],
      })),
    });
    expect(localRows(compileRows(mixed(6), model))).toBeDefined();
    expect(localRows(compileRows(mixed(7), model))).toBeUndefined();
  });
});
