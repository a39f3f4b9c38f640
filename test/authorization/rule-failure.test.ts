import { describe, expect, it } from 'vitest';
import type { Denial } from '../../lib/core/decision.js';
import { REASONS } from '../../lib/core/reason.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { explanationLines } from '../../lib/policy/explanation.js';
import { defineResource } from '../../lib/policy/resource.js';
import { EXPLAINER, type Explainer } from '../../lib/posture/explainer.js';
import type { ExplainedDecision } from '../../lib/posture/route-explanation.js';
import { startApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';
import { Desk, deskModule, Order as DeskOrder, Orders as DeskOrders } from './policies/desk.js';
import { ALICE, BOB, callOf, controlOf, Notice, Order, Rows, ROOT, routeOf, SUE } from './shop.js';

class Routes {
  @Can('update', Order, { guardOnly: true })
  update(): void {}
  @Can('update', Order, { from: { body: 'ids' }, many: true, guardOnly: true })
  all(): void {}
  @Can('approve', Order, { guardOnly: true })
  approve(): void {}
  @Can('inspect', Order, { guardOnly: true })
  inspect(): void {}
  @Can('update', Notice, { guardOnly: true })
  notice(): void {}
  @Owns(Notice, { guardOnly: true })
  own(): void {}
}

const boom = () => {
  throw new TypeError('of a1, which is alice’s');
};
const row = <T extends object>(type: new () => T, id: string, userId: string) =>
  Object.assign(new type(), { id, userId, status: 'open' });
const resources = [
  defineResource(Order, {
    id: 'id',
    owner: 'userId',
    load: new Rows<Order>([row(Order, 'a1', 'alice'), row(Order, 'b1', 'bob')], ['id']),
    can: (r) => ({
      read: r.any(r.owner(), r.role('support')),
      update: r.any(r.fn('recent', boom), r.owner()),
      approve: r.all(r.role('admin'), r.not(r.fn('recent', boom))),
      inspect: r.any(r.fn('recent', boom), r.role('admin')),
    }),
  }),
  defineResource(Notice, {
    id: 'id',
    owner: 'userId',
    load: new Rows<Notice>([row(Notice, 'a1', 'alice')], ['id']),
    can: (r) => ({ read: r.fn('published', boom), update: r.role('user') }),
  }),
];
const decide = (caller: typeof ALICE, method: keyof Routes, id = 'a1', all = resources) =>
  routeOf(controlOf(all), Routes, method).decide(
    callOf(caller, { params: { id }, body: { ids: id.split(',') } }),
  ) as Denial | undefined;

describe('a function of a rule that throws', () => {
  it('is unknown: what else the rule says may still admit, wherever it stands', () => {
    expect(decide(ALICE, 'update')).toBeUndefined();
    expect(decide(ROOT, 'inspect')).toBeUndefined();
  });

  it('is 503 for a caller who may read the object, with its name and not its message', () => {
    const denial = decide(SUE, 'update')!;
    expect(denial).toMatchObject({
      reason: 'access.rule-unavailable',
      note: "Order: update: fn('recent') threw TypeError",
    });
    expect(REASONS[denial.reason].status).toBe(503);
    expect(decide(ROOT, 'approve')!.reason).toBe('access.rule-unavailable');
  });

  it('is no 503 where the answer is no, whatever the function would say', () => {
    expect(decide(SUE, 'approve')).toMatchObject({ reason: 'access.action' });
  });

  it('is the 404 of a missing object for everybody else, and its log says why', () => {
    const [hidden, missing] = [decide(BOB, 'update')!, decide(BOB, 'update', 'zz')!];
    expect([hidden.reason, missing.reason]).toEqual(['access.hidden', 'access.missing']);
    expect(hidden.headers).toBeUndefined();
    expect(hidden.note).toBe("Order: update: fn('recent') threw TypeError");
  });

  it('is no read rule that admits: nobody knows who may know of the object', () => {
    expect(decide(BOB, 'own')).toMatchObject({
      reason: 'access.hidden',
      note: "Notice: owner; read: fn('published') threw TypeError",
    });
    // The rule of the action alone admits.
    expect(decide(BOB, 'notice')).toBeUndefined();
  });

  it('weighs less than an object that the caller may not know of', () => {
    const both = { ...BOB, roles: [] };
    expect(decide(SUE, 'all', 'a1,b1')!.reason).toBe('access.rule-unavailable');
    expect(decide(SUE, 'all', 'a1,zz')!.reason).toBe('access.missing');
    expect(decide(both, 'all', 'b1,a1')!.reason).toBe('access.hidden');
  });

  it('is 503 for everybody where the resource conceals nothing', () => {
    const open = resources.map((resource) => ({ ...resource, conceal: false }));
    expect(decide(BOB, 'update', 'a1', open)!.reason).toBe('access.rule-unavailable');
    expect(decide(BOB, 'own', 'a1', open)!.reason).toBe('access.foreign');
  });
});

it('is explained as it is answered', async () => {
  const rules = defineResource(DeskOrder, {
    id: 'id',
    owner: 'userId',
    load: DeskOrders,
    can: (r) => ({ read: r.owner(), refund: r.fn('recent', boom) }),
  });
  const app = await startApp(deskModule(new Desk(), { authorization: { resources: [rules] } }), 'express');
  const explainer = app.app.get<Explainer>(EXPLAINER, { strict: false });
  const call = async (caller: string, id: string) => {
    const authorization = await bearer(caller, ['user']);
    const response = await fetch(`${app.url}/orders/${id}/refund`, {
      method: 'POST',
      headers: { authorization },
    });
    const explained = await explainer.explain('POST /orders/:id/refund', {
      principal: { ...ALICE, id: caller },
      object: id,
    });
    const [{ answer, explanation }] = explained!.decisions as [ExplainedDecision];
    expect(answer).toBe(response.status);
    return [answer, explanation && explanationLines(explanation)];
  };
  const threw = ["unknown fn('recent')  threw TypeError"];
  expect(await call('alice', 'a1')).toEqual([503, threw]);
  expect(await call('bob', 'a1')).toEqual([404, threw]);
  expect(await call('bob', 'zz')).toEqual([404, undefined]);
  await app.close();
});
