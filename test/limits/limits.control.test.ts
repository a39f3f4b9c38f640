import { Controller, Get } from '@nestjs/common';
import { SkipThrottle, Throttle } from '@nestjs/throttler';
import { describe, expect, it } from 'vitest';
import type { Denial } from '../../lib/core/decision.js';
import type { StateStore } from '../../lib/core/state-store.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import type { NamedThrottler, ThrottlingOptions } from '../../lib/pipeline/limits/limits.options.js';
import { callFor, declare, facts } from './declare.js';
import { limitsHouse } from './house.js';

const address: NamedThrottler = { name: 'address', by: 'address', ttl: 60_000, limit: 100 };
const user: NamedThrottler = { name: 'user', by: 'user', ttl: 60_000, limit: 30 };

function control(
  options: ThrottlingOptions = { throttlers: [address, user] },
  store: StateStore = memoryState(),
) {
  return limitsHouse(options, { store });
}

@Controller('plain')
class Plain {
  @Get() read() {}
  @Get('skip') @SkipThrottle() skip() {}
  @Get('skip-one') @SkipThrottle({ user: true }) skipOne() {}
  @Get('own') @Throttle({ user: { limit: 5, ttl: 1000, blockDuration: 9 } }) own() {}
  @Get('part') @Throttle({ user: { limit: 5 } }) part() {}
  @Get('named') @Throttle({ user: {} }) named() {}
}

@Controller('quiet')
@SkipThrottle()
@Throttle({ address: { limit: 7, ttl: 1000 } })
class Quiet {
  @Get() read() {}
  @Get('loud') @SkipThrottle({ default: false }) loud() {}
  @Get('user') @SkipThrottle({ user: false }) user() {}
}
class Heir extends Quiet {}

const compiled = (controller: typeof Plain | typeof Quiet, method: string, options?: ThrottlingOptions) => {
  const { section, findings, stage } = control(options).limits.compile(declare(controller, method));
  expect(findings).toEqual([]);
  return {
    stage,
    limits: section.limits.map(({ name, quota, prefix }) => [
      name,
      quota!.rate.limit,
      quota!.rate.period,
      quota!.rate.block,
      prefix,
    ]),
  };
};
const everywhere = [
  ['address', 100, 60_000, 0, 'address:address:'],
  ['user', 30, 60_000, 0, 'user:user:'],
];

describe('the limits of a route', () => {
  it('are the named ones where it says nothing', () =>
    expect(compiled(Plain, 'read').limits).toEqual(everywhere));
  it('are none under a bare @SkipThrottle(), and without concurrency there is no stage then', () => {
    expect(compiled(Plain, 'skip', { concurrency: false })).toEqual({ limits: [], stage: undefined });
    expect(compiled(Plain, 'skip').stage).toBeTypeOf('function');
    expect(compiled(Quiet, 'read').limits).toEqual([]);
    expect(compiled(Heir, 'read').limits).toEqual([]);
  });
  it('leave out what is skipped by name', () =>
    expect(compiled(Plain, 'skipOne').limits).toEqual([everywhere[0]]));
  it('come back where the method says so', () => {
    const own = ['address', 7, 1000, 0, 'address:address@Quiet.loud:'];
    expect(compiled(Quiet, 'loud').limits).toEqual([own, everywhere[1]]);
    expect(compiled(Quiet, 'user').limits).toEqual([everywhere[1]]);
  });
  it('are what @Throttle says, in a count of their own', () => {
    expect(compiled(Plain, 'own').limits).toEqual([
      everywhere[0],
      ['user', 5, 1000, 9, 'user:user@Plain.own:'],
    ]);
    expect(compiled(Plain, 'part').limits[1]).toEqual(['user', 5, 60_000, 0, 'user:user@Plain.part:']);
  });
  it("are counted for each route with scope 'route'", () => {
    const options: ThrottlingOptions = { throttlers: [{ ...address, scope: 'route', by: () => 'x' }] };
    expect(compiled(Plain, 'read', options).limits).toEqual([
      ['address', 100, 60_000, 0, 'custom:address@Plain.read:'],
    ]);
  });
  it("for the routes alone that name it with scope 'declared'", () => {
    const options: ThrottlingOptions = { throttlers: [{ ...user, scope: 'declared' }] };
    expect(compiled(Plain, 'read', options).limits).toEqual([]);
    expect(compiled(Plain, 'named', options).limits).toEqual([
      ['user', 30, 60_000, 0, 'user:user@Plain.named:'],
    ]);
    expect(compiled(Plain, 'part', options).limits).toEqual([
      ['user', 5, 60_000, 0, 'user:user@Plain.part:'],
    ]);
  });
  it('tell controllers of one name apart', () => {
    const { limits } = control({ throttlers: [{ ...address, scope: 'route' }] });
    const Other = class Plain {
      read() {}
    };
    const prefix = (controller: never) =>
      limits.compile(declare(controller, 'read')).section.limits[0]!.prefix;
    expect(prefix(Plain as never)).toBe('address:address@Plain.read:');
    expect(prefix(Other as never)).toBe('address:address@Plain~2.read:');
    expect(prefix(Plain as never)).toBe('address:address@Plain.read:');
  });
  it('can be said in words', () => {
    const { limits } = control();
    const words = (method: string) => limits.describe(limits.compile(declare(Plain, method)).section).limits;
    expect(words('read')).toBe('address 100/60s, user 30/60s');
    expect(words('own')).toBe('address 100/60s, user 5/1s for this route');
    expect(words('skip')).toBe('none');
  });
});

describe('what the audit finds', () => {
  const findings = (decorate: MethodDecorator) => {
    class Wrong {
      read() {}
    }
    decorate(Wrong.prototype, 'read', Object.getOwnPropertyDescriptor(Wrong.prototype, 'read')!);
    return control().limits.compile(declare(Wrong, 'read')).findings;
  };
  it('@Throttle with an unknown name', () => {
    expect(findings(Throttle({ adress: { limit: 5, ttl: 1000 } }))).toEqual([
      {
        code: 'limits.unknown-throttler',
        where: 'Wrong.read',
        message: "@Throttle names 'adress', and no limit has that name.",
        fix: 'Write @Throttle({ address: { limit, ttl } }); the limits are: address, user.',
      },
    ]);
    expect(findings(Throttle({ default: { limit: 5, ttl: 1000 } }))).toHaveLength(1);
  });
  it('@SkipThrottle with an unknown name', () => {
    expect(findings(SkipThrottle({ users: true }))).toMatchObject([
      { fix: expect.stringContaining('@SkipThrottle({ user: true })') },
    ]);
  });
  it('an unknown name on the controller', () => {
    @Throttle({ ip: { limit: 1, ttl: 1 } })
    class Wrong {
      read() {}
    }
    expect(control().limits.compile(declare(Wrong, 'read')).findings).toHaveLength(1);
  });
  it.each([
    [{ limit: 0, ttl: 1000 }, 'limit to 0'],
    [{ limit: () => 5, ttl: 1000 }, 'limit to a function'],
    [{ limit: 5, ttl: 0.5 }, 'ttl to 0.5'],
    [{ limit: 5, ttl: 1000, blockDuration: -1 }, 'blockDuration to -1'],
    [{ limit: 5, ttl: 1000, getTracker: () => 'x' }, 'getTracker, which is not read'],
    [{ limit: 5, ttl: 1000, generateKey: () => 'x' }, 'generateKey, which is not read'],
  ])('a limit that cannot be compiled: %j', (override, message) => {
    expect(findings(Throttle({ user: override }))).toMatchObject([
      { code: 'limits.invalid', message: expect.stringContaining(message) },
    ]);
  });
});

describe('counting a request', () => {
  const stageOf = (options: ThrottlingOptions, method = 'read', store?: StateStore) => {
    const { limits, door, events, stage } = control(options, store);
    return { door, events, stage: stage(limits.compile(declare(Plain, method)).section) };
  };

  it('needs no promise where the store needs none', () => {
    const { stage } = stageOf({ throttlers: [{ ...address, limit: 1 }] });
    expect(stage(callFor(facts()))).toBeUndefined();
    expect(stage(callFor(facts()))).toEqual({
      reason: 'limit.exceeded',
      note: 'address',
      headers: { 'Retry-After': '60' },
    });
  });

  it('awaits a store that needs it', async () => {
    const inner = memoryState();
    const { stage } = stageOf({ throttlers: [{ ...address, limit: 1 }] }, 'read', {
      run: async (batch) => inner.run(batch),
    });
    const first = stage(callFor(facts()));
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toBeUndefined();
    expect(await stage(callFor(facts()))).toMatchObject({ reason: 'limit.exceeded' });
  });

  it('happens once a request', () => {
    const { stage } = stageOf({ throttlers: [{ ...address, limit: 1 }] });
    const call = callFor(facts());
    expect([stage(call), stage(call), stage(callFor(call.facts))]).toEqual([undefined, undefined, undefined]);
  });

  it('names the limit with the longest wait', () => {
    const { stage } = stageOf({
      throttlers: [
        { ...address, limit: 1 },
        { ...user, limit: 1, ttl: 3_600_000 },
      ],
    });
    void stage(callFor(facts('203.0.113.7', 'alice')));
    const denial = stage(callFor(facts('203.0.113.7', 'alice'))) as Denial;
    expect([denial.note, denial.headers!['Retry-After']]).toEqual(['user', '3600']);
  });

  it('keeps addresses, users and functions apart, and leaves out what does not apply', () => {
    const keys: string[] = [];
    const inner = memoryState();
    const store: StateStore = {
      run: (batch) => (keys.push(...batch.map(({ key }) => key)), inner.run(batch)),
    };
    const tenant: NamedThrottler = {
      name: 'tenant',
      by: ({ request }) => request.body as string,
      ttl: 1000,
      limit: 5,
    };
    const { stage } = stageOf({ throttlers: [address, user, tenant] }, 'read', store);
    void stage(callFor(facts('2001:db8::1', 'alice'), 'acme'));
    void stage(callFor(facts('203.0.113.7')));
    expect(keys).toEqual([
      'address:address:2001:db8::/64',
      'address:address:2001:db8::/48',
      'user:user:alice',
      'custom:tenant:acme',
      'address:address:203.0.113.7',
    ]);
  });

  it('lets nobody out of a function limit by sending another type', () => {
    const { stage } = stageOf({
      throttlers: [{ name: 'email', by: ({ request }) => request.body as string, ttl: 1000, limit: 1 }],
    });
    const bodies: unknown[] = ['', { a: 1 }, ['x'], { toString: 1 }, 5, null, true];
    for (const body of bodies) void stage(callFor(facts(), body));
    for (const body of bodies)
      expect(stage(callFor(facts(), body))).toMatchObject({ reason: 'limit.exceeded' });
  });

  it('writes the headers of the limits that apply and are shown', () => {
    const hidden: NamedThrottler = { name: 'hidden', by: () => 'x', ttl: 500, limit: 5, headers: false };
    const { stage } = stageOf({ throttlers: [{ ...address, ttl: 1500 }, user, hidden] });
    const alice = callFor(facts('203.0.113.7', 'alice'));
    void stage(alice);
    expect(alice.sent).toEqual({
      'RateLimit-Policy': '"address";q=100;w=2, "user";q=30;w=60',
      RateLimit: '"address";r=99;t=1, "user";r=29;t=2',
    });
    const nobody = callFor(facts('203.0.113.8'));
    void stage(nobody);
    expect(nobody.sent).toEqual({
      'RateLimit-Policy': '"address";q=100;w=2',
      RateLimit: '"address";r=99;t=1',
    });
    const none = callFor(facts());
    void stageOf({ throttlers: [hidden] }).stage(none);
    expect(none.sent).toEqual({});
  });

  it('writes the legacy headers of the tightest limit, or none', () => {
    const legacy = callFor(facts('203.0.113.7', 'alice'));
    void stageOf({ throttlers: [address, user], headers: 'legacy' }).stage(legacy);
    expect(legacy.sent).toEqual({
      'X-RateLimit-Limit': 30,
      'X-RateLimit-Remaining': 29,
      'X-RateLimit-Reset': 2,
    });
    const off = callFor(facts());
    void stageOf({ throttlers: [address], headers: false }).stage(off);
    expect(off.sent).toEqual({});
  });

  it('does not take an error of its own for one of the store', () => {
    const { stage } = stageOf({ throttlers: [address] });
    const broken = callFor(facts());
    broken.facts.response!.setHeader = () => {
      throw new TypeError('ours');
    };
    expect(() => stage(broken)).toThrow('ours');
  });
});
