import { And, DataSource, Equal, FindOperator, In, IsNull, LessThan, type FindOptionsWhere } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import type { Principal } from '../../../lib/core/principal.js';
import { fromTypeorm } from '../../../lib/integrations/typeorm/index.js';
import { compilePredicate } from '../../../lib/policy/predicate.js';
import { ruleBuilder, type Rule } from '../../../lib/policy/rule.js';
import { Account, Article, Clerk, Member, openDatabase, Order, Shop, uuid } from './database.js';

let database: DataSource;
const queries: string[] = [];
const r = ruleBuilder<Order>(['userId']);
const article = ruleBuilder<Article>(['userId']);
const alice = { id: 'alice' } as Principal;
const roles = (...names: string[]) => ({ roles: new Set(names) });
const NONE = roles();
const compile = (entity: typeof Order | typeof Article, rule: Rule<never>) =>
  fromTypeorm().query!({ entity, ids: ['id'], resolve: () => database as never }, rule.node);
const where = (rule: Rule<Order>, caller = alice, audience = NONE) =>
  compile(Order, rule as never)(caller, audience);

beforeAll(async () => {
  database = await openDatabase(queries);
  await database.getRepository(Account).save([{ id: 1, ownerId: 'bob', plan: null }]);
  await database.getRepository(Member).save([
    { id: 1, userId: 'alice', level: 1, active: false, left: null, account: { id: 1 } },
    { id: 2, userId: 'bob', level: 2, active: true, left: null, account: { id: 1 } },
  ]);
  await database.getRepository(Shop).save([{ id: 1, managerId: 'm' }]);
  await database.getRepository(Clerk).save([{ id: 1, userId: 'c', shop: { id: 1 } }]);
  const row = { status: 'open', total: 1, paid: true, note: null, address: { city: null }, shop: { id: 1 } };
  await database.getRepository(Order).save([
    { ...row, id: uuid(1), userId: 'alice', account: { id: 1 } },
    { ...row, id: uuid(2), userId: 'bob', account: null },
  ]);
});
afterAll(() => database.destroy());

const find = async (condition: unknown) =>
  (await database.getRepository(Order).find({ where: condition as FindOptionsWhere<Order>[] })).map(
    (order) => order.id,
  );

describe('the form of the condition', () => {
  it('TypeORM reads an empty list of conditions as "every row": why ours never is one', async () => {
    expect(await find([])).toHaveLength(2);
  });

  it('is an object for one alternative, an array for several, and puts in the id alone', () => {
    expect(where(r.owner())).toEqual({ userId: 'alice' });
    expect(where(r.any(r.owner(), r.all(r.where('status', 'open'), r.where('total', 1))))).toEqual([
      { userId: 'alice' },
      { status: 'open', total: 1 },
    ]);
  });

  it('is new for each request, so that what a handler does to it ends with the request', () => {
    const query = compile(Order, r.where('address.city', 'Bern') as never);
    const first = query(alice, NONE) as { address: { city: string } };
    first.address.city = 'Basel';
    expect(query(alice, NONE)).toEqual({ address: { city: 'Bern' } });
  });

  it.each([
    ['a rule that never holds', r.any(), alice],
    ['a role that the caller lacks', r.role('support'), alice],
    ['conditions that contradict each other', r.all(r.where('status', 'a'), r.where('status', 'b')), alice],
    ['an owner who is somebody else by constant', r.all(r.owner(), r.where('userId', 'bob')), alice],
    ['a caller without id', r.any(r.owner(), r.where('status', 'open')), { id: '' } as Principal],
    ['a caller whose id is undefined', r.any(r.owner(), r.where('status', 'open')), {} as Principal],
    ['a caller with NUL in the id', r.owner(), { id: 'ali\0ce' } as Principal],
  ])('is impossible, and no row, for %s', async (_name, rule, caller) => {
    const condition = where(rule, caller) as { id: FindOperator<string> };
    expect(Object.keys(condition)).toEqual(['id']);
    expect(condition.id).toEqual(In([]));
    expect(await find(condition)).toEqual([]);
  });

  it('is {} alone where a rule admits everything', async () => {
    const rule = r.any(r.owner(), r.role('support'), r.all(r.role('admin'), r.where('status', 'open')));
    expect(where(rule, alice, roles('support', 'admin'))).toEqual({});
    expect(where(rule, alice, roles('admin'))).toEqual([{ userId: 'alice' }, { status: 'open' }]);
    expect(await find(where(rule, alice, roles('support')))).toHaveLength(2);
  });

  it('asks for NULL with IsNull, and then also that the related row is there', async () => {
    expect(where(r.where('note', null))).toEqual({ note: IsNull() });
    expect(await find(where(r.where('account.plan', null)))).toEqual([uuid(1)]);
    expect(await find({ account: { plan: IsNull() } })).toEqual([uuid(1), uuid(2)]);
  });

  it('keeps rows without the related row for the other alternatives', async () => {
    expect(await find(where(r.any(r.owner('shop.clerks.userId'), r.where('status', 'open'))))).toHaveLength(
      2,
    );
  });

  it('reaches into embedded objects', () => {
    expect(where(r.where('address.city', 'Bern'))).toEqual({ address: { city: 'Bern' } });
  });
});

describe('a condition on related rows', () => {
  const rule = r.any(r.owner('account.members.userId'), r.owner('shop.clerks.userId'));

  it('is one query for a page, and no row comes twice', async () => {
    await database.getRepository(Clerk).save([
      { id: 8, userId: 'alice', shop: { id: 1 } },
      { id: 9, userId: 'alice', shop: { id: 1 } },
    ]);
    queries.length = 0;
    const [rows, count] = await database.getRepository(Order).findAndCount({
      where: where(rule) as FindOptionsWhere<Order>,
      order: { id: 'DESC' },
      take: 10,
    });
    expect(rows.map(({ id }) => id)).toEqual([uuid(2), uuid(1)]);
    expect(count).toBe(2);
    // A page that is not full needs no count.
    expect(queries).toHaveLength(1);
    await database.getRepository(Clerk).delete([8, 9]);
  });

  it('can be put beside another condition on the key, and beside that of another caller', async () => {
    const mine = where(rule) as { id: FindOperator<string> };
    expect(await find({ id: And(mine.id, LessThan(uuid(1))) })).toEqual([]);
    expect(await find({ id: And(mine.id, Equal(uuid(1))) })).toEqual([uuid(1)]);
    expect(await find([where(rule, { id: 'x' } as Principal), mine])).toEqual([uuid(1)]);
    expect(await find([mine, where(rule, { id: 'x' } as Principal)])).toEqual([uuid(1)]);
  });

  it('guards an UPDATE and a DELETE', async () => {
    const orders = database.getRepository(Order);
    const mine = where(rule) as FindOptionsWhere<Order>;
    expect((await orders.update(mine, { note: 'seen' })).affected).toBe(1);
    expect(await find({ note: 'seen' })).toEqual([uuid(1)]);
    const second = await orders.findOneByOrFail({ id: uuid(2) });
    await orders.save(Object.assign(second, { id: uuid(3), account: { id: 1 }, shop: { id: 1 } }));
    expect((await orders.delete({ ...mine, userId: 'bob' })).affected).toBe(1);
    expect(await find({})).toEqual([uuid(1), uuid(2)]);
    await orders.update(uuid(1), { note: null });
  });

  it('holds whatever the id of the caller looks like', async () => {
    for (const id of [':gh1_0 OR 1=1', "' OR '1'='1", '\\', '$1', '?', '\u0000']) {
      expect(await find(where(rule, { id } as Principal))).toEqual([]);
    }
  });
});

describe('not', () => {
  it('means of none of the related rows, and is false where there is no value', async () => {
    expect(await find(where(r.not(r.owner('account.members.userId'))))).toEqual([]);
    expect(await find(where(r.not(r.owner('account.members.userId')), { id: 'zed' } as Principal))).toEqual([
      uuid(1),
    ]);
    expect(await find(where(r.not(r.where('account.plan', 'pro'))))).toEqual([]);
    expect(await find(where(r.not(r.where('note', 'x'))))).toEqual([]);
    expect(await find(where(r.not(r.where('note', null))))).toEqual([]);
    expect(await find(where(r.not(r.where('status', 'paid'))))).toEqual([uuid(1), uuid(2)]);
  });
});

describe('a function', () => {
  const fn = (query: () => unknown) => r.fn('f', () => true, query as () => object);

  it('is asked by its own query, relations included', async () => {
    expect(
      await find(
        where(
          r.all(
            fn(() => ({ shop: { managerId: 'm' } })),
            r.owner('account.ownerId'),
          ),
          { id: 'bob' } as Principal,
        ),
      ),
    ).toEqual([uuid(1)]);
    expect(await find(where(r.not(fn(() => [{ userId: 'alice' }, { userId: In(['carol']) }]))))).toEqual([
      uuid(2),
    ]);
  });

  it.each([
    { userId: undefined },
    [{ shop: { managerId: undefined } }],
    {},
    [],
    [{}],
    { shop: {} },
    { shop: [] },
    { shop: { managerId: null } },
    { shop: Promise.resolve('x') },
    { userId: Promise.resolve('x') },
    { shop: new Map() },
  ])(
    'that gives a condition of which a part says nothing is an error, whatever TypeORM is told to do with it (%#)',
    (query) => {
      expect(() => where(fn(() => query))).toThrow(
        "the query of r.fn('f') gave a condition that says nothing in a part of it",
      );
    },
  );

  it.each([{ shop: 5 }, { shop: true }, [{ shop: 'x' }], { account: { members: 1 } }])(
    'that compares a relation with a value is an error, never every row (%#)',
    (query) => {
      expect(() => where(fn(() => query))).toThrow('compares a relation with a value');
    },
  );

  it.each([undefined, null, 'x', Promise.resolve({ userId: 'x' }), new Map(), new Date(), /x/])(
    'that gives no condition (%s) is an error, never every row',
    (query) => {
      expect(() => where(fn(() => query))).toThrow("the query of r.fn('f') gave no condition");
    },
  );
});

describe('two conditions on one to-many path', () => {
  // Alice is a member, and some member is active, but it is not Alice.
  const rule = r.all(r.owner('account.members.userId'), r.where('account.members.active', true));

  it('mean the same member, in the query and in the object check', async () => {
    const order = await database
      .getRepository(Order)
      .findOneOrFail({ where: { id: uuid(1) }, relations: { account: { members: true } } });
    const check = compilePredicate(rule.node);
    expect(await find(where(rule))).toEqual([]);
    expect(check(order, alice, NONE)).toBe(false);
    expect(await find(where(rule, { id: 'bob' } as Principal))).toEqual([uuid(1)]);
    expect(check(order, { id: 'bob' } as Principal, NONE)).toBe(true);
  });
});

describe('refused at boot, with what to write instead', () => {
  const any = article as unknown as {
    owner(path: string): Rule<never>;
    where(path: string, value: unknown): Rule<never>;
  };

  it.each([
    ['a path that is not mapped', any.owner('nobody'), 'is not mapped'],
    ['a path that ends in a relation', r.owner('account' as never), "'account.id'"],
    ['a path into a JSON column', any.owner('settings.ownerId'), 'goes into the column'],
    ['a column that is not selected', any.owner('secretOwnerId'), 'select: false'],
    ['a collation that ignores case', any.owner('handle'), 'cannot be compared'],
    ['a column with a transformer', any.owner('folded'), 'cannot be compared'],
    ['NULL in a column with a transformer', any.where('folded', null), 'cannot be compared'],
    ['a decimal column', any.where('price', 1), 'cannot be compared'],
    ['a fraction', any.where('id', 0.5), 'cannot be compared'],
    ['a 64-bit column with a number', any.where('counter', 1), 'cannot be compared'],
    ['a string for a number', any.where('id', '1'), 'cannot be compared'],
    ['an unknown value of an enum', any.where('stage', 'gone'), 'cannot be compared'],
  ])('%s', (_name, rule, message) => {
    const entity = _name.includes('relation') ? Order : Article;
    expect(() => compile(entity, rule as never)).toThrow(SecurityConfigError);
    expect(() => compile(entity, rule as never)).toThrow(message);
  });

  it('a DataSource that is missing, closed or of other entities', async () => {
    const from = (dataSource?: DataSource) =>
      fromTypeorm().create({
        entity: Order,
        ids: ['id'],
        paths: [],
        resolve: () => {
          if (!dataSource) throw new Error('Nest could not find DataSource');
          return dataSource as never;
        },
      });
    expect(() => from()).toThrow('finds no DataSource');
    const closed = new DataSource({ type: 'sqljs', entities: [] });
    expect(() => from(closed)).toThrow('not initialized');
    await closed.initialize();
    expect(() => from(closed)).toThrow('add Order to its entities');
    await closed.destroy();
  });

  it('a mistyped option', () => {
    const define = () => fromTypeorm({ transacton: 'tx' } as never);
    expect(define).toThrow('[option.unknown] fromTypeorm(…).transacton is not an option');
    expect(define).toThrow('did you mean fromTypeorm(…).transaction?');
  });

  it('asks for the DataSource by the token that is given', () => {
    const tokens: unknown[] = [];
    const resolve = (token: unknown) => (tokens.push(token), database as never);
    fromTypeorm().create({ entity: Order, ids: ['id'], paths: [], resolve });
    fromTypeorm({ dataSource: 'ordersDataSource' }).create({
      entity: Order,
      ids: ['id'],
      paths: [],
      resolve,
    });
    expect(tokens).toEqual([DataSource, 'ordersDataSource']);
  });
});
