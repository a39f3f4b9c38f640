import { Controller, Get, Post, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../../lib/core/reason.js';
import type { Denial } from '../../lib/core/decision.js';
import type { Principal } from '../../lib/core/principal.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Lists } from '../../lib/pipeline/authorization/lists.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { Scopes } from '../../lib/pipeline/authorization/scopes.decorator.js';
import { Where } from '../../lib/pipeline/authorization/where.decorator.js';
import { ACCESS } from '../../lib/core/access.js';
import { setMetadata } from '../../lib/core/metadata.js';
import {
  ALICE,
  BOB,
  callOf,
  Notice,
  Order,
  ROOT,
  routeOf,
  Seat,
  shop,
  SUE,
  principal,
  type Asked,
} from './shop.js';

@Controller('orders')
class Orders {
  @Get(':id') @Can('read', Order) get(@Loaded() order: Order) {
    return order;
  }
  @Get(':id') @Can('update', Order) patch(@Loaded() order: Order) {
    return order;
  }
  @Get(':id') @Owns(Order) remove(@Loaded() order: Order) {
    return order;
  }
  @Get(':id') @Can('refund', Order) refund(@Loaded() order: Order) {
    return order;
  }
  @Get(':id') @Can('audit', Order) audit(@Loaded() order: Order) {
    return order;
  }
  @Get(':id') @Roles('support') @Can('read', Order) support(@Loaded() order: Order) {
    return order;
  }
  @Get(':id') @Can('read', Order) @Owns(Order) both(@Loaded() order: Order) {
    return order;
  }
  @Get() @Can('read', Order, { from: { query: 'order' } }) byQuery(@Loaded() order: Order) {
    return order;
  }
  @Get() @Can('read', Order, { from: { header: 'X-Order' } }) byHeader(@Loaded() order: Order) {
    return order;
  }
  @Post() @Can('read', Order, { from: { body: 'order' } }) byBody(@Loaded() order: Order) {
    return order;
  }
  @Get() @Lists(Order) list(@Where() mine: unknown) {
    return mine;
  }
  @Get() @Scopes('orders:read', 'orders:write') scoped() {}
  @Get() undeclared() {}
}

@Controller('notices')
class Notices {
  @Get(':id') @Can('read', Notice) get(@Loaded() notice: Notice) {
    return notice;
  }
  @Get(':id') @Owns(Notice) remove(@Loaded() notice: Notice) {
    return notice;
  }
}

@Controller('seats')
class Seats {
  @Get(':row/:letter') @Can('swap', Seat) swap(@Loaded() seat: Seat) {
    return seat;
  }
  @Get(':row/:letter') @Owns(Seat) free(@Loaded() seat: Seat) {
    return seat;
  }
}

const id = (value: unknown): Asked => ({ params: { id: value } });

function ask(
  caller: Principal | null,
  method: string,
  asked: Asked = {},
  controller: Type = Orders,
  at = shop(),
) {
  const call = callOf(caller, asked);
  const denial = routeOf(at.control, controller, method).decide(call) as Denial | undefined;
  return { reason: denial?.reason, denial, facts: call.facts };
}

describe('one object', () => {
  it('is loaded once and kept for the handler', () => {
    const at = shop();
    const { reason, facts } = ask(ALICE, 'get', id('a1'), Orders, at);
    expect(reason).toBeUndefined();
    expect(facts.loaded).toEqual(new Map([[Order, at.orders.rows[0]]]));
    expect(facts.authorized).toBe(true);
    expect([...facts.audience!.roles]).toEqual(['user']);
    expect(at.orders.calls).toEqual([['a1']]);
  });

  it.each([
    ['the owner', ALICE, undefined],
    ['a role of the rule', SUE, undefined],
    ['a role that includes it', ROOT, undefined],
    ['a stranger', BOB, 'access.hidden'],
    ['nobody', null, 'token.missing'],
  ])('is readable for %s', (_name, caller, reason) => {
    expect(ask(caller, 'get', id('a1')).reason).toBe(reason);
  });

  it.each([
    ['patch', ALICE, 'a1', undefined],
    ['patch', ALICE, 'a3', 'access.action'],
    ['patch', SUE, 'a1', 'access.action'],
    ['patch', BOB, 'a1', 'access.hidden'],
    ['remove', ALICE, 'a1', undefined],
    ['remove', ROOT, 'a1', 'access.action'],
    ['remove', BOB, 'a1', 'access.hidden'],
    ['refund', ROOT, 'a1', undefined],
    ['refund', ALICE, 'a1', 'access.action'],
    ['refund', BOB, 'a1', 'access.hidden'],
    // The rule of the action alone admits; reading is not asked for besides.
    ['audit', BOB, 'a1', undefined],
    ['both', SUE, 'a1', 'access.action'],
    ['both', ALICE, 'a1', undefined],
  ])('%s, case %#', (method, caller, order, reason) => {
    expect(ask(caller, method, id(order)).reason).toBe(reason);
  });

  it('two checks of one object load it once', () => {
    const at = shop();
    ask(ALICE, 'both', id('a1'), Orders, at);
    expect(at.orders.calls).toEqual([['a1']]);
  });

  it('what nobody owns is owned by nobody, whatever their id', () => {
    for (const caller of ['', 'undefined', 'null', undefined as unknown as string]) {
      expect(ask(principal(caller), 'remove', id('n1')).reason).toBe('access.hidden');
    }
  });

  it('unknown roles add nothing', () => {
    expect(ask(principal('eve', ['root', 'SUPPORT', '__proto__', 'support ']), 'get', id('a1')).reason).toBe(
      'access.hidden',
    );
    expect(ask(principal('eve', ['constructor']), 'support', id('a1')).reason).toBe('access.role');
  });

  it('missing, malformed and hidden are the same 404: same status, same problem, nothing else', () => {
    const denials = [
      ask(BOB, 'get', id('a1')).denial!,
      ask(BOB, 'get', id('zz')).denial!,
      ask(BOB, 'get', id('../../etc')).denial!,
      ask(BOB, 'get', {}).denial!,
    ];
    expect(denials.map(({ reason }) => reason)).toEqual([
      'access.hidden',
      'access.missing',
      'access.id',
      'access.id',
    ]);
    for (const { reason, headers, errors, status } of denials) {
      expect([REASONS[reason], headers, errors, status]).toEqual([
        { status: 404, problem: 'not-found' },
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  it('what is no id never reaches the loader', () => {
    const at = shop();
    const parsed: unknown[] = [];
    at.orders.parser = (raw) => parsed.push(raw);
    for (const value of [
      { $ne: null },
      ['a1'],
      null,
      true,
      '',
      Number.NaN,
      undefined,
      new Date(0),
      { id: 'a1' },
    ]) {
      expect(ask(ALICE, 'get', id(value), Orders, at).reason).toBe('access.id');
      expect(ask(ALICE, 'byBody', { body: { order: value } }, Orders, at).reason).toBe('access.id');
    }
    expect([parsed, at.orders.calls]).toEqual([[], []]);
  });

  it.each([
    ['byQuery', { query: { order: 'a1' } }, undefined],
    ['byQuery', { query: { order: ['a1', 'b1'] } }, 'access.id'],
    ['byHeader', { headers: { 'x-order': 'a1' } }, undefined],
    ['byHeader', {}, 'access.id'],
    ['byBody', { body: { order: 'a1' } }, undefined],
    ['byBody', { body: Object.create({ order: 'a1' }) as object }, 'access.id'],
    ['byBody', { body: 'order' }, 'access.id'],
    ['byBody', { body: null }, 'access.id'],
    ['byBody', { body: undefined }, 'access.id'],
    ['byBody', { body: [{ order: 'a1' }] }, 'access.id'],
  ])('%s %o: %s', (method, asked, reason) => {
    expect(ask(ALICE, method, asked).reason).toBe(reason);
  });
});

describe('without concealment', () => {
  it('a foreign object is 403, a missing one 404', () => {
    expect(ask(BOB, 'get', id('a1'), Notices).reason).toBe('access.foreign');
    expect(ask(BOB, 'remove', id('a1'), Notices).reason).toBe('access.foreign');
    expect(ask(BOB, 'get', id('zz'), Notices).reason).toBe('access.missing');
    expect(ask(BOB, 'get', id('b1'), Notices).reason).toBeUndefined();
  });
});

describe('a composite id', () => {
  const seat = (row: unknown, letter: unknown): Asked => ({ params: { row, letter, extra: { $gt: '' } } });

  it('is read from the parameters of its names', () => {
    const at = shop();
    expect(ask(ALICE, 'swap', seat('1', 'A'), Seats, at).reason).toBeUndefined();
    expect(at.seats.calls).toEqual([[{ row: '1', letter: 'A' }]]);
    expect(ask(ALICE, 'swap', seat('1', 'B'), Seats).reason).toBe('access.missing');
    expect(ask(ALICE, 'swap', seat('1', { $gt: '' }), Seats).reason).toBe('access.id');
    expect(ask(ALICE, 'swap', seat('1', undefined), Seats).reason).toBe('access.id');
  });

  it('without a read rule a foreign object is hidden', () => {
    expect(ask(BOB, 'free', seat('1', 'A'), Seats).reason).toBe('access.hidden');
    expect(ask(BOB, 'swap', seat('1', 'A'), Seats).reason).toBe('access.hidden');
  });
});

describe('roles and scopes', () => {
  it('come before the object', () => {
    const at = shop();
    expect(ask(ALICE, 'support', id('a1'), Orders, at).denial).toEqual({
      reason: 'access.role',
      note: 'needs support',
    });
    expect(at.orders.calls).toEqual([]);
    expect(ask(ROOT, 'support', id('a1')).reason).toBeUndefined();
  });

  it('a missing scope is answered with the challenge of RFC 6750', () => {
    const { denial } = ask(principal('alice', [], ['orders:read']), 'scoped');
    expect(denial).toMatchObject({
      reason: 'access.scope',
      headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope", scope="orders:read orders:write"' },
    });
    expect(
      ask(principal('alice', [], ['orders:write', 'orders:read', 'x']), 'scoped').reason,
    ).toBeUndefined();
    expect(ask(null, 'scoped').denial).toMatchObject({
      reason: 'token.missing',
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  });

  it('an undeclared route admits nobody', () => {
    expect(ask(ROOT, 'undeclared').reason).toBe('access.undeclared');
  });

  it('a rule beside @Public, accepted by a baseline, still holds', () => {
    class Odd {
      @Get() @Roles('admin') act() {}
    }
    setMetadata(ACCESS.public, 'why', Odd);
    expect(ask(null, 'act', {}, Odd).reason).toBe('token.missing');
    expect(ask(ALICE, 'act', {}, Odd).reason).toBe('access.role');
    expect(ask(ROOT, 'act', {}, Odd).reason).toBeUndefined();
  });

  it('a public route admits nobody in particular', () => {
    class Open {
      @Get() act() {}
    }
    setMetadata(ACCESS.public, 'why', Open);
    const { reason, facts } = ask(null, 'act', {}, Open);
    expect([reason, facts.authorized, facts.audience!.roles.size]).toEqual([undefined, true, 0]);
  });
});

describe('a loader that fails', () => {
  class Broken extends Error {}

  it.each([
    ['throws', false],
    ['rejects', true],
  ])('%s: 503, and the log learns the class alone', async (_name, async) => {
    const at = shop();
    const fail = (): never => {
      throw new Broken('secret connection string');
    };
    if (async) at.orders.answer = () => Promise.reject(new Broken('secret connection string'));
    else at.orders.failure = fail;
    const call = callOf(ALICE, id('a1'));
    const denial = await routeOf(at.control, Orders, 'get').decide(call);
    expect(denial).toEqual({
      reason: 'access.loader',
      note: 'Order: Broken',
      headers: { 'Retry-After': '5' },
    });
    expect([call.facts.authorized, call.facts.loaded]).toEqual([false, undefined]);
  });

  it.each([
    ['nothing', () => undefined],
    ['a shorter list', () => []],
    ['a longer list', (rows: readonly unknown[]) => [...rows, ...rows]],
    ['an object', () => ({ length: 1, 0: {} })],
  ])('gives %s: 503', (_name, answer) => {
    const at = shop();
    at.orders.answer = answer;
    expect(ask(ALICE, 'get', id('a1'), Orders, at).reason).toBe('access.loader');
  });

  it('a parser that throws could not parse', () => {
    const at = shop();
    at.orders.parser = (raw) => BigInt(raw as string);
    expect(ask(ALICE, 'get', id('x'), Orders, at).reason).toBe('access.id');
  });
});

describe('promises', () => {
  it('a loader without one is answered without one', () => {
    const at = shop();
    expect(routeOf(at.control, Orders, 'get').decide(callOf(ALICE, id('a1')))).toBeUndefined();
    at.orders.async = true;
    expect(routeOf(at.control, Orders, 'get').decide(callOf(ALICE, id('a1')))).toBeInstanceOf(Promise);
  });

  it('an asynchronous loader is awaited, and a thenable too', async () => {
    const at = shop();
    at.orders.async = true;
    const allowed = callOf(ALICE, id('a1'));
    expect(await routeOf(at.control, Orders, 'get').decide(allowed)).toBeUndefined();
    expect([allowed.facts.authorized, allowed.facts.loaded?.get(Order)]).toEqual([true, at.orders.rows[0]]);
    const denied = callOf(BOB, id('a1'));
    expect(await routeOf(at.control, Orders, 'get').decide(denied)).toMatchObject({
      reason: 'access.hidden',
    });
    expect([denied.facts.authorized, denied.facts.loaded]).toEqual([false, undefined]);
    at.orders.async = false;
    // What some query builders are: awaited like a promise, and none.
    // oxlint-disable-next-line unicorn/no-thenable
    at.orders.answer = (rows) => ({ then: (done: (rows: unknown) => void) => done(rows) });
    expect(await routeOf(at.control, Orders, 'get').decide(callOf(BOB, id('a1')))).toMatchObject({
      reason: 'access.hidden',
    });
  });

  it('a request that is authorized is not authorized again', () => {
    const at = shop();
    const call = callOf(ALICE, id('a1'));
    const { decide } = routeOf(at.control, Orders, 'get');
    void decide(call);
    void decide(call);
    expect(at.orders.calls).toHaveLength(1);
  });
});

describe('lists', () => {
  it('the condition is made for the caller', () => {
    const { reason, facts } = ask(SUE, 'list');
    expect(reason).toBeUndefined();
    expect(facts.where!.get(Order)).toMatchObject({
      by: 'sue',
      roles: ['support', 'user'],
      rule: { kind: 'any' },
    });
    expect(ask(null, 'list').reason).toBe('token.missing');
  });

  it.each([undefined, null])('a query that answers %s would list every row: 503', (condition) => {
    const at = shop();
    at.orders.query = () => () => condition;
    expect(ask(ALICE, 'list', {}, Orders, at).denial).toMatchObject({ reason: 'access.loader' });
  });

  it('a query that throws is 503', () => {
    const at = shop();
    at.orders.query = () => () => {
      throw new TypeError('secret');
    };
    expect(ask(ALICE, 'list', {}, Orders, at).denial).toEqual({
      reason: 'access.loader',
      note: 'Order: TypeError',
      headers: { 'Retry-After': '5' },
    });
  });
});
