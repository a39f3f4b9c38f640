import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Consumed, StateOp, StateResult, StateStore } from '../../lib/core/state-store.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';

function store(maxKeys?: number) {
  let now = 1_790_000_000_000;
  return { store: memoryState({ maxKeys, clock: () => now }), advance: (ms: number) => void (now += ms) };
}
const consume = (key: string, limit: number, period = 60_000, block = 0): StateOp => ({
  op: 'consume',
  key,
  rate: { algorithm: 'gcra', limit, period, burst: limit, block },
  cost: 1,
  enforced: true,
});
const run = (state: StateStore, ...batch: StateOp[]) => state.run(batch) as readonly StateResult[];
const admits = (state: StateStore, op: StateOp) => (run(state, op)[0] as Consumed).allowed;

describe('memoryState', () => {
  it('answers without a promise', () => {
    expect(run(store().store, consume('k', 1))).toBeInstanceOf(Array);
  });

  it('charges all or none, whatever the batch', () => {
    const op = fc.record({
      key: fc.constantFrom('user:a', 'user:b', 'address:a', 'c'),
      limit: fc.integer({ min: 1, max: 5 }),
    });
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 300 }),
      batch: fc.array(op, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [tested, probe] = [store(), store()];
        for (const { wait, batch } of steps) {
          tested.advance(wait);
          probe.advance(wait);
          const ops = batch.map(({ key, limit }) => consume(`${key}${limit}`, limit, 1000));
          const results = run(tested.store, ...ops) as Consumed[];
          // The probe is charged only with batches that were admitted as a whole: both must go on agreeing.
          const admitted = results.every(({ allowed }) => allowed);
          if (admitted) expect(run(probe.store, ...ops)).toEqual(results);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('keeps a victim counted and a blocked key blocked under a flood of keys', () => {
    const { store: state } = store(1000);
    const victim = consume('address:victim', 5, 60_000, 3_600_000);
    for (let i = 0; i < 5; i++) expect(admits(state, victim)).toBe(true);
    expect(admits(state, victim)).toBe(false);
    for (let i = 0; i < 100_000; i++) run(state, consume(`address:flood ${i}`, 5));
    expect(admits(state, victim)).toBe(false);
  });

  it('makes the newcomers of a flood share meters', () => {
    const { store: state } = store(100);
    let admitted = 0;
    for (let i = 0; i < 50_000; i++) if (admits(state, consume(`address:${i}`, 1))) admitted++;
    expect(admitted).toBeGreaterThan(4000);
    expect(admitted).toBeLessThanOrEqual(100 + 4096);
  });

  it('makes them share also where each has a rate of its own, as by a function of the caller', () => {
    const { store: state } = store(1);
    let admitted = 0;
    for (let limit = 1; limit <= 100_000; limit++) {
      const rate = { algorithm: 'gcra', limit, period: 60_000, burst: limit, block: 0 } as const;
      const all: StateOp = { op: 'consume', key: `custom:${limit}`, rate, cost: limit, enforced: true };
      if (admits(state, all)) admitted++;
    }
    expect(admitted).toBeLessThanOrEqual(1 + 17 * 4096);
  });

  it.each(['gcra', 'log'] as const)(
    'gives a newcomer of a full store its units back, and lets it forget those of nobody else (%s)',
    (algorithm) => {
      const { store: state } = store(1);
      const rate = { algorithm, limit: 2, period: 60_000, burst: 2, block: 0 };
      const op = { op: 'consume', key: 'custom:late', rate, cost: 1, enforced: true } as const;
      run(state, { ...op, key: 'custom:first' });
      for (let i = 0; i < 5; i++) {
        expect(admits(state, op)).toBe(true);
        run(state, { ...op, op: 'refund' }, { op: 'remove', key: op.key });
      }
      for (let i = 0; i < 2; i++) expect(admits(state, op)).toBe(true);
      run(state, { op: 'remove', key: op.key });
      expect(admits(state, op)).toBe(false);
    },
  );

  it('gives users room that addresses cannot take', () => {
    const { store: state } = store(1000);
    for (let i = 0; i < 20_000; i++) run(state, consume(`address:${i}`, 1), consume(`custom:${i}`, 1));
    const users = Array.from({ length: 1000 }, (_, i) => admits(state, consume(`user:${i}`, 1)));
    expect(users.every(Boolean)).toBe(true);
  });

  it('uses the room of expired keys again', () => {
    const { store: state, advance } = store(1000);
    for (let round = 0; round < 5; round++) {
      const admitted = Array.from({ length: 1000 }, (_, i) =>
        admits(state, consume(`address:${round}-${i}`, 1, 1000)),
      );
      expect(admitted.filter(Boolean)).toHaveLength(1000);
      advance(1000);
    }
  });

  it.each(['gcra', 'log'] as const)(
    'stays under 16 MB through a flood of a million keys, with its victim blocked, and makes no timer (%s)',
    { timeout: 120_000 },
    (algorithm) => {
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      const { store: state } = store();
      const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
      const timersBefore = timers();
      const hit = (key: string): StateOp => {
        const rate = { algorithm, limit: 5, period: 3_600_000, burst: 5, block: 3_600_000 };
        return { op: 'consume', key, rate, cost: 1, enforced: true };
      };
      for (let i = 0; i < 5; i++) expect(admits(state, hit('address:victim'))).toBe(true);
      expect(admits(state, hit('address:victim'))).toBe(false);
      collect();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < 1_000_000; i++)
        run(state, hit(`address:address:10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`));
      collect();
      expect((process.memoryUsage().heapUsed - before) / 2 ** 20).toBeLessThan(16);
      expect(timers()).toBe(timersBefore);
      expect(admits(state, hit('address:victim'))).toBe(false);
    },
  );

  it('keeps long keys short', { timeout: 60_000 }, () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { store: state } = store(10_000);
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 1000; i++) run(state, consume(`user:${i}-${'x'.repeat(50_000)}`, 5));
    collect();
    expect((process.memoryUsage().heapUsed - before) / 2 ** 20).toBeLessThan(4);
  });

  it('refuses a batch with new values as a whole when it is full of live ones, and goes on when they expire', () => {
    const { store: state, advance } = store(3);
    for (const key of ['a', 'b', 'c']) run(state, { op: 'claim', key, ttl: 1000 });
    const batch: StateOp[] = [consume('k', 1), { op: 'claim', key: 'd', ttl: 1000 }];
    expect(() => state.run(batch)).toThrow(/maxKeys/);
    expect(admits(state, consume('k', 1))).toBe(true);
    expect(run(state, { op: 'claim', key: 'a', ttl: 1000 })).toEqual([false]);
    expect(run(state, { op: 'put', key: 'a', value: 'x', ttl: 1000 }, { op: 'read', key: 'a' })).toEqual([
      undefined,
      'x',
    ]);
    advance(1000);
    expect(run(state, { op: 'claim', key: 'd', ttl: 1000 })).toEqual([true]);
  });

  it.each([{ maxKeys: 0 }, { maxKeys: 1.5 }, { maxKey: 5 }])('refuses the options %j', (options) => {
    expect(() => memoryState(options as never)).toThrow(/state\.maxKey/);
  });
});
