import { Controller, Param, Post } from '@nestjs/common';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Denial } from '../../lib/core/decision.js';
import type { Principal } from '../../lib/core/principal.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { ALICE, BOB, callOf, Notice, Order, routeOf, Seat, shop, SUE } from './shop.js';

const IDS = { from: { body: 'ids' }, many: true } as const;

@Controller('orders')
class Orders {
  @Post('cancel') @Owns(Order, IDS) cancel(@Loaded() orders: Order[]) {
    return orders;
  }
  @Post('update') @Can('update', Order, IDS) update(@Loaded() orders: Order[]) {
    return orders;
  }
  @Post(':id/merge')
  @Can('update', Order)
  @Can('read', Order, { ...IDS, guardOnly: true })
  merge(@Param('id') _id: string, @Loaded() order: Order) {
    return order;
  }
  @Post('notices/:id')
  @Can('update', Order, { from: { body: 'order' } })
  @Can('read', Notice)
  two(@Loaded() notice: Notice, @Loaded() order: Order) {
    return [notice, order];
  }
  @Post('seats') @Can('swap', Seat, { from: { body: 'seats' }, many: true }) seats(@Loaded() seats: Seat[]) {
    return seats;
  }
}

function ask(caller: Principal, method: string, body: unknown, params = {}, at = shop()) {
  const call = callOf(caller, { body, params });
  const denial = routeOf(at.control, Orders, method).decide(call) as Denial | undefined;
  return { reason: denial?.reason, loaded: call.facts.loaded, at };
}

const idsOf = (loaded: unknown) => (loaded as Order[]).map(({ id }) => id);

describe('many ids of a body', () => {
  it('are loaded at once, each once, in order', () => {
    const { reason, loaded, at } = ask(ALICE, 'cancel', { ids: ['a2', 'a1', 'A2', 'a2'] });
    expect(reason).toBeUndefined();
    expect(at.orders.calls).toEqual([['a2', 'a1']]);
    expect(idsOf(loaded!.get(Order))).toEqual(['a2', 'a1']);
  });

  it.each([
    ['none', []],
    ['101', Array.from({ length: 101 }, () => 'a1')],
    ['no list', 'a1'],
    ['a list-like', { length: 1, 0: 'a1' }],
    ['nothing', undefined],
    ['a list with a malformed one', ['a1', '!']],
    ['a list with an operator', ['a1', { $ne: null }]],
    ['a list with a hole', ['a1', null]],
    ['a nested list', [['a1']]],
  ])('%s is 404, and nothing is loaded', (_name, ids) => {
    const { reason, at } = ask(ALICE, 'cancel', { ids });
    expect([reason, at.orders.calls]).toEqual(['access.id', []]);
  });

  it('100 are loaded', () => {
    expect(ask(ALICE, 'cancel', { ids: Array.from({ length: 100 }, () => 'a1') }).reason).toBeUndefined();
  });

  it.each([
    ['a foreign one', ['a1', 'b1'], 'access.hidden'],
    ['a missing one', ['a1', 'zz'], 'access.missing'],
    ["nobody's", ['a1', 'n1'], 'access.hidden'],
  ])('%s among them refuses all', (_name, ids, reason) => {
    const { reason: given, loaded } = ask(ALICE, 'cancel', { ids });
    expect([given, loaded]).toEqual([reason, undefined]);
  });

  it('a foreign one outweighs one that is refused, in either order', () => {
    expect(ask(ALICE, 'update', { ids: ['a1', 'a3'] }).reason).toBe('access.action');
    expect(ask(ALICE, 'update', { ids: ['a3', 'b1'] }).reason).toBe('access.hidden');
    expect(ask(ALICE, 'update', { ids: ['b1', 'a3'] }).reason).toBe('access.hidden');
    expect(ask(ALICE, 'update', { ids: ['a3', 'zz'] }).reason).toBe('access.missing');
  });

  it('of a composite id take its parts and nothing else', () => {
    const seat = { row: 1, letter: 'A' };
    const { reason, at, loaded } = ask(ALICE, 'seats', { seats: [{ ...seat, $where: 'x' }, seat] });
    expect(reason).toBeUndefined();
    expect(at.seats.calls).toEqual([[seat]]);
    expect(loaded!.get(Seat)).toHaveLength(1);
    expect(ask(BOB, 'seats', { seats: [seat] }).reason).toBe('access.hidden');
    expect(ask(ALICE, 'seats', { seats: [{ row: 1 }] }).reason).toBe('access.id');
  });

  it('admit exactly when every single one would be admitted', () => {
    const ids = fc.array(fc.constantFrom('a1', 'a2', 'a3', 'b1', 'b2', 'n1', 'zz', '!'), { maxLength: 8 });
    fc.assert(
      fc.property(
        ids,
        fc.constantFrom(ALICE, BOB, SUE),
        fc.constantFrom('cancel', 'update'),
        (list, caller, method) => {
          const together = ask(caller, method, { ids: list }).reason;
          const alone = list.map((id) => ask(caller, method, { ids: [id] }).reason);
          expect(together === undefined).toBe(
            list.length > 0 && alone.every((reason) => reason === undefined),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('several places', () => {
  it('of one resource are loaded in one call, and the handler gets its own', () => {
    const { reason, loaded, at } = ask(ALICE, 'merge', { ids: ['a2', 'a1'] }, { id: 'a1' });
    expect(reason).toBeUndefined();
    expect(at.orders.calls.map((ids) => new Set(ids))).toEqual([new Set(['a1', 'a2'])]);
    expect(loaded!.get(Order)).toMatchObject({ id: 'a1' });
  });

  it('each have to pass', () => {
    expect(ask(ALICE, 'merge', { ids: ['b1'] }, { id: 'a1' }).reason).toBe('access.hidden');
    expect(ask(ALICE, 'merge', { ids: ['a1'] }, { id: 'b1' }).reason).toBe('access.hidden');
    expect(ask(ALICE, 'merge', { ids: ['a1'] }, { id: 'a3' }).reason).toBe('access.action');
    expect(ask(ALICE, 'merge', { ids: ['b1'] }, { id: 'a3' }).reason).toBe('access.hidden');
  });

  it('of two resources are both loaded', async () => {
    const at = shop();
    at.orders.async = true;
    const call = callOf(ALICE, { body: { order: 'a2' }, params: { id: 'a1' } });
    expect(await routeOf(at.control, Orders, 'two').decide(call)).toBeUndefined();
    expect(call.facts.loaded!.get(Order)).toMatchObject({ id: 'a2' });
    expect(call.facts.loaded!.get(Notice)).toMatchObject({ id: 'a1' });
    const foreign = callOf(BOB, { body: { order: 'b1' }, params: { id: 'a1' } });
    expect(await routeOf(at.control, Orders, 'two').decide(foreign)).toMatchObject({
      reason: 'access.foreign',
    });
  });
});
