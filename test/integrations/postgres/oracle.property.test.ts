import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Rate, StateOp, StateResult } from '../../../lib/core/state-store.js';
import { memoryState } from '../../../lib/kit/state/memory-state.js';
import {
  anyOp,
  anySteps,
  anyWait,
  LARGEST_RATE,
  sisterRates,
  smallRate,
  type Step,
  type Wait,
} from './batches.js';
import { clockedState, type ClockedState } from './clocked-state.js';
import { ownDatabase } from './own-database.js';

const START = 1_790_000_000_000;
const RUNS = Number(process.env['GATEHOUSE_PROPERTY_RUNS'] ?? 150);
const KEYS = ['user:a', 'address:a', 'c'];

// Nothing here has to survive the server.
const database = ownDatabase({ max: 1, options: '-c synchronous_commit=off' });
let tested: ClockedState;
let round = 0;

beforeAll(async () => {
  tested = await clockedState(database.pool, 'oracle');
});

/** The same batches in both stores, from the same empty state on. `unit`: how many microseconds one unit of the steps' waits is. */
async function compare(steps: readonly Step[], unit: 1 | 1000): Promise<void> {
  let now = START * 1000;
  const prefix = ++round;
  // In a store that counts in microseconds, memory's milliseconds are microseconds.
  const oracle = memoryState({ clock: () => now / unit });
  let named: number[] = [];
  for (const { wait, batch } of steps) {
    now += durationOf(wait, named) * unit;
    await tested.setClock(now);
    const asked = unit === 1000 ? batch : batch.map(inMicroseconds);
    const expected = oracle.run(asked) as StateResult[];
    named = [...asked.flatMap(timesOf), ...expected.flatMap(timesOf)];
    // A key of its own a run, the kind of which memory still sees.
    const own = batch.map((op) => ({ ...op, key: `${op.key}/${prefix}` }));
    expect(await tested.store.run(own)).toEqual(unit === 1000 ? expected : expected.map(inMilliseconds));
  }
}

function durationOf(wait: Wait, named: readonly number[]): number {
  if (typeof wait === 'number') return wait;
  return named.length === 0 ? 0 : Math.max(0, named[wait.which % named.length]! + wait.off);
}

/** The times after which something that an operation or its result is about will be different. */
function timesOf(about: StateOp | StateResult): number[] {
  if (typeof about !== 'object') return [];
  if ('ttl' in about) return [about.ttl];
  return 'retryAfter' in about ? [about.retryAfter, about.resetAfter] : [];
}

const exactly = (count: number, rates: fc.Arbitrary<Rate>) =>
  fc.array(rates, { minLength: count, maxLength: count });

/** For each key the rates that are drawn for it. */
function scenario(
  drawn: fc.Arbitrary<Rate[]>,
  { keys, most, wait }: { keys: number; most: number; wait: fc.Arbitrary<Wait> },
): fc.Arbitrary<Step[]> {
  return fc
    .tuple(...KEYS.slice(0, keys).map((key) => fc.tuple(fc.constant(key), drawn)))
    .chain((entries) => anySteps(anyOp(new Map(entries)), wait, most));
}

describe('postgresState answers what memoryState answers', () => {
  // A double of the oracle would not hold the products of the largest rate in microseconds.
  const anyRate = fc.oneof(
    { weight: 9, arbitrary: smallRate },
    { weight: 1, arbitrary: fc.constant(LARGEST_RATE) },
  );

  it('where each key has one rate, at whole milliseconds', { timeout: 600_000 }, async () => {
    const steps = scenario(exactly(1, anyRate), { keys: 3, most: 4, wait: anyWait(3000) });
    await fc.assert(
      fc.asyncProperty(steps, (given) => compare(given, 1000)),
      { numRuns: RUNS },
    );
  });

  it('where rates change from batch to batch, at any microsecond', { timeout: 600_000 }, async () => {
    const steps = scenario(exactly(3, smallRate), { keys: 2, most: 4, wait: anyWait(1_500_000) });
    await fc.assert(
      fc.asyncProperty(steps, (given) => compare(given, 1)),
      { numRuns: RUNS },
    );
  });

  it(
    'where one key has rates of one period, as by a function of the caller',
    { timeout: 600_000 },
    async () => {
      const steps = scenario(sisterRates(2), { keys: 2, most: 4, wait: anyWait(1_500_000) });
      await fc.assert(
        fc.asyncProperty(steps, (given) => compare(given, 1)),
        { numRuns: RUNS },
      );
    },
  );

  it('where the clock is set back', { timeout: 600_000 }, async () => {
    // Together less than the minute for which expired rows are kept.
    const wait = fc.oneof(anyWait(2_000_000), fc.integer({ min: -2_000_000, max: 0 }));
    const steps = scenario(exactly(2, smallRate), { keys: 1, most: 1, wait });
    await fc.assert(
      fc.asyncProperty(steps, (given) => compare(given, 1)),
      { numRuns: RUNS },
    );
  });
});

function inMicroseconds(op: StateOp): StateOp {
  if ('rate' in op) {
    const { rate } = op;
    return { ...op, rate: { ...rate, period: rate.period * 1000, block: rate.block * 1000 } };
  }
  return 'ttl' in op ? { ...op, ttl: op.ttl * 1000 } : op;
}

function inMilliseconds(result: StateResult): StateResult {
  if (typeof result !== 'object') return result;
  return {
    ...result,
    retryAfter: Math.ceil(result.retryAfter / 1000),
    resetAfter: Math.ceil(result.resetAfter / 1000),
  };
}
