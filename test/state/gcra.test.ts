import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charge, newMeter, uncharge, type Meter, type Rate } from '../../lib/kit/state/gcra.js';

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
  admits(rate: Rate, now: number): boolean {
    const [limit, period, at] = [BigInt(rate.limit), BigInt(rate.period), BigInt(now) * BigInt(rate.limit)];
    const next = (this.#tat > at ? this.#tat : at) + period;
    if (next > at + period * limit) return false;
    this.#tat = next;
    return true;
  }
}

const rates = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 300 })),
  period: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 100_000 })),
  block: fc.constant(0),
});
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

describe('the generic cell rate algorithm', () => {
  it('admits exactly the limit at once, for every limit from 1 to 4096', () => {
    for (const period of [1, 7, 1000, 60_000, 86_400_000]) {
      for (let limit = 1; limit <= 4096; limit = period === 60_000 ? limit + 1 : limit * 2 + 1) {
        const [meter, rate] = [newMeter(), { limit, period, block: 0 }];
        let admitted = 0;
        while (charge(meter, rate, START).allowed) admitted++;
        if (admitted !== limit)
          expect({ limit, period, admitted }).toEqual({ limit, period, admitted: limit });
      }
    }
  });

  it('agrees with its definition in rational numbers', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, shares) => {
        const [meter, definition] = [newMeter(), new RationalCells()];
        for (const now of arrivals(rate, shares)) {
          expect(charge(meter, rate, now).allowed).toBe(definition.admits(rate, now));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never admits more than 2 × limit − 1 in any window, and never denies what an exact log admits', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, shares) => {
        const [meter, log] = [newMeter(), new ExactLog()];
        for (const now of arrivals(rate, shares)) {
          const exact = log.admits(rate, now);
          const { allowed } = charge(meter, rate, now);
          if (exact) expect(allowed).toBe(true);
          if (allowed) log.admitted.push(now);
          const inWindow = log.admitted.filter((at) => at > now - rate.period).length;
          expect(inWindow).toBeLessThanOrEqual(2 * rate.limit - 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the bound for large limits, where a rounded interval breaks it', () => {
    for (const limit of [999, 1000, 1021, 2047, 4093, 4096]) {
      const [meter, rate] = [newMeter(), { limit, period: 60_000, block: 0 }];
      let admitted = 0;
      for (let i = 0; i < limit; i++) if (charge(meter, rate, START).allowed) admitted++;
      for (let ms = 1; ms < 60_000; ms++) while (charge(meter, rate, START + ms).allowed) admitted++;
      expect(admitted).toBe(2 * limit - 1);
    }
  });

  it('names a wait that is enough, and not a millisecond too long', () => {
    const blocks = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100_000 }));
    fc.assert(
      fc.property(rates, blocks, gaps, (free, block, shares) => {
        const [meter, rate] = [newMeter(), { ...free, block }];
        for (const now of arrivals(rate, shares)) {
          const { allowed, retryAfter } = charge(meter, rate, now);
          if (allowed) continue;
          expect(retryAfter).toBeGreaterThan(0);
          const copy = (): Meter => ({ ...meter });
          expect(charge(copy(), rate, now + retryAfter).allowed).toBe(true);
          expect(charge(copy(), rate, now + retryAfter - 1).allowed).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('tells what is left: that many more are admitted at once, and no more', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, shares) => {
        const meter = newMeter();
        for (const now of arrivals(rate, shares.slice(0, 30))) {
          const { remaining } = charge(meter, rate, now);
          const copy = { ...meter };
          let more = 0;
          while (charge(copy, rate, now).allowed) more++;
          expect(more).toBe(remaining);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is as good as new at resetAfter, and not before', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, shares) => {
        const meter = newMeter();
        for (const now of arrivals(rate, shares.slice(0, 30))) {
          const { resetAfter } = charge(meter, rate, now);
          const admittedAt = (at: number) => {
            const copy = { ...meter };
            let count = 0;
            while (charge(copy, rate, at).allowed) count++;
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
        const [meter, untouched] = [newMeter(), newMeter()];
        for (const now of arrivals(rate, shares)) {
          const { tat, part } = meter;
          if (charge(meter, rate, now).allowed) uncharge(meter, rate, now, tat, part);
          expect(charge(meter, rate, now)).toEqual(charge(untouched, rate, now));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('locks nobody out for longer than a period when the clock is set back', () => {
    const [meter, rate] = [newMeter(), { limit: 2, period: 1000, block: 500 }];
    for (let i = 0; i < 3; i++) charge(meter, rate, START);
    const earlier = START - 3_600_000;
    expect(charge(meter, rate, earlier).retryAfter).toBeLessThanOrEqual(1000);
    expect(charge(meter, rate, earlier + 1000).allowed).toBe(true);
  });
});
