import { Controller, Patch } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { fromTypeorm } from '../../lib/integrations/typeorm/index.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { defineResource } from '../../lib/policy/resource.js';
import { openDatabase, Order as Stored } from '../integrations/typeorm/database.js';
import { ALICE, callOf, controlOf, Order, routeOf, shop } from './shop.js';

@Controller('orders')
class Orders {
  @Patch(':id') @Can('update', Order, { lock: 'update' }) locked(@Loaded() order: Order) {
    return order;
  }
  @Patch(':id') @Owns(Order) free(@Loaded() order: Order) {
    return order;
  }
}

const controlWith = (locks: boolean | undefined, asked: unknown[][]) =>
  controlOf([
    defineResource(Order, {
      id: 'id',
      owner: 'userId',
      load: {
        create: () => ({
          ...(locks === undefined ? {} : { locks }),
          parseId: (raw) => raw,
          loadMany: (...given) => {
            asked.push(given);
            return [Object.assign(new Order(), { id: 'a1', userId: 'alice' })];
          },
        }),
      },
      can: (r) => ({ read: r.owner(), update: r.owner() }),
    }),
  ]);

describe('a lock', () => {
  it('is asked of the loader where the route says so, by the raw request, and nowhere else', () => {
    const asked: unknown[][] = [];
    const send = (method: string) => {
      const call = callOf(ALICE, { params: { id: 'a1' } });
      expect(routeOf(controlWith(true, asked), Orders, method).decide(call)).toBeUndefined();
      return call.raw;
    };
    const request = send('locked');
    send('free');
    expect(asked).toEqual([[['a1'], { mode: 'update', request }], [['a1']]]);
  });

  it.each([undefined, false])('does not boot where the loader locks nothing (%s)', (locks) => {
    const { findings } = routeOf(controlWith(locks, []), Orders, 'locked');
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toEqual(['access.no-lock Orders.locked']);
    expect(routeOf(shop().control, Orders, 'locked').codes).toEqual(['access.no-lock']);
  });

  it('is no other lock', () => {
    expect(() => Can('read', Order, { lock: 'share' as 'update' })({}, 'x', { value() {} } as never)).toThrow(
      "lock: 'update'",
    );
  });

  it('needs who gives the transaction, and a database that locks rows', async () => {
    const database = await openDatabase();
    const context = { entity: Stored, ids: ['id'], paths: [] };
    const transactions = { transaction: () => database.manager };
    const create = (given: unknown) =>
      fromTypeorm({ transaction: 'tx' }).create({
        ...context,
        resolve: ((token: unknown) => (token === 'tx' ? given : database)) as never,
      });
    expect(() => create(undefined)).toThrow('finds nothing that gives the transaction of a request');
    expect(create(transactions).locks).toBe(false);
    await database.destroy();
  });
});
