import { describe, expect, it } from 'vitest';
import { compare } from '../../bench/harness/compare.js';
import { expectStatus } from '../../bench/harness/load.js';

const result = (statuses: ReadonlyArray<readonly [number, number]>) => ({
  requests: statuses.reduce((sum, [, count]) => sum + count, 0),
  statuses: new Map(statuses),
  milliseconds: 1,
  latencies: [],
});

describe('a load of the bench', () => {
  it('may have one wrong answer in a hundred', () => {
    const almost = result([
      [200, 99],
      [503, 1],
    ]);
    expect(() => expectStatus(almost, 200, 'floor on express')).not.toThrow();
  });

  it('ends the run where it has more, and says what came', () => {
    const failing = result([
      [200, 97],
      [503, 3],
    ]);
    expect(() => expectStatus(failing, 200, 'floor on express')).toThrow(
      'floor on express answered with 97 × 200, 3 × 503, not with 200',
    );
  });
});

describe('a comparison in one process', () => {
  it('makes every call with a number of its own, in every round', async () => {
    const calls: Record<'one' | 'other', number[]> = { one: [], other: [] };
    await compare(
      { one: (i) => calls.one.push(i), other: async (i) => calls.other.push(i) },
      { rounds: 3, window: 1 },
    );
    for (const made of Object.values(calls)) expect(made).toEqual(made.map((_, index) => index));
  });
});
