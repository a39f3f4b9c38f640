import { Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import { resolveAuthorization } from '../../lib/pipeline/authorization/authorization.options.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Lists } from '../../lib/pipeline/authorization/lists.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { Scopes } from '../../lib/pipeline/authorization/scopes.decorator.js';
import { Unbound } from '../../lib/pipeline/authorization/unbound.decorator.js';
import { Where } from '../../lib/pipeline/authorization/where.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { defineResource } from '../../lib/policy/resource.js';
import { ALICE, callOf, Notice, Order, routeOf, Rows, shop } from './shop.js';
import { declare } from './declare.js';

// What types refuse, JavaScript writes.
const loose = <F>(decorator: F) =>
  decorator as unknown as (...args: unknown[]) => (...target: unknown[]) => void;

class Target {
  act() {}
}
const method = [Target.prototype, 'act', Object.getOwnPropertyDescriptor(Target.prototype, 'act')!];

describe('a decorator that says nothing usable', () => {
  it.each<[string, () => void]>([
    ['@Roles()', () => loose(Roles)()(...method)],
    ["@Roles('')", () => loose(Roles)('')(...method)],
    ['@Scopes()', () => loose(Scopes)()(...method)],
    ['@Scopes with a blank', () => loose(Scopes)('a b')(...method)],
    ['@Scopes with a quote', () => loose(Scopes)('a"b')(...method)],
    ['@Scopes with a line break', () => loose(Scopes)('a\r\nSet-Cookie: x')(...method)],
    ['@Can without an action', () => loose(Can)(undefined, Order)(...method)],
    ['@Can without a class', () => loose(Can)('read', undefined)(...method)],
    ['@Owns without a class', () => loose(Owns)(undefined)(...method)],
    ['@Owns from two places', () => loose(Owns)(Order, { from: { body: 'a', param: 'b' } })(...method)],
    ['@Owns from nowhere', () => loose(Owns)(Order, { from: {} })(...method)],
    ['@Owns from an unknown place', () => loose(Owns)(Order, { from: { cookie: 'a' } })(...method)],
    [
      '@Owns of many from the path',
      () => loose(Owns)(Order, { from: { param: 'a' }, many: true })(...method),
    ],
    ['@Owns on a class', () => loose(Owns)(Order)(Target)],
    ['@Lists without a class', () => loose(Lists)(undefined)(...method)],
    ['@Loaded(undefined)', () => loose(Loaded)(undefined)(Target.prototype, 'act', 0)],
    ['@Where(undefined)', () => loose(Where)(undefined)(Target.prototype, 'act', 0)],
    ['@Unbound without a reason', () => loose(Unbound)('id')(...method)],
    ['@Unbound with a blank reason', () => loose(Unbound)('id', ' ')(...method)],
    ['@Unbound without a parameter', () => loose(Unbound)('', 'why')(...method)],
    ['@WritesTo without a class', () => loose(WritesTo)(undefined)(Target)],
    ['@WritableBy()', () => loose(WritableBy)()(Target.prototype, 'x')],
    ['@WritableBy on a static property', () => loose(WritableBy)('user')(Target, 'x')],
    ['@WritableBy on a symbol', () => loose(WritableBy)('user')(Target.prototype, Symbol('x'))],
  ])('%s', (_name, decorate) => {
    expect(decorate).toThrow(SecurityConfigError);
    expect(decorate).toThrow(/^\[access\.invalid\] Target/);
  });
});

describe('what a handler is handed', () => {
  class Orders {
    @Get(':id') @Can('read', Order) get(@Loaded() order: Order) {
      return order;
    }
    @Get() list(@Where(Order) mine: unknown, @Loaded(Notice) notice: Notice) {
      return [mine, notice];
    }
  }
  const factory = (name: string, index: number) =>
    declare(Orders, name).parameters[index]!.factory as (data: unknown, context: unknown) => unknown;

  it('is what was checked', () => {
    const at = shop();
    const call = callOf(ALICE, { params: { id: 'a1' } });
    expect(() => factory('get', 0)(undefined, call.context)).toThrow(SecurityDenial);
    void routeOf(at.control, Orders, 'get').decide(call);
    expect(factory('get', 0)(undefined, call.context)).toBe(at.orders.rows[0]);
  });

  it('is nothing where nothing was checked', () => {
    const call = callOf(ALICE);
    void routeOf(shop().control, Orders, 'list').decide(call);
    for (const index of [0, 1])
      expect(() => factory('list', index)(undefined, call.context)).toThrow(SecurityDenial);
    const unseen = { switchToHttp: () => ({ getRequest: () => ({}) }) };
    expect(() => factory('get', 0)(undefined, unseen)).toThrow(SecurityDenial);
  });
});

describe('the option', () => {
  const load = new Rows<Order>([], ['id']);
  const resource = defineResource(Order, { id: 'id', owner: 'userId', load, can: () => ({}) });

  it('may be left out', () => {
    expect(resolveAuthorization(undefined)).toEqual({ roles: {}, resources: [], obligations: {} });
    expect(resolveAuthorization({ roles: { user: [] }, resources: [resource] })).toEqual({
      roles: { user: [] },
      resources: [resource],
      obligations: {},
    });
  });

  it.each([
    [null, 'authorization is null'],
    [{ role: {} }, 'did you mean authorization.roles?'],
    [{ roles: ['user'] }, 'authorization.roles is an array'],
    [{ roles: 'user' }, 'authorization.roles is a string'],
    [{ resources: resource }, 'authorization.resources is an object'],
    [{ resources: [resource, undefined] }, 'authorization.resources[1] is undefined'],
    [{ resources: [Order] }, 'authorization.resources[0] is a function'],
  ])('%o is refused', (raw, message) => {
    expect(() => resolveAuthorization(raw)).toThrow(SecurityConfigError);
    expect(() => resolveAuthorization(raw)).toThrow(message);
  });
});
