import * as fc from 'fast-check';
import type { DataSource, FindOptionsWhere } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Audience } from '../../../lib/core/audience.js';
import type { Principal } from '../../../lib/core/principal.js';
import { listQuery } from '../../../lib/integrations/typeorm/list-query.js';
import { typeormLoader } from '../../../lib/integrations/typeorm/typeorm-loader.js';
import { alternativesOf } from '../../../lib/policy/alternatives.js';
import { compilePredicate } from '../../../lib/policy/predicate.js';
import type { RuleNode } from '../../../lib/policy/rule.js';
import { Account, Clerk, Member, openDatabase, Order, Shop, uuid, Watcher } from './database.js';

const USERS = ['alice', 'bob', 'carol', "o'hara; --"];
const OWNERS = [
  'userId',
  'account.ownerId',
  'account.members.userId',
  'shop.managerId',
  'shop.clerks.userId',
  'watchers.userId',
];
const WHERES: Array<[string, Array<string | number | boolean | null>]> = [
  ['status', ['open', 'paid']],
  ['userId', ['alice', 'bob']],
  ['total', [0, -5, 7]],
  ['paid', [true, false]],
  ['note', [null, '', 'x']],
  ['address.city', [null, 'Bern']],
  ['account.id', [1, 2, null]],
  ['account.plan', [null, 'pro']],
  ['account.members.level', [1, 2]],
  ['account.members.active', [true, false]],
  ['account.members.left', [null, 'x']],
  ['shop.id', [1]],
  ['watchers.role', [null, 'editor']],
];
const PATHS = [...OWNERS, ...WHERES.map(([path]) => path)].map((path) => path.split('.'));

const leaf: fc.Arbitrary<RuleNode> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(...OWNERS).map((path): RuleNode => ({ kind: 'owner', path: path.split('.') })),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...WHERES)
      .chain(([path, values]) =>
        fc
          .constantFrom(...values)
          .map((value): RuleNode => ({ kind: 'where', property: path.split('.'), value })),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('admin', 'support').map((role): RuleNode => ({ kind: 'role', role })),
  },
);
const { rule } = fc.letrec<{ rule: RuleNode }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    // Two alternatives over the same related rows: what one choice of rows means shows here.
    fc.tuple(leaf, leaf, leaf, leaf).map(([a, b, c, d]): RuleNode => ({
      kind: 'all',
      rules: [
        { kind: 'any', rules: [a, b] },
        { kind: 'any', rules: [c, d] },
      ],
    })),
    fc.array(tie('rule'), { minLength: 0, maxLength: 3 }).map((rules): RuleNode => ({ kind: 'any', rules })),
    fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((rules): RuleNode => ({ kind: 'all', rules })),
  ),
}));

let database: DataSource;
let orders: Order[];

beforeAll(async () => {
  database = await openDatabase();
  await fill(database);
  const metadata = database.getMetadata(Order);
  const loader = typeormLoader<Order>(database, metadata, ['id'], PATHS);
  const ids = Array.from({ length: 60 }, (_, n) => uuid(n));
  orders = (await loader.loadMany(ids)) as Order[];
  expect(orders.map(({ id }) => id)).toEqual(ids);
});
afterAll(() => database.destroy());

it('the object check and the list query agree on every row, for 1000 random rules', async () => {
  let telling = 0;
  await fc.assert(
    fc.asyncProperty(
      rule,
      fc.constantFrom(...USERS),
      fc.subarray(['admin', 'support']),
      async (node, id, roles) => {
        fc.pre(alternativesOf(node, 64) !== undefined);
        const caller = { id } as Principal;
        const audience: Audience = { roles: new Set(roles) };
        const where = listQuery(database, database.getMetadata(Order), node)(caller, audience);
        const predicate = compilePredicate(node);
        const listed = await database
          .getRepository(Order)
          .find({ where: where as FindOptionsWhere<Order>[], select: { id: true } });
        const admitted = orders.filter((order) => predicate(order, caller, audience));
        expect(new Set(listed.map((order) => order.id))).toEqual(new Set(admitted.map((order) => order.id)));
        if (listed.length > 0 && listed.length < orders.length) telling++;
      },
    ),
    { seed: 20261123, numRuns: 1000 },
  );
  // Rules that admit all or nothing would agree by accident.
  expect(telling).toBeGreaterThan(300);
});

async function fill(source: DataSource): Promise<void> {
  // Deterministic, and independent enough in its columns that combinations occur.
  let state = 7;
  const pick = <T>(values: readonly T[]): T => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return values[Math.floor(state / 65_536) % values.length]!;
  };
  const user = () => pick(USERS);
  const save = (entity: new () => object, rows: object[]) =>
    source.getRepository(entity).save(rows, { chunk: 50 });

  const accounts = Array.from({ length: 8 }, (_, n) => ({
    id: n + 1,
    ownerId: pick([user(), null]),
    plan: pick([null, 'pro', 'free']),
  }));
  await save(Account, accounts);
  const members = Array.from({ length: 18 }, (_, n) => ({
    id: n + 1,
    userId: pick([user(), null]),
    level: pick([1, 2]),
    active: pick([true, false]),
    left: pick([null, 'x']),
    account: pick(accounts.slice(0, 6)),
  }));
  await save(Member, members);
  const shops = [1, 2, 3].map((id) => ({ id, managerId: user() }));
  await save(Shop, shops);
  await save(
    Clerk,
    Array.from({ length: 4 }, (_, n) => ({ id: n + 1, userId: user(), shop: pick(shops.slice(0, 2)) })),
  );
  const rows = Array.from({ length: 60 }, (_, n) => ({
    id: uuid(n),
    userId: user(),
    status: pick(['open', 'paid', 'void']),
    total: pick([0, -5, 7]),
    paid: pick([true, false]),
    note: pick([null, '', 'x']),
    address: { city: pick([null, 'Bern']) },
    account: pick([null, ...accounts]),
    shop: pick(shops),
  }));
  await save(Order, rows);
  const watchers = Array.from({ length: 50 }, (_, n) => ({
    id: n + 1,
    userId: user(),
    role: pick([null, 'editor']),
    order: pick(rows.slice(0, 40)),
  }));
  await save(Watcher, watchers);
  await source.getRepository(Account).softDelete([2]);
}
