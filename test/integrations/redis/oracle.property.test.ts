import * as fc from 'fast-check';
import { Redis } from 'ioredis6';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Consumed, Rate, StateOp, StateResult } from '../../../lib/core/state-store.js';
import { SCRIPT, sha1Of } from '../../../lib/integrations/redis/script.js';
import { memoryState } from '../../../lib/kit/state/memory-state.js';
import { redisState, type RedisPort } from '../../../lib/integrations/redis/index.js';
import { anyRedis, canRun } from '../../support/redis.js';

const START = 1_790_000_000_000;
const RUNS = Number(process.env['GATEHOUSE_PROPERTY_RUNS'] ?? 300);

// The script with a clock that a test sets, and keys that Redis does not let go: what a key holds must say itself when it is over.
const KEYS = `test:${randomUUID()}:`;
const CLOCK = [`${KEYS}seconds`, `${KEYS}microseconds`];
const script = SCRIPT.replace("redis.call('TIME')", `redis.call('MGET', '${CLOCK.join("', '")}')`).replace(
  'LEEWAY = 1\n',
  'LEEWAY = 3600000\n',
);
const sha1 = sha1Of(script);

const rate = (algorithm: 'gcra' | 'log', limit: number, period: number, burst = limit, block = 0): Rate => ({
  algorithm,
  limit,
  period,
  burst,
  block,
});
// Limits that do not divide the period, that divide it, and that are larger than it.
const RATES: Readonly<Record<string, Rate>> = {
  'user:one': rate('gcra', 1, 7),
  'user:seven': rate('gcra', 7, 1000),
  'user:burst': rate('gcra', 11, 60_000, 3),
  'user:block': rate('gcra', 3, 1000, 3, 2500),
  'address:quick': rate('gcra', 9, 2, 9, 1),
  'log:one': rate('log', 1, 7),
  'log:five': rate('log', 5, 1000),
  'log:block': rate('log', 3, 1000, 3, 700),
  'log:long': rate('log', 100, 60_000),
};
// What a limit by a function of the caller gives the same keys: another limit and burst, the same period and block.
const SISTERS: Readonly<Record<string, Rate>> = {
  'user:seven': rate('gcra', 70, 1000, 5),
  'user:burst': rate('gcra', 500, 60_000, 2),
  'user:block': rate('gcra', 30, 1000, 1, 2500),
};
const PERIODS = [1, 2, 7, 1000, 2500, 60_000];

const counted = fc.constantFrom(...Object.keys(RATES));
const consume = fc
  .record({
    key: counted,
    sister: fc.boolean(),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    enforced: fc.boolean(),
  })
  .map(({ key, sister, share, enforced }): StateOp => {
    const rate = (sister && SISTERS[key]) || RATES[key]!;
    // Mostly 1, at times up to the burst.
    const cost = Math.max(1, Math.ceil(rate.burst * share ** 3));
    return { op: 'consume', key, rate, cost, enforced };
  });
const refund = fc
  .record({ key: counted, cost: fc.integer({ min: 1, max: 5 }) })
  .map(({ key, cost }): StateOp => ({ op: 'refund', key, rate: RATES[key]!, cost }));
const removeCount = counted.map((key): StateOp => ({ op: 'remove', key }));
const valueKey = fc.constantFrom('v:a', 'v:b');
const text = fc.constantFrom('', 'x', '1:2', 'é');
const ttl = fc.constantFrom(...PERIODS);
const value: fc.Arbitrary<StateOp> = fc.oneof(
  valueKey.map((key): StateOp => ({ op: 'read', key })),
  fc.record({ key: valueKey, value: text, ttl }).map((rest): StateOp => ({ op: 'put', ...rest })),
  fc.record({ key: valueKey, ttl }).map((rest): StateOp => ({ op: 'claim', ...rest })),
  fc
    .record({ key: valueKey, expected: fc.option(text, { nil: undefined }), value: text, ttl })
    .map((rest): StateOp => ({ op: 'compareAndSet', ...rest })),
  valueKey.map((key): StateOp => ({ op: 'remove', key })),
);
const batch = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: consume },
    { weight: 2, arbitrary: refund },
    { weight: 3, arbitrary: value },
    { weight: 1, arbitrary: removeCount },
  ),
  { minLength: 1, maxLength: 6 },
);
// In microseconds: nothing, a little, about a period, and the very edges of one.
const gap = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 1500 }),
  fc
    .record({
      period: fc.constantFrom(...PERIODS),
      parts: fc.constantFrom(1, 3, 5, 7, 9, 11),
      off: fc.integer({ min: -1, max: 1 }),
    })
    .map(({ period, parts, off }) => Math.max(0, Math.ceil((period * 1000) / parts) + off)),
);
const history = fc.array(fc.record({ gap, batch }), { minLength: 1, maxLength: 30 });

describe.skipIf(!canRun(import.meta.url, 'any'))('the script against the memory store', () => {
  let redis: Redis;
  let server: Awaited<ReturnType<typeof anyRedis>>;
  beforeAll(async () => {
    server = await anyRedis();
    redis = new Redis(server.url);
    await redis.script('LOAD', script);
  });
  afterAll(async () => {
    // The server may be somebody's, and some limits last a month.
    for await (const keys of redis.scanStream({ match: `${KEYS}*`, count: 1000 })) {
      if ((keys as string[]).length > 0) await redis.del(keys as string[]);
    }
    redis.disconnect();
    await server.stop();
  });

  /** A store whose script reads the clock that `at` sets, in microseconds. */
  function clocked() {
    const port: RedisPort = {
      ready: () => true,
      eval: (_sha1, _source, keys, args) => redis.evalsha(sha1, keys.length, ...keys, ...args),
    };
    const store = redisState(port, { prefix: `${KEYS}${randomUUID()}:` });
    const at = (microseconds: number) =>
      redis.mset(CLOCK[0]!, Math.floor(microseconds / 1e6), CLOCK[1]!, microseconds % 1e6);
    return { store, at };
  }

  it('replaces the clock and the leeway of the script, or the tests below would test something else', () => {
    expect(script).not.toContain("call('TIME')");
    expect(script).toContain('LEEWAY = 3600000');
  });

  it('answers as the memory store does, to the microsecond', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        // The oracle counts microseconds where it means milliseconds.
        let now = START * 1000;
        const oracle = memoryState({ clock: () => now });
        const { store, at } = clocked();
        for (const { gap, batch } of steps) {
          now += gap;
          await at(now);
          const expected = (oracle.run(batch.map(inMicroseconds)) as StateResult[]).map(inMilliseconds);
          expect(await store.run(batch)).toStrictEqual(expected);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it(
    'answers as the memory store does for limits whose sums fit no double',
    { timeout: 120_000 },
    async () => {
      const large = fc
        .record({
          limit: fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(999_983, 1_000_000)),
          period: fc.oneof(fc.integer({ min: 1, max: 2_678_400_000 }), fc.constant(2_678_400_000)),
          share: fc.double({ min: 0, max: 1, noNaN: true }),
        })
        .map(({ limit, period, share }) =>
          rate('gcra', limit, period, Math.max(1, Math.round(limit * share))),
        );
      const step = fc.record({
        // Whole milliseconds, as the oracle counts.
        gap: fc.double({ min: 0, max: 1, noNaN: true }),
        cost: fc.double({ min: 0, max: 1, noNaN: true }),
        refund: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(large, fc.array(step, { minLength: 1, maxLength: 25 }), async (rate, steps) => {
          let now = START;
          const oracle = memoryState({ clock: () => now });
          const { store, at } = clocked();
          for (const { gap, cost, refund } of steps) {
            now += Math.round(rate.period * gap ** 8);
            await at(now * 1000);
            const units = Math.max(1, Math.round(rate.burst * cost));
            const batch: StateOp[] = [{ op: 'consume', key: 'k', rate, cost: units, enforced: true }];
            if (refund) batch.unshift({ op: 'refund', key: 'k', rate, cost: Math.ceil(units / 3) });
            expect(await store.run(batch)).toStrictEqual(oracle.run(batch));
          }
        }),
        { numRuns: RUNS },
      );
    },
  );

  it('answers as the memory store does when limits change under a key', { timeout: 120_000 }, async () => {
    const changing = fc
      .record({
        algorithm: fc.constantFrom('gcra' as const, 'log' as const),
        limit: fc.integer({ min: 1, max: 12 }),
        period: fc.constantFrom(2, 7, 1000, 2500),
        block: fc.constantFrom(0, 0, 1, 1500),
        enforced: fc.boolean(),
      })
      .map(({ algorithm, limit, period, block, enforced }): StateOp => {
        const key = algorithm === 'gcra' ? 'cells' : 'log';
        return { op: 'consume', key, rate: rate(algorithm, limit, period, limit, block), cost: 1, enforced };
      });
    const steps = fc.array(fc.record({ gap, batch: fc.array(changing, { minLength: 1, maxLength: 4 }) }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        let now = START * 1000;
        const oracle = memoryState({ clock: () => now });
        const { store, at } = clocked();
        // The memory store remembers when a key will be whole by the limit of then.
        const decisions = (results: readonly StateResult[]) =>
          results.map((result) => ({ ...(result as Consumed), resetAfter: 0 }));
        for (const { gap, batch } of steps) {
          now += gap;
          await at(now);
          const expected = (oracle.run(batch.map(inMicroseconds)) as StateResult[]).map(inMilliseconds);
          expect(decisions(await store.run(batch))).toStrictEqual(decisions(expected));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('never locks a key out for longer than the limit says when the clock is set back', async () => {
    for (const algorithm of ['gcra', 'log'] as const) {
      const { store, at } = clocked();
      const op: StateOp = {
        op: 'consume',
        key: 'k',
        rate: rate(algorithm, 2, 1000, 2, 500),
        cost: 1,
        enforced: true,
      };
      await at(START * 1000);
      await store.run([op, op]);
      await store.run([op]);
      const earlier = (START - 3_600_000) * 1000;
      await at(earlier);
      const [denied] = (await store.run([op])) as Consumed[];
      expect(denied!.retryAfter).toBeLessThanOrEqual(1000);
      await at(earlier + 1_000_000);
      expect(await store.run([op])).toMatchObject([{ allowed: true }]);
    }
  });
});

function inMicroseconds(op: StateOp): StateOp {
  if (op.op === 'consume' || op.op === 'refund') {
    const { rate } = op;
    return { ...op, rate: { ...rate, period: rate.period * 1000, block: rate.block * 1000 } };
  }
  return 'ttl' in op ? { ...op, ttl: op.ttl * 1000 } : op;
}

function inMilliseconds(result: StateResult): StateResult {
  if (typeof result !== 'object') return result;
  const { allowed, remaining, retryAfter, resetAfter } = result;
  return {
    allowed,
    remaining,
    retryAfter: Math.ceil(retryAfter / 1000),
    resetAfter: Math.ceil(resetAfter / 1000),
  };
}
