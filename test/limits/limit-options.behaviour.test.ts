import { Controller, Get } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import { describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import type { Denial } from '../../lib/core/decision.js';
import type { RequestFacts } from '../../lib/core/request-facts.js';
import { Cost } from '../../lib/pipeline/limits/cost.decorator.js';
import type { NamedThrottler, ThrottlingOptions } from '../../lib/pipeline/limits/limits.options.js';
import { callFor, declare, facts } from './declare.js';
import { limitsHouse } from './house.js';

const address: NamedThrottler = { name: 'address', by: 'address', ttl: 60_000, limit: 10 };
const user: NamedThrottler = { name: 'user', by: 'user', ttl: 60_000, limit: 10 };

@Controller('exports')
class Exports {
  @Get() read() {}
  @Get('all') @Cost(4) all() {}
  @Get('dear') @Cost(11) dear() {}
  @Get('own') @Cost(4) @Throttle({ address: { limit: 3 } }) own() {}
}

function routeOf(options: ThrottlingOptions, method = 'read') {
  let now = 1_790_000_000_000;
  const house = limitsHouse(options, { clock: () => now });
  const { section, findings } = house.limits.compile(declare(Exports, method));
  const stage = house.stage(section);
  return {
    ...house,
    findings,
    advance: (ms: number) => void (now += ms),
    call: (of: RequestFacts = facts(), body?: unknown) => stage(callFor(of, body)) as Denial | undefined,
    words: () => house.limits.describe(section)['limits'],
  };
}
const admitted = (call: () => unknown, most = 200): number => {
  for (let count = 0; count < most; count++) if (call() !== undefined) return count;
  return most;
};

describe('a limit', () => {
  it('with burst admits no more at once, and its rate all the same', () => {
    const { call, advance } = routeOf({ throttlers: [{ ...address, burst: 3 }] });
    expect(admitted(call)).toBe(3);
    advance(6000);
    expect(admitted(call)).toBe(1);
  });

  it('with a log holds in every window', () => {
    const { call, advance } = routeOf({ throttlers: [{ ...address, algorithm: 'log' }] });
    expect(admitted(call, 5)).toBe(5);
    advance(59_999);
    expect(admitted(call)).toBe(5);
    advance(1);
    expect(admitted(call)).toBe(5);
  });

  it('with a function of the principal differs by plan', () => {
    const limit: NamedThrottler['limit'] = ({ facts: { principal } }) =>
      principal?.claims['plan'] === 'pro' ? 7 : 2;
    const { call, words } = routeOf({ throttlers: [{ ...user, limit }] });
    const caller = (id: string, plan: string) => () => {
      const made = facts('203.0.113.7', id);
      made.principal = { ...made.principal!, claims: { plan } };
      return call(made);
    };
    expect(admitted(caller('alice', 'free'))).toBe(2);
    expect(admitted(caller('bob', 'pro'))).toBe(7);
    expect(words()).toBe('user by caller');
    const shown = callFor(facts('203.0.113.7', 'carol'));
    const { limits, stage } = limitsHouse({ throttlers: [{ ...user, limit }] });
    void stage(limits.compile(declare(Exports, 'read')).section)(shown);
    expect(shown.sent['RateLimit-Policy']).toBe('"user";q=2;w=60');
  });

  it.each([0, 1.5, Number.NaN, '5', undefined, 1_000_001])(
    'refuses to run on a function that gives %s',
    (nonsense) => {
      const { call } = routeOf({ throttlers: [{ ...address, limit: () => nonsense as number }] });
      expect(() => call()).toThrow(/function limit of throttler 'address'/);
    },
  );

  it('with a function for its cost takes so much, and 0 is nothing', () => {
    const cost: NamedThrottler['cost'] = ({ request }) => request.body as number;
    const { call } = routeOf({ throttlers: [{ ...address, cost }] });
    expect(admitted(() => call(facts(), 0), 50)).toBe(50);
    expect(admitted(() => call(facts(), 3))).toBe(3);
    expect(call(facts(), 1)).toBeUndefined();
    expect(call(facts(), 1)).toMatchObject({ reason: 'limit.exceeded' });
    expect(() => call(facts('203.0.113.8'), -1)).toThrow(/function cost of throttler 'address'/);
    // More than the whole limit takes the whole limit.
    expect(call(facts('203.0.113.9'), 1000)).toBeUndefined();
    expect(call(facts('203.0.113.9'), 1)).toMatchObject({ reason: 'limit.exceeded' });
  });

  it("in mode 'report' logs and lets pass, and holds up no other limit", () => {
    const { call, events, words } = routeOf({
      throttlers: [
        { ...address, limit: 1, mode: 'report' },
        { ...user, limit: 3 },
      ],
    });
    const alice = () => call(facts('203.0.113.7', 'alice'));
    expect(admitted(alice)).toBe(3);
    expect(events).toEqual([
      { type: 'limit.reported', limit: 'address' },
      { type: 'limit.reported', limit: 'address' },
      { type: 'limit.reported', limit: 'address' },
    ]);
    expect(words()).toBe('address 1/60s (report), user 3/60s');
  });
});

describe('@Cost', () => {
  it('takes so many units of every limit of the route', () => {
    const { call, findings } = routeOf({ throttlers: [address] }, 'all');
    expect(findings).toEqual([]);
    expect(admitted(call)).toBe(2);
  });

  it('shares the count of the other routes, and closes no door for them', () => {
    const house = limitsHouse({ throttlers: [address] });
    const stageOf = (method: string) => house.stage(house.limits.compile(declare(Exports, method)).section);
    const [all, read] = [stageOf('all'), stageOf('read')];
    expect(admitted(() => all(callFor(facts())))).toBe(2);
    expect(house.door.check(facts(), 'GET', '/exports')).toBeUndefined();
    expect(admitted(() => read(callFor(facts())))).toBe(2);
    expect(house.door.check(facts(), 'GET', '/exports')).toBeDefined();
  });

  it('above what a limit ever admits is a finding', () => {
    expect(routeOf({ throttlers: [address, user] }, 'dear').findings.map(({ code }) => code)).toEqual([
      'limits.invalid',
      'limits.invalid',
    ]);
    expect(routeOf({ throttlers: [address] }, 'own').findings).toMatchObject([
      { code: 'limits.invalid', fix: expect.stringContaining('at most 3') },
    ]);
  });

  it.each([0, -1, 1.5, '5'])('refuses %s', (units) => {
    expect(() => {
      class Wrong {
        read() {}
      }
      Cost(units as number)(
        Wrong.prototype,
        'read',
        Object.getOwnPropertyDescriptor(Wrong.prototype, 'read')!,
      );
    }).toThrow(SecurityConfigError);
  });
});

describe('IPv6', () => {
  it('is counted by /64, and by /48 with sixteen times as much', () => {
    const { call } = routeOf({ throttlers: [{ ...address, limit: 2 }], door: false });
    const from = (subnet: number) => () => call(facts(`2001:db8:7:${subnet.toString(16)}::1`));
    expect(admitted(from(1))).toBe(2);
    let others = 0;
    for (let subnet = 2; subnet < 100; subnet++) others += admitted(from(subnet));
    expect(others).toBe(2 * 16 - 2);
    expect(call(facts('2001:db8:8::1'))).toBeUndefined();
  });
});

describe('the door', () => {
  it('counts all that an address sends to this instance, whatever becomes of it', () => {
    const { door, advance, store } = routeOf({ throttlers: [user], door: { limit: 3, ttl: 60_000 } });
    const knock = (from?: string) => door.check(facts(from), 'GET', '/nowhere');
    expect(admitted(knock)).toBe(3);
    expect(knock()).toEqual({
      reason: 'limit.exceeded',
      note: 'door',
      headers: { 'Retry-After': '20' },
    });
    expect(knock('203.0.113.8')).toBeUndefined();
    advance(20_000);
    expect(knock()).toBeUndefined();
    expect(store).toBeDefined();
  });
});

describe('refused tokens', () => {
  const bad = { reason: 'token.signature' } as const;
  const tolls = (options: Partial<ThrottlingOptions> = {}) =>
    limitsHouse({
      throttlers: [{ ...address, limit: 100 }],
      failures: { limit: 3, ttl: 60_000 },
      ...options,
    });

  it('have a limit of their own, which holds up nobody else behind the address', () => {
    const { toll, door } = tolls();
    expect(admitted(() => toll.charge(facts(), bad))).toBe(3);
    expect(toll.charge(facts(), bad)).toMatchObject({ reason: 'limit.exceeded', note: 'failures' });
    // One who comes with a good token has no business with it, and one who fails otherwise neither.
    expect(door.check(facts(), 'GET', '/')).toBeUndefined();
    expect(toll.charge(facts(), { reason: 'route.unknown' })).toBeUndefined();
    expect(toll.charge(facts('203.0.113.8'), bad)).toBeUndefined();
  });

  it.each(['203.0.113.7', '2001:db8::1'])(
    'are charged to their address (%s) when that limit is spent',
    (from) => {
      const { toll, door } = tolls({ throttlers: [{ ...address, limit: 10 }] });
      for (let i = 0; i < 10; i++) {
        const decision = toll.charge(facts(from), bad);
        expect(i < 3 ? decision : (decision as { note: string }).note).toBe(i < 3 ? undefined : 'failures');
      }
      expect(toll.charge(facts(from))).toMatchObject({ reason: 'limit.exceeded', note: 'address' });
      expect(door.check(facts(from), 'GET', '/')).toMatchObject({ note: 'address' });
    },
  );

  it('do not count among them what is only missing or expired', () => {
    const { toll } = tolls();
    for (let i = 0; i < 20; i++) {
      expect(toll.charge(facts(), { reason: 'token.expired' })).toBeUndefined();
      expect(toll.charge(facts(), { reason: 'token.missing' })).toBeUndefined();
    }
    expect(admitted(() => toll.charge(facts(), bad))).toBe(3);
    expect(toll.charge(facts(), { reason: 'token.expired' })).toBeUndefined();
  });

  it('can be left uncounted', () => {
    const { toll } = tolls({ failures: false });
    expect(admitted(() => toll.charge(facts(), bad), 50)).toBe(50);
  });
});

describe('while the store is down', () => {
  it('each instance admits its share, and remembers nobody at the door for it', async () => {
    const down = { run: () => Promise.reject(new Error('down')) };
    const house = limitsHouse({ throttlers: [address] }, { store: down, instances: 4 });
    const stage = house.stage(house.limits.compile(declare(Exports, 'read')).section);
    const answers: unknown[] = [];
    for (let i = 0; i < 5; i++) answers.push(await stage(callFor(facts())));
    // Ten for four of them.
    expect(answers.map((answer) => answer !== undefined)).toEqual([false, false, false, true, true]);
    expect(house.door.check(facts(), 'GET', '/exports')).toBeUndefined();
  });
});
