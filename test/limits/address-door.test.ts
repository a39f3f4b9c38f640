import { Controller, Get, Post } from '@nestjs/common';
import { SkipThrottle, Throttle } from '@nestjs/throttler';
import { describe, expect, it } from 'vitest';
import type { NamedThrottler } from '../../lib/pipeline/limits/limits.options.js';
import { RoutePattern, segmentsOf } from '../../lib/pipeline/limits/route-pattern.js';
import { callFor, declare, facts } from './declare.js';
import { limitsHouse } from './house.js';

function house(...throttlers: NamedThrottler[]) {
  let now = 1_790_000_000_000;
  const clock = () => now;
  const advance = (ms: number) => void (now += ms);
  return { ...limitsHouse(throttlers.length > 0 ? { throttlers } : undefined, { clock }), advance };
}
const two: NamedThrottler = { name: 'address', by: 'address', ttl: 60_000, limit: 2 };

describe('the toll of failed requests', () => {
  it('counts them by address, once each, and answers 429 when the address is spent', () => {
    const { toll } = house(two);
    const first = facts();
    expect([toll.charge(first), toll.charge(first), toll.charge(facts())]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(toll.charge(facts())).toEqual({
      reason: 'limit.exceeded',
      note: 'address',
      headers: { 'Retry-After': '30' },
    });
    expect(toll.charge(facts('203.0.113.8'))).toBeUndefined();
  });

  it('counts with the requests that succeed', () => {
    const { toll, store } = house(two);
    void store.run([
      {
        op: 'consume',
        key: 'address:address:203.0.113.7',
        rate: { algorithm: 'gcra', limit: 2, period: 60_000, burst: 2, block: 0 },
        cost: 1,
        enforced: true,
      },
    ]);
    expect(toll.charge(facts())).toBeUndefined();
    expect(toll.charge(facts())).toMatchObject({ reason: 'limit.exceeded' });
  });

  it('leaves alone what is already counted, and does nothing without a limit by address', () => {
    const { toll } = house({ ...two, limit: 1 });
    const counted = facts();
    counted.charged = true;
    for (let i = 0; i < 3; i++) expect(toll.charge(counted)).toBeUndefined();
    const users = house({ ...two, by: 'user' }, { ...two, name: 'route', scope: 'route' });
    for (let i = 0; i < 5; i++) expect(users.toll.charge(facts())).toBeUndefined();
  });
});

describe('a limit with a cost function', () => {
  const priced = (cost: NamedThrottler['cost']): NamedThrottler => ({ ...two, cost });

  it('counts a failed request as one, and asks the function nothing', () => {
    const { toll } = house(
      priced(() => {
        throw new TypeError('there is no body');
      }),
    );
    expect([toll.charge(facts()), toll.charge(facts())]).toEqual([undefined, undefined]);
    expect(toll.charge(facts())).toMatchObject({ reason: 'limit.exceeded', note: 'address' });
    const free = house(priced(() => 0)).toll;
    for (let i = 0; i < 2; i++) void free.charge(facts());
    expect(free.charge(facts())).toMatchObject({ reason: 'limit.exceeded' });
  });

  it('does not shut the door: what the next request costs is not known there', () => {
    @Controller('shop')
    class Shop {
      @Get() read() {}
    }
    const { door, toll, limits, stage } = house(priced(({ request }) => request.body as number));
    const read = stage(limits.compile(declare(Shop, 'read')).section);
    const call = (cost: number) => read(callFor(facts(), cost));
    for (let i = 0; i < 3; i++) void toll.charge(facts());
    for (let i = 0; i < 3; i++) void call(1);
    expect(call(1)).toMatchObject({ reason: 'limit.exceeded' });
    expect(door.check(facts(), 'GET', '/shop')).toBeUndefined();
    expect(call(0)).toBeUndefined();
  });

  it('is no reason to let a route past the door that has every other limit', () => {
    @Controller('shop')
    class Shop {
      @Get() @SkipThrottle({ priced: true }) read() {}
    }
    const { door, limits } = house(two, { ...priced(() => 1), name: 'priced' });
    limits.compile(declare(Shop, 'read'));
    door.refuse('203.0.113.7', 'address', 60_000);
    expect(door.check(facts(), 'GET', '/shop')).toBeDefined();
  });
});

describe('the front door', () => {
  it('is open to everybody until an address is spent, and to that one again when it is told', () => {
    const { door, toll, advance } = house(two);
    expect(door.check(facts(), 'GET', '/orders')).toBeUndefined();
    for (let i = 0; i < 3; i++) void toll.charge(facts());
    const refused = facts();
    expect(door.check(refused, 'GET', '/orders')).toEqual({
      reason: 'limit.exceeded',
      note: 'address',
      headers: { 'Retry-After': '30' },
    });
    expect(refused.charged).toBe(true);
    expect(door.check(facts('203.0.113.8'), 'GET', '/orders')).toBeUndefined();
    advance(29_999);
    expect(door.check(facts(), 'GET', '/orders')?.headers).toEqual({ 'Retry-After': '1' });
    advance(1);
    expect(door.check(facts(), 'GET', '/orders')).toBeUndefined();
    expect(toll.charge(facts())).toBeUndefined();
  });

  it('stays shut for a block', () => {
    const { door, toll, advance } = house({ ...two, blockDuration: 3_600_000 });
    for (let i = 0; i < 3; i++) void toll.charge(facts());
    advance(3_599_000);
    expect(door.check(facts(), 'GET', '/')?.headers).toEqual({ 'Retry-After': '1' });
  });

  it('counts IPv6 by /64', () => {
    const { door, toll } = house(two);
    for (let i = 0; i < 3; i++) void toll.charge(facts(`2001:db8::${i}`));
    expect(door.check(facts('2001:db8::ffff'), 'GET', '/')).toBeDefined();
    expect(door.check(facts('2001:db8:0:1::1'), 'GET', '/')).toBeUndefined();
  });

  it('remembers a bounded number of addresses, and none of a user', () => {
    const { door, advance } = house(two);
    for (let i = 0; i < 30_000; i++) door.refuse(`address ${i}`, 'address', 1000);
    expect(door.check(facts('203.0.113.7'), 'GET', '/')).toBeUndefined();
    advance(1000);
    door.refuse('203.0.113.7', 'address', 1000);
    expect(door.check(facts('203.0.113.7'), 'GET', '/')).toBeDefined();
  });

  it('never refuses a route that skips or replaces a limit by address', () => {
    @Controller('shop')
    class Shop {
      @Get('health') @SkipThrottle() health() {}
      @Get(':id') @Throttle({ address: { limit: 50, ttl: 1000 } }) own() {}
      @Get('a/b') @SkipThrottle({ user: true }) plain() {}
      @Post() create() {}
    }
    const { door, limits } = house(two, { ...two, name: 'user', by: 'user' });
    for (const method of ['health', 'own', 'plain', 'create']) limits.compile(declare(Shop, method));
    door.refuse('203.0.113.7', 'address', 60_000);
    const open = (method: string, path: string) => door.check(facts(), method, path) === undefined;
    expect([open('GET', '/shop/health'), open('GET', '/shop/17?x=1'), open('HEAD', '/SHOP/17/')]).toEqual([
      true,
      true,
      true,
    ]);
    expect([
      open('GET', '/shop/a/b'),
      open('POST', '/shop'),
      open('POST', '/shop/17'),
      open('GET', '/'),
    ]).toEqual([false, false, false, false]);
  });

  it('nor one that keeps but a limit by address that differs from caller to caller', () => {
    @Controller('shop')
    class Shop {
      @Get() @SkipThrottle({ address: true }) read() {}
    }
    const { door, limits } = house(two, { ...two, name: 'plan', limit: () => 1000 });
    limits.compile(declare(Shop, 'read'));
    door.refuse('203.0.113.7', 'address', 60_000);
    expect(door.check(facts(), 'GET', '/shop')).toBeUndefined();
  });
});

describe('what an address sends to this instance', () => {
  it('is counted for every route, also for one that skips the limits by address', () => {
    @Controller()
    class Shop {
      @Get(':any') @SkipThrottle() health() {}
    }
    const { door, limits } = limitsHouse({ throttlers: [two], door: { limit: 3, ttl: 60_000 } });
    limits.compile(declare(Shop, 'health'));
    const reasons = Array.from({ length: 5 }, () => door.check(facts(), 'GET', '/x')?.note);
    expect(reasons).toEqual([undefined, undefined, undefined, 'door', 'door']);
  });
});

describe('what an IPv6 site sends to this instance', () => {
  it('is sixteen times what each of its subscribers may send', () => {
    const { door } = limitsHouse({ throttlers: [two], door: { limit: 3, ttl: 60_000 } });
    const from = (i: number) => door.check(facts(`2001:db8:1:${i.toString(16)}::1`), 'GET', '/x')?.note;
    const notes = Array.from({ length: 60 }, (_, i) => from(i));
    expect(notes.indexOf('door')).toBe(48);
    expect(notes.filter((note) => note === undefined)).toHaveLength(48);
    expect(door.check(facts('2001:db8:2::1'), 'GET', '/x')).toBeUndefined();
    expect(Array.from({ length: 4 }, () => door.check(facts('2001:db8:3::1'), 'GET', '/x')?.note)).toEqual([
      undefined,
      undefined,
      undefined,
      'door',
    ]);
  });
});

describe('a lenient match', () => {
  const may = (path: string, request: string, method = 'GET') =>
    new RoutePattern({ method: 'GET', path }).mayMatch(method, segmentsOf(request));

  it.each([
    ['/orders/:id', '/orders/1'],
    ['/orders/:id', '//Orders//1/?a=/b'],
    ['/orders/:id.json', '/orders/1.json'],
    ['/orders/:from-:to', '/orders/1-2'],
    ['/orders', '/%6Frders'],
    ['/orders', '/orders;v=1'],
    ['/files/*path', '/files/a/b/c'],
    ['/files/*', '/files'],
    ['/files{/:id}', '/files'],
    ['/files{/:id}', '/files/1'],
    ['/users/:id(\\d+)/x', '/users/1/x'],
    ['/', '/'],
    ['/', ''],
  ])('%s may be meant by %s', (path, request) => expect(may(path, request)).toBe(true));

  it.each([
    ['/orders/:id', '/orders'],
    ['/orders/:id', '/orders/1/2'],
    ['/orders', '/users'],
    ['/files{/:id}', '/other'],
    ['/files/*path', '/other/x'],
  ])('%s is not meant by %s', (path, request) => expect(may(path, request)).toBe(false));

  it('looks at the method', () => {
    expect([may('/a', '/a', 'HEAD'), may('/a', '/a', 'OPTIONS'), may('/a', '/a', 'POST')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(new RoutePattern({ method: 'ALL', path: '/a' }).mayMatch('PATCH', ['a'])).toBe(true);
    expect(new RoutePattern({ method: 'POST', path: '/a' }).mayMatch('HEAD', ['a'])).toBe(false);
  });
});
