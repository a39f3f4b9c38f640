import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rate } from '../../lib/core/state-store.js';
import { Cells, chargeCells, refundCells, restoreCells } from '../../lib/kit/state/gcra.js';

const START = 1_790_000_000_000;

/** Admits at most `limit` requests in (now − period, now]: the strictest reading of a limit. */
class ExactLog {
  readonly admitted: number[] = [];
  admits(rate: Rate, now: number): boolean {
    return this.admitted.filter((at) => at > now - rate.period).length < rate.limit;
  }
}

/** The definition of the algorithm, in rational numbers: everything is scaled by the limit. */
class RationalCells {
  #tat = 0n;
  admits(rate: Rate, now: number, cost = 1): boolean {
    const [period, at] = [BigInt(rate.period), BigInt(now) * BigInt(rate.limit)];
    const next = (this.#tat > at ? this.#tat : at) + period * BigInt(cost);
    if (next > at + period * BigInt(rate.burst)) return false;
    this.#tat = next;
    return true;
  }
}

const GCRA = { algorithm: 'gcra', block: 0 } as const;

const rates: fc.Arbitrary<Rate> = fc
  .record({
    limit: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 300 })),
    period: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 100_000 })),
  })
  .map((rate) => ({ ...GCRA, ...rate, burst: rate.limit }));
const bursts: fc.Arbitrary<Rate> = fc
  .tuple(rates, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([rate, share]) => ({ ...rate, burst: Math.max(1, Math.floor(rate.limit * share)) }));
// Bursts, hammering, and rests of about a period: the traffic that finds the worst window.
const gaps = fc.array(
  fc.oneof(
    fc.constant(0),
    fc.double({ min: 0, max: 1.2, noNaN: true }),
    fc.double({ min: 0, max: 0.05, noNaN: true }),
  ),
  {
    minLength: 1,
    maxLength: 250,
  },
);

function* arrivals(rate: Rate, shares: readonly number[]): Generator<number> {
  let now = START;
  for (const share of shares) {
    now += Math.round(share * rate.period);
    // A share of 0 is a burst of more than the limit.
    for (let i = 0; i < (share === 0 ? Math.min(rate.limit + 1, 40) : 1); i++) yield now;
  }
}

const copyOf = (cells: Cells): Cells => Object.assign(new Cells(), cells);

describe('the generic cell rate algorithm', () => {
  it('admits exactly the limit at once, for every limit from 1 to 4096', () => {
    for (const period of [1, 7, 1000, 60_000, 86_400_000]) {
      for (let limit = 1; limit <= 4096; limit = period === 60_000 ? limit + 1 : limit * 2 + 1) {
        const [meter, rate] = [new Cells(), { ...GCRA, limit, burst: limit, period }];
        let admitted = 0;
        while (chargeCells(meter, rate, 1, START).allowed) admitted++;
        if (admitted !== limit)
          expect({ limit, period, admitted }).toEqual({ limit, period, admitted: limit });
      }
    }
  });

  it('agrees with its definition in rational numbers', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, shares) => {
        const [meter, definition] = [new Cells(), new RationalCells()];
        for (const now of arrivals(rate, shares)) {
          expect(chargeCells(meter, rate, 1, now).allowed).toBe(definition.admits(rate, now));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never admits more than 2 × limit − 1 in any window, and never denies what an exact log admits', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, shares) => {
        const [meter, log] = [new Cells(), new ExactLog()];
        for (const now of arrivals(rate, shares)) {
          const exact = log.admits(rate, now);
          const { allowed } = chargeCells(meter, rate, 1, now);
          if (exact) expect(allowed).toBe(true);
          if (allowed) log.admitted.push(now);
          const inWindow = log.admitted.filter((at) => at > now - rate.period).length;
          expect(inWindow).toBeLessThanOrEqual(2 * rate.limit - 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with its definition for every burst and cost, and keeps to limit + burst − 1', () => {
    const costs = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(bursts, gaps, costs, (rate, shares, prices) => {
        const [meter, definition] = [new Cells(), new RationalCells()];
        const admitted: Array<{ at: number; cost: number }> = [];
        let index = 0;
        for (const now of arrivals(rate, shares)) {
          const cost = Math.min(rate.burst, prices[index++ % prices.length]!);
          const { allowed, retryAfter } = chargeCells(copyOf(meter), rate, cost, now);
          expect(chargeCells(meter, rate, cost, now).allowed).toBe(allowed);
          expect(definition.admits(rate, now, cost)).toBe(allowed);
          if (!allowed) {
            expect(chargeCells(copyOf(meter), rate, cost, now + retryAfter).allowed).toBe(true);
            expect(chargeCells(copyOf(meter), rate, cost, now + retryAfter - 1).allowed).toBe(false);
            continue;
          }
          admitted.push({ at: now, cost });
          const inWindow = admitted.filter(({ at }) => at > now - rate.period);
          const units = inWindow.reduce((sum, one) => sum + one.cost, 0);
          expect(units).toBeLessThanOrEqual(rate.limit + rate.burst - 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives back exactly what was taken, at any time before it would be free anyway', () => {
    fc.assert(
      fc.property(bursts, fc.integer({ min: 1, max: 300 }), (rate, units) => {
        const taken = Math.min(units, rate.burst);
        const meter = new Cells();
        chargeCells(meter, rate, taken, START);
        refundCells(meter, rate, taken, START);
        expect(chargeCells(meter, rate, rate.burst, START).allowed).toBe(true);
        refundCells(meter, rate, rate.burst * 2, START);
        expect(chargeCells(meter, rate, rate.burst, START).remaining).toBe(0);
      }),
    );
  });

  it('keeps the bound for large limits, where a rounded interval breaks it', () => {
    for (const limit of [999, 1000, 1021, 2047, 4093, 4096]) {
      const [meter, rate] = [new Cells(), { ...GCRA, limit, burst: limit, period: 60_000 }];
      let admitted = 0;
      for (let i = 0; i < limit; i++) if (chargeCells(meter, rate, 1, START).allowed) admitted++;
      for (let ms = 1; ms < 60_000; ms++) while (chargeCells(meter, rate, 1, START + ms).allowed) admitted++;
      expect(admitted).toBe(2 * limit - 1);
    }
  });

  it('names a wait that is enough, and not a millisecond too long', () => {
    const blocks = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100_000 }));
    fc.assert(
      fc.property(rates, blocks, gaps, (free, block, shares) => {
        const [meter, rate] = [new Cells(), { ...free, block }];
        for (const now of arrivals(rate, shares)) {
          const { allowed, retryAfter } = chargeCells(meter, rate, 1, now);
          if (allowed) continue;
          expect(retryAfter).toBeGreaterThan(0);
          const copy = (): Cells => copyOf(meter);
          expect(chargeCells(copy(), rate, 1, now + retryAfter).allowed).toBe(true);
          expect(chargeCells(copy(), rate, 1, now + retryAfter - 1).allowed).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('tells what is left: that many more are admitted at once, and no more', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, shares) => {
        const meter = new Cells();
        for (const now of arrivals(rate, shares.slice(0, 30))) {
          const { remaining } = chargeCells(meter, rate, 1, now);
          const copy = copyOf(meter);
          let more = 0;
          while (chargeCells(copy, rate, 1, now).allowed) more++;
          expect(more).toBe(remaining);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is as good as new at resetAfter, and not before', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, shares) => {
        const meter = new Cells();
        for (const now of arrivals(rate, shares.slice(0, 30))) {
          const { resetAfter } = chargeCells(meter, rate, 1, now);
          const admittedAt = (at: number) => {
            const copy = copyOf(meter);
            let count = 0;
            while (chargeCells(copy, rate, 1, at).allowed) count++;
            return count;
          };
          expect(admittedAt(now + resetAfter)).toBe(rate.limit);
          if (rate.limit <= rate.period) expect(admittedAt(now + resetAfter - 1)).toBeLessThan(rate.limit);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('takes a charge back without a trace', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, shares) => {
        const [meter, untouched] = [new Cells(), new Cells()];
        for (const now of arrivals(rate, shares)) {
          const { tat, part } = meter;
          if (chargeCells(meter, rate, 1, now).allowed) restoreCells(meter, rate, now, tat, part);
          expect(chargeCells(meter, rate, 1, now)).toEqual(chargeCells(untouched, rate, 1, now));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('leaves what one rate of a key counted as it is where another denies', () => {
    // Two callers' plans on one key: the same period, another limit and burst.
    const pairs = fc.tuple(bursts, bursts).map(([a, b]) => [a, { ...b, period: a.period }] as const);
    fc.assert(
      fc.property(pairs, gaps, fc.array(fc.boolean(), { minLength: 1 }), ([a, b], shares, turns) => {
        const meter = new Cells();
        let index = 0;
        for (const now of arrivals(a, shares)) {
          const rate = turns[index++ % turns.length] ? a : b;
          const before = copyOf(meter);
          const { allowed, retryAfter, remaining } = chargeCells(meter, rate, 1, now);
          expect(remaining).toBeGreaterThanOrEqual(0);
          if (allowed) continue;
          expect(meter).toEqual(before);
          expect(chargeCells(copyOf(meter), rate, 1, now + retryAfter).allowed).toBe(true);
          expect(chargeCells(copyOf(meter), rate, 1, now + retryAfter - 1).allowed).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('locks nobody out for longer than a period when the clock is set back', () => {
    const [meter, rate] = [new Cells(), { ...GCRA, limit: 2, burst: 2, period: 1000, block: 500 }];
    for (let i = 0; i < 3; i++) chargeCells(meter, rate, 1, START);
    const earlier = START - 3_600_000;
    expect(chargeCells(meter, rate, 1, earlier).retryAfter).toBeLessThanOrEqual(1000);
    expect(chargeCells(meter, rate, 1, earlier + 1000).allowed).toBe(true);
  });
});
