import { describe, expect, it } from 'vitest';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { StateThrottlerStorage } from '../../lib/pipeline/limits/throttler-storage.js';

function storage() {
  let now = 1_790_000_000_000;
  return {
    storage: new StateThrottlerStorage(memoryState({ clock: () => now })),
    advance: (ms: number) => void (now += ms),
  };
}

describe('StateThrottlerStorage', () => {
  it('answers as ThrottlerGuard expects: counts, whole seconds, and who is blocked until when', async () => {
    const { storage: tested, advance } = storage();
    const hit = () => tested.increment('k', 2500, 2, 5000, 'default');
    expect(await hit()).toEqual({ totalHits: 1, timeToExpire: 2, isBlocked: false, timeToBlockExpire: 0 });
    expect(await hit()).toEqual({ totalHits: 2, timeToExpire: 3, isBlocked: false, timeToBlockExpire: 0 });
    expect(await hit()).toEqual({ totalHits: 3, timeToExpire: 5, isBlocked: true, timeToBlockExpire: 5 });
    advance(5000);
    expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  it('tells throttlers and keys apart, and is exact under concurrency', async () => {
    const { storage: tested } = storage();
    const many = (key: string, name: string) =>
      Promise.all(Array.from({ length: 50 }, () => tested.increment(key, 60_000, 7, 0, name)));
    for (const [key, name] of [
      ['a', 'x'],
      ['b', 'x'],
      ['a', 'y'],
    ] as const) {
      expect((await many(key, name)).filter(({ isBlocked }) => !isBlocked)).toHaveLength(7);
    }
  });

  it.each([0, -1, 0.5, Number.NaN])('admits nobody with a limit of %s', async (limit) => {
    expect(await storage().storage.increment('k', 1000, limit, 0, 'default')).toMatchObject({
      isBlocked: true,
      timeToBlockExpire: 1,
    });
  });

  it('asks the store for no more than it can count exactly', async () => {
    const rates: unknown[] = [];
    const noted = new StateThrottlerStorage({
      run: (batch) => {
        rates.push(...batch.map((op) => 'rate' in op && op.rate));
        return memoryState().run(batch);
      },
    });
    const most = { limit: 1_000_000, burst: 1_000_000, period: 2_678_400_000, block: 2_678_400_000 };
    for (const huge of [1e15, Infinity]) {
      const hit = await noted.increment('k', huge, huge, huge, 'default');
      expect([hit.totalHits, hit.isBlocked]).toEqual([1, false]);
    }
    await noted.increment('k', Number.NaN, 1e9, Number.NaN, 'default');
    await noted.increment('k', -5, 3, -5, 'default');
    expect(rates).toMatchObject([most, most, most, { limit: 3, period: 1, block: 0 }]);
  });

  it('answers a store that fails with a 503', async () => {
    const failing = new StateThrottlerStorage({ run: () => Promise.reject(new Error('down')) });
    await expect(failing.increment('k', 1000, 1, 0, 'default')).rejects.toMatchObject({
      denial: { reason: 'state.unavailable', note: 'Error' },
      status: 503,
    });
  });
});
