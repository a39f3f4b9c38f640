import { DataSource, FindOperator, In, IsNull, Not, type FindOptionsWhere } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import type { Principal } from '../../../lib/core/principal.js';
import { fromTypeorm } from '../../../lib/integrations/typeorm/index.js';
import { compilePredicate } from '../../../lib/policy/predicate.js';
import { ruleBuilder, type Rule } from '../../../lib/policy/rule.js';
import { Account, Article, Clerk, Member, openDatabase, Order, Shop, uuid } from './database.js';

let database: DataSource;
const r = ruleBuilder<Order>(['userId']);
const article = ruleBuilder<Article>(['userId']);
const alice = { id: 'alice' } as Principal;
const roles = (...names: string[]) => ({ roles: new Set(names) });
const NONE = roles();
const compile = (entity: typeof Order | typeof Article, rule: Rule<never>) =>
  fromTypeorm().query!({ entity, resolve: () => database as never }, rule.node);
const where = (rule: Rule<Order>, caller = alice, audience = NONE) =>
  compile(Order, rule as never)(caller, audience);

beforeAll(async () => {
  database = await openDatabase();
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
    expect(where(r.any(r.owner(), r.all(r.where('status', 'open'), r.owner('account.ownerId'))))).toEqual([
      { userId: 'alice' },
      { status: 'open', account: { ownerId: 'alice' } },
    ]);
  });

  it('is new for each request, so that what a handler does to it ends with the request', () => {
    const query = compile(Order, r.owner('account.ownerId') as never);
    const first = query(alice, NONE) as { account: { ownerId: string } };
    first.account.ownerId = 'mallory';
    expect(query(alice, NONE)).toEqual({ account: { ownerId: 'alice' } });
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
    expect(where(r.where('account.plan', null))).toEqual({ account: { plan: IsNull(), id: Not(IsNull()) } });
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

  it('more than 64 alternatives', () => {
    const either = (n: number) =>
      article.any(article.where('status', `a${n}`), article.where('slug', `b${n}`));
    const rule = (n: number) =>
      article.all(either(0), ...Array.from({ length: n - 1 }, (_, i) => either(i + 1)));
    expect(() => compile(Article, rule(6) as never)).not.toThrow();
    expect(() => compile(Article, rule(7) as never)).toThrow('more than 64 alternatives');
    expect(() => compile(Article, rule(40) as never)).toThrow('more than 64 alternatives');
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
