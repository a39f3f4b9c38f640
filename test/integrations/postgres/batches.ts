import * as fc from 'fast-check';
import type { Rate, StateOp } from '../../../lib/core/state-store.js';

/** How long after the one before it a batch is run: a time, or one that the last batch named, exactly or one off. */
export type Wait = number | { readonly which: number; readonly off: number };

/** A batch, and when it is run. */
export interface Step {
  readonly wait: Wait;
  readonly batch: readonly StateOp[];
}

/** A limit that is reached within a few batches. */
export const smallRate: fc.Arbitrary<Rate> = fc
  .record({
    algorithm: fc.constantFrom('gcra' as const, 'log' as const),
    limit: fc.integer({ min: 1, max: 9 }),
    period: fc.integer({ min: 1, max: 3000 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    block: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4000 })),
  })
  .map(({ part, ...rate }) => ({
    ...rate,
    burst: rate.algorithm === 'log' ? rate.limit : 1 + Math.floor(part * (rate.limit - 1)),
  }));

/** Rates of one key that differ in limit and burst alone, as those of a limit by a function of the caller do. */
export const sisterRates = (count: number): fc.Arbitrary<Rate[]> =>
  fc.array(smallRate, { minLength: count, maxLength: count }).map(([first, ...rest]) => [
    first!,
    ...rest.map(({ limit, burst }) => ({
      ...first!,
      limit,
      burst: first!.algorithm === 'log' ? limit : burst,
    })),
  ]);

/** The largest limit that an application can declare. */
export const LARGEST_RATE: Rate = {
  algorithm: 'gcra',
  limit: 1_000_000,
  period: 31 * 86_400_000,
  burst: 1_000_000,
  block: 0,
};

/** Operations of every kind on few keys, so that they meet. Each charge draws one of the rates of its key. */
export function anyOp(ratesOf: ReadonlyMap<string, readonly Rate[]>): fc.Arbitrary<StateOp> {
  const key = fc.constantFrom(...ratesOf.keys());
  const ttl = fc.integer({ min: 1, max: 3000 });
  const value = fc.constantFrom('', 'x', 'y', 'null', 'a\0b', '\ud800', '\udc00', 'é"\\');
  const charge = fc
    .record({
      key,
      which: fc.nat(1000),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      refund: fc.integer({ min: 0, max: 4 }),
      enforced: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ key, which, share, refund, enforced }): StateOp => {
      const rates = ratesOf.get(key)!;
      const rate = rates[which % rates.length]!;
      const cost = 1 + Math.floor(share ** 3 * (rate.burst - 1));
      return refund === 0
        ? { op: 'refund', key, rate, cost }
        : { op: 'consume', key, rate, cost, enforced: enforced > 0 };
    });
  const set = fc.record({
    op: fc.constant('compareAndSet' as const),
    key,
    expected: fc.option(value, { nil: undefined }),
    value,
    ttl,
  });
  return fc.oneof(
    { weight: 14, arbitrary: charge },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('read' as const), key }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('put' as const), key, value, ttl }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('claim' as const), key, ttl }) },
    { weight: 2, arbitrary: set },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('remove' as const), key }) },
  );
}

/** Times between batches up to `most`, and those at which something changes. */
export function anyWait(most: number): fc.Arbitrary<Wait> {
  return fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: most }),
    fc.record({ which: fc.nat(100), off: fc.integer({ min: -1, max: 1 }) }),
  );
}

/** Some batches of up to `most` operations. */
export function anySteps(
  op: fc.Arbitrary<StateOp>,
  wait: fc.Arbitrary<Wait>,
  most: number,
): fc.Arbitrary<Step[]> {
  const batch = fc.array(op, { minLength: 1, maxLength: most });
  return fc.array(fc.record({ wait, batch }), { minLength: 1, maxLength: 25, size: 'max' });
}
