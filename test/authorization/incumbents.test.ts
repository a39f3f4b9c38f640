import { Body, Controller, Get, Param, Patch } from '@nestjs/common';
import type { FindOptionsWhere } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../lib/core/decision.js';
import { fromTypeorm } from '../../lib/integrations/typeorm/index.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { OWNER } from '../../lib/policy/audiences.js';
import { defineResource } from '../../lib/policy/resource.js';
import { ruleBuilder, type Rule } from '../../lib/policy/rule.js';
import { openDatabase, Order as Row, Shop, uuid } from '../integrations/typeorm/database.js';
import { ALICE, callOf, controlOf, Order, principal, Rows, routeOf } from './shop.js';

// Mistakes that let a stranger in elsewhere: a guard that asks "may they update posts?" where it has no post, a serializer and an
// ORM that read nothing as everything.

const MALLORY = principal('mallory');

@WritesTo(Order)
class PatchOrder {
  @WritableBy(OWNER) note?: string | null;
  @WritableBy('admin') internalNote?: string | null;
}

@Controller('orders')
class Orders {
  @Patch(':id')
  @Can('update', Order)
  patch(@Param('id') _id: string, @Loaded() _order: Order, @Body() _dto: PatchOrder): void {}
  @Get(':id')
  @Can('publish', Order)
  publish(@Param('id') _id: string, @Loaded() _order: Order): void {}
}

const row = Object.assign(new Order(), { id: 'a1', userId: 'alice', note: null });
const resource = (load: unknown) =>
  defineResource(Order, {
    id: 'id',
    owner: 'userId',
    load: load as never,
    can: (r) => ({ read: r.owner(), update: r.owner() }),
  });
const decide = async (load: unknown, caller = MALLORY, body: object = {}): Promise<Decision> =>
  routeOf(controlOf([resource(load)]), Orders, 'patch').decide(
    callOf(caller, { params: { id: 'a1' }, body }),
  );

describe('the object of a check', () => {
  it('is loaded before the handler, and a stranger is refused', async () => {
    expect(await decide(new Rows([row], ['id']))).toMatchObject({ reason: 'access.hidden' });
    expect(await decide(new Rows([row], ['id']), ALICE)).toBeUndefined();
  });

  it('cannot be forgotten: without a loader the resource is none', () => {
    expect(() => resource(undefined)).toThrow('Order.load is undefined');
  });

  it('cannot be forgotten: without the resource the route admits nobody, and says so at boot', async () => {
    const route = routeOf(controlOf([]), Orders, 'patch');
    expect(route.codes).toContain('access.unknown-resource');
    expect(await route.decide(callOf(ALICE, { params: { id: 'a1' } }))).toMatchObject({
      reason: 'access.undeclared',
    });
  });

  it.each([
    ['null', [null]],
    ['undefined', [undefined]],
    ['another thing', ['a1']],
  ])('that the loader does not find (%s) is missing, not free', async (_name, answer) => {
    const rows = new Rows([row], ['id']);
    rows.answer = () => answer;
    expect(await decide(rows, ALICE)).toMatchObject({ reason: 'access.missing' });
  });

  it.each([
    ['an empty list', []],
    ['nothing', undefined],
  ])('for which the loader gives %s is not decided: 503', async (_name, answer) => {
    const rows = new Rows([row], ['id']);
    rows.answer = () => answer;
    expect(await decide(rows, ALICE)).toMatchObject({ reason: 'access.loader' });
  });

  it('is not enough for a property that nobody may write', async () => {
    expect(await decide(new Rows([row], ['id']), ALICE, { note: 'x' })).toBeUndefined();
    const denial = await decide(new Rows([row], ['id']), ALICE, { note: 'x', internalNote: 'x' });
    expect(denial?.errors?.map(({ pointer }) => pointer)).toEqual(['/internalNote']);
  });

  it('an action without a rule is a denial, and a finding', async () => {
    const route = routeOf(controlOf([resource(new Rows([row], ['id']))]), Orders, 'publish');
    expect(route.codes).toContain('access.unknown-action');
    expect(await route.decide(callOf(ALICE, { params: { id: 'a1' } }))).toMatchObject({
      reason: 'access.action',
    });
  });
});

describe('nothing is never everything', () => {
  let database: Awaited<ReturnType<typeof openDatabase>>;
  const r = ruleBuilder<Row>(['userId']);

  beforeAll(async () => {
    database = await openDatabase();
    await database.getRepository(Shop).save({ id: 1, managerId: 'm' });
    await database.getRepository(Row).save(
      [1, 2, 3].map((n) => ({
        id: uuid(n),
        userId: 'alice',
        status: 'open',
        total: 0,
        paid: false,
        note: null,
        address: { city: null },
        account: null,
        shop: { id: 1 },
      })),
    );
  });
  afterAll(() => database.destroy());

  const find = (where: unknown) =>
    database.getRepository(Row).find({ where: where as FindOptionsWhere<Row> });
  const ask = (rule: Rule<Row>, caller: unknown) =>
    fromTypeorm<Row>().query!({ entity: Row, ids: ['id'], resolve: () => database as never }, rule.node)(
      caller as typeof ALICE,
      {
        roles: new Set(),
      },
    );

  it('TypeORM reads an empty list of conditions as every row', async () => {
    expect(await find([])).toHaveLength(3);
    expect(await find({})).toHaveLength(3);
  });

  it.each<[string, Rule<Row>, unknown]>([
    ['no alternatives', r.any(), ALICE],
    ['alternatives that the caller lacks', r.any(r.role('support'), r.scope('all')), ALICE],
    ['a caller without id', r.any(r.owner(), r.where('status', 'open')), { ...ALICE, id: undefined }],
    ['a caller whose id is empty', r.not(r.owner()), { ...ALICE, id: '' }],
    ['no caller', r.not(r.owner()), undefined],
    ['a tenant that nobody has', r.same('note'), { ...ALICE, tenant: undefined }],
    ['not of a tenant that nobody has', r.not(r.same('status')), { ...ALICE, tenant: undefined }],
  ])('%s: no row, and no condition that is empty or undefined', async (_name, rule, caller) => {
    const where = ask(rule, caller);
    expect(Array.isArray(where)).toBe(false);
    expect(Object.values(where as object)).not.toContain(undefined);
    expect(Object.keys(where as object)).not.toEqual([]);
    expect(await find(where)).toEqual([]);
  });
});
