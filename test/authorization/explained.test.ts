import { expect, it } from 'vitest';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { defineResource } from '../../lib/policy/resource.js';
import { BOB, callOf, controlOf, Order, Rows, ROLES, routeOf } from './shop.js';

class Orders {
  @Can('update', Order, { guardOnly: true })
  update(): void {}
  @Can('read', Order, { guardOnly: true })
  read(): void {}
  @Owns(Order, { guardOnly: true })
  own(): void {}
}

const row = Object.assign(new Order(), { id: 'a1', userId: 'alice', status: 'paid' });
const resource = defineResource(Order, {
  id: 'id',
  owner: 'userId',
  load: new Rows<Order>([row], ['id']),
  can: (r) => ({
    read: r.any(r.owner(), r.where('status', 'paid')),
    update: r.all(r.owner(), r.where('status', 'open')),
  }),
});
const noteOf = async (method: 'update' | 'read' | 'own', explained: boolean, caller = BOB) => {
  const denial = await routeOf(controlOf([resource], ROLES, explained), Orders, method).decide(
    callOf(caller, { params: { id: 'a1' } }),
  );
  return denial?.note;
};

it('in development a denial names the rules that refused, and no value', async () => {
  expect(await noteOf('update', true)).toBe("Order: update: owner('userId') no");
  expect(await noteOf('own', true)).toBe("Order: owner: owner('userId') no");
  expect(await noteOf('read', true)).toBeUndefined();
  row.status = 'open';
  expect(await noteOf('read', true)).toBe("Order: read: owner('userId') no, where('status', 'paid') no");
  row.status = 'paid';
});

it('otherwise it names the action alone', async () => {
  expect(await noteOf('update', false)).toBe('Order: update');
  expect(await noteOf('own', false)).toBe('Order: owner');
});
