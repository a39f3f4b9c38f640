import { Controller, Get, UseGuards } from '@nestjs/common';
import {
  SkipThrottle,
  Throttle,
  ThrottlerGuard,
  ThrottlerStorage,
  type ThrottlerStorageService,
} from '@nestjs/throttler';
import { afterEach, describe, expect, it } from 'vitest';
import type { StateStore } from '../../lib/core/state-store.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { SecurityThrottlerGuard } from '../../lib/pipeline/limits/throttler.guard.js';
import { ADAPTERS, ourApp, stockApp, type MiniApp } from './mini-app.js';

@Controller('orders')
class OrdersController {
  @Get() list() {
    return 'orders';
  }
  @Get('other') other() {
    return 'other';
  }
  @Get('strict')
  @Throttle({ address: { limit: 1, ttl: 60_000 } })
  strict() {
    return 'strict';
  }
}

@Controller('health')
class HealthController {
  @Get()
  @SkipThrottle()
  probe() {
    return 'ok';
  }
}

// Two classes of one name, as two modules of an app may have them.
const [First, Second] = ['first', 'second'].map((path) => {
  @Controller(path)
  class Same {
    @Get()
    @Throttle({ address: { limit: 2, ttl: 60_000 } })
    list() {
      return path;
    }
  }
  return Same;
}) as [typeof OrdersController, typeof OrdersController];

@Controller('guarded')
class GuardedController {
  @Get()
  @UseGuards(SecurityThrottlerGuard)
  list() {
    return 'guarded';
  }
}

@Controller('vanilla')
class VanillaController {
  @Get()
  @UseGuards(ThrottlerGuard)
  list() {
    return 'vanilla';
  }
}

@Controller('vanilla-login')
class VanillaLoginController {
  @Get()
  @Throttle({ login: {} })
  login() {
    return 'vanilla';
  }
}

const three = { name: 'address', ttl: 60_000, limit: 3 };
const ours = { throttlers: [{ ...three, by: 'address' as const }] };

let app: MiniApp;
afterEach(() => app.close());

async function statuses(count: number, path: string, headers?: Record<string, string>): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push((await app.get(path, headers)).status);
  return found;
}

describe.each(ADAPTERS)('what @nestjs/throttler leaves open, on %s', (adapter) => {
  describe('limits multiply by routes', () => {
    it('stock: a caller who is over the limit goes on at the next route', async () => {
      app = await stockApp(adapter, [OrdersController], [three]);
      expect(await statuses(4, '/orders')).toEqual([200, 200, 200, 429]);
      expect(await statuses(1, '/orders/other')).toEqual([200]);
    });
    it('ours: one count for all routes', async () => {
      app = await ourApp(adapter, [OrdersController], ours);
      expect(await statuses(4, '/orders')).toEqual([200, 200, 200, 429]);
      expect(await statuses(1, '/orders/other')).toEqual([429]);
    });
  });

  describe('Retry-After', () => {
    it('stock: a named limit answers Retry-After-<name>', async () => {
      app = await stockApp(adapter, [OrdersController], [three]);
      await statuses(3, '/orders');
      const { headers } = await app.get('/orders');
      expect([headers.get('retry-after'), headers.get('retry-after-address')]).toEqual([null, '60']);
    });
    it('ours: Retry-After, and the RateLimit headers also on the refusal', async () => {
      app = await ourApp(adapter, [OrdersController], ours);
      const { headers: first } = await app.get('/orders');
      expect(first.get('ratelimit-policy')).toBe('"address";q=3;w=60');
      expect(first.get('ratelimit')).toBe('"address";r=2;t=20');
      await statuses(2, '/orders');
      const refused = await app.get('/orders');
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('20');
      expect(refused.headers.get('ratelimit')).toBe('"address";r=0;t=60');
      expect(app.denials).toEqual(['limit.exceeded address']);
    });
  });

  describe('controllers of one name', () => {
    it('stock: share a bucket', async () => {
      app = await stockApp(adapter, [First, Second], [three]);
      expect(await statuses(2, '/first')).toEqual([200, 200]);
      expect(await statuses(1, '/second')).toEqual([429]);
    });
    it('ours: each has its own', async () => {
      app = await ourApp(adapter, [First, Second], ours);
      expect(await statuses(3, '/first')).toEqual([200, 200, 429]);
      expect(await statuses(3, '/second')).toEqual([200, 200, 429]);
    });
  });

  describe('a bare @SkipThrottle()', () => {
    it('stock: does nothing for named limits', async () => {
      app = await stockApp(adapter, [HealthController], [three]);
      expect(await statuses(4, '/health')).toEqual([200, 200, 200, 429]);
    });
    it('ours: skips every one, also while the address is turned away at the door', async () => {
      app = await ourApp(adapter, [HealthController, OrdersController], ours);
      expect(await statuses(5, '/health')).toEqual([200, 200, 200, 200, 200]);
      expect(await statuses(4, '/orders')).toEqual([200, 200, 200, 429]);
      expect(await statuses(2, '/health')).toEqual([200, 200]);
    });
  });

  describe('unknown routes', () => {
    it('stock: are never limited', async () => {
      app = await stockApp(adapter, [OrdersController], [three]);
      expect(await statuses(8, '/nothing')).toEqual(Array<number>(8).fill(404));
    });
    it('ours: count against the address', async () => {
      app = await ourApp(adapter, [OrdersController], ours);
      expect(await statuses(5, '/nothing')).toEqual([404, 404, 404, 429, 429]);
      expect(await statuses(1, '/orders')).toEqual([429]);
    });
  });

  describe('a user and an address', () => {
    it('ours: both are counted in one batch, all or none', async () => {
      const batches: number[] = [];
      const inner = memoryState();
      const store: StateStore = { run: (batch) => (batches.push(batch.length), inner.run(batch)) };
      const user = { name: 'user', by: 'user' as const, ttl: 60_000, limit: 2 };
      app = await ourApp(
        adapter,
        [OrdersController],
        { throttlers: [{ ...ours.throttlers[0]!, limit: 5 }, user] },
        { store },
      );
      const alice = { 'x-test-user': 'alice' };
      const { headers } = await app.get('/orders', alice);
      expect(headers.get('ratelimit-policy')).toBe('"address";q=5;w=60, "user";q=2;w=60');
      expect(await statuses(3, '/orders', alice)).toEqual([200, 429, 429]);
      // Five of the address, two spent: what alice was refused cost her address nothing.
      expect(await statuses(4, '/orders')).toEqual([200, 200, 200, 429]);
      expect(batches).toEqual([2, 2, 2, 2, 1, 1, 1, 1]);
    });
  });

  it('ours: @Throttle gives a route a count of its own', async () => {
    app = await ourApp(adapter, [OrdersController], ours);
    expect(await statuses(2, '/orders/strict')).toEqual([200, 429]);
    expect(await statuses(4, '/orders')).toEqual([200, 200, 200, 429]);
    expect((await app.get('/orders')).headers.get('x-at-the-door')).toBe('1');
    expect((await app.get('/orders/strict')).headers.get('x-at-the-door')).toBeNull();
  });

  it('ours: a second guard on the route counts nothing twice', async () => {
    app = await ourApp(adapter, [GuardedController], ours);
    expect(await statuses(4, '/guarded')).toEqual([200, 200, 200, 429]);
  });

  it('ours: IPv6 addresses of one /64 share a count', async () => {
    app = await ourApp(adapter, [OrdersController], ours);
    const found: number[] = [];
    for (let i = 1; i <= 4; i++)
      found.push((await app.get('/orders', { 'x-test-address': `2001:db8:1:2::${i}` })).status);
    expect(found).toEqual([200, 200, 200, 429]);
    expect(await statuses(1, '/orders', { 'x-test-address': '2001:db8:1:3::1' })).toEqual([200]);
  });

  it('ours: is exact under concurrency', async () => {
    app = await ourApp(adapter, [OrdersController], { throttlers: [{ ...ours.throttlers[0]!, limit: 20 }] });
    const answers = await Promise.all(Array.from({ length: 60 }, () => app.get('/orders')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(40);
  });

  it("the app's own stock guard counts in our store, by the address that we know", async () => {
    const store = memoryState();
    app = await ourApp(adapter, [VanillaController], ours, { store, guard: ThrottlerGuard });
    const alice = { 'x-test-address': '2001:db8::1' };
    // The guard stands twice, on the app and on the route: that the stock one counts twice is its own affair.
    expect(await statuses(2, '/vanilla', alice)).toEqual([200, 429]);
    expect(await statuses(1, '/vanilla', { 'x-test-address': '2001:db8::2' })).toEqual([429]);
    expect(await statuses(1, '/vanilla', { 'x-test-address': '203.0.113.9' })).toEqual([200]);
  });

  it("the app's own stock guard leaves a declared limit to the routes that name it", async () => {
    const login = { ...three, name: 'login', limit: 1, by: 'address', scope: 'declared' } as const;
    app = await ourApp(
      adapter,
      [VanillaController, VanillaLoginController],
      { throttlers: [login] },
      { guard: ThrottlerGuard },
    );
    expect(await statuses(3, '/vanilla')).toEqual([200, 200, 200]);
    expect(await statuses(2, '/vanilla-login')).toEqual([200, 429]);
  });
});

describe('many hits of one key', () => {
  const many = { name: 'address', ttl: 60_000, limit: 200_000 };

  it('stock: keeps a timestamp for each, and falls over them', async () => {
    app = await stockApp('express', [OrdersController], [{ ...many, blockDuration: 0 }]);
    await app.get('/orders');
    const storage = app.resolve<ThrottlerStorageService>(ThrottlerStorage) as unknown as {
      hitExpirations: Map<string, Map<string, number[]>>;
    };
    const [hits] = [...storage.hitExpirations.values()];
    expect(hits!.get('address')).toHaveLength(1);
    // What 200,000 hits leave behind; making them one by one takes minutes, each copies the list.
    hits!.set('address', Array<number>(200_000).fill(Date.now() + 60_000));
    expect((await app.get('/orders')).status).toBe(500);
  });

  it('ours: keeps one number, whatever the count', () => {
    app = { close: () => Promise.resolve() } as MiniApp;
    const store = memoryState();
    const batch = [
      {
        op: 'consume',
        key: 'address:address:a',
        rate: { algorithm: 'gcra', limit: 200_000, period: 60_000, burst: 200_000, block: 0 },
        cost: 1,
        enforced: true,
      },
    ] as const;
    let admitted = 0;
    for (let i = 0; i < 250_000; i++) {
      if ((store.run(batch) as readonly { allowed: boolean }[])[0]!.allowed) admitted++;
    }
    expect(admitted).toBeGreaterThanOrEqual(200_000);
    expect(admitted).toBeLessThan(250_000);
  });
});
