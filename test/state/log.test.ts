import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rate } from '../../lib/core/state-store.js';
import { chargeLog, Log, refundLog } from '../../lib/kit/state/log.js';

const START = 1_790_000_000_000;

/** The definition: every unit that was admitted, and a count of those in the window. */
class EveryUnit {
  #times: number[] = [];
  inWindow(rate: Rate, now: number): number {
    return this.#times.filter((at) => at > now - rate.period).length;
  }
  admits(rate: Rate, cost: number, now: number): boolean {
    if (this.inWindow(rate, now) + cost > rate.limit) return false;
    for (let i = 0; i < cost; i++) this.#times.push(now);
    return true;
  }
  refund(cost: number): void {
    this.#times = this.#times.slice(0, Math.max(0, this.#times.length - cost));
  }
}

const rates: fc.Arbitrary<Rate> = fc
  .record({ limit: fc.integer({ min: 1, max: 100 }), period: fc.integer({ min: 1, max: 100_000 }) })
  .map(({ limit, period }) => ({ algorithm: 'log', limit, period, burst: limit, block: 0 }));
const steps = fc.array(
  fc.record({
    rest: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1.2, noNaN: true })),
    cost: fc.integer({ min: 1, max: 4 }),
    times: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 1, maxLength: 60 },
);
const copy = (log: Log): Log => Object.assign(new Log(), log, { times: [...log.times] });

describe('the exact log', () => {
  it('agrees with a count of every unit, names the exact wait, and what is left', () => {
    fc.assert(
      fc.property(rates, steps, (rate, walk) => {
        const [log, every] = [new Log(), new EveryUnit()];
        let now = START;
        for (const { rest, cost: asked, times } of walk) {
          now += Math.round(rest * rate.period);
          const cost = Math.min(asked, rate.limit);
          for (let i = 0; i < times; i++) {
            const { allowed, remaining, retryAfter, resetAfter } = chargeLog(log, rate, cost, now);
            expect(allowed).toBe(every.admits(rate, cost, now));
            expect(log.times.length).toBeLessThanOrEqual(rate.limit);
            if (allowed) {
              expect(remaining).toBe(rate.limit - every.inWindow(rate, now));
              expect(chargeLog(copy(log), rate, rate.limit, now + resetAfter).allowed).toBe(true);
              expect(chargeLog(copy(log), rate, rate.limit, now + resetAfter - 1).allowed).toBe(false);
            } else {
              expect(chargeLog(copy(log), rate, cost, now + retryAfter).allowed).toBe(true);
              expect(chargeLog(copy(log), rate, cost, now + retryAfter - 1).allowed).toBe(false);
            }
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('takes the newest units out again', () => {
    fc.assert(
      fc.property(rates, steps, (rate, walk) => {
        const [log, every] = [new Log(), new EveryUnit()];
        let now = START;
        for (const { rest, cost: asked } of walk) {
          now += Math.round(rest * rate.period);
          const cost = Math.min(asked, rate.limit);
          if (rest > 0.6) {
            refundLog(log, rate, Math.min(cost, every.inWindow(rate, now)), now);
            every.refund(Math.min(cost, every.inWindow(rate, now)));
          }
          expect(chargeLog(log, rate, cost, now).allowed).toBe(every.admits(rate, cost, now));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('locks nobody out for longer than a period when the clock is set back, nor longer than a block', () => {
    const rate: Rate = { algorithm: 'log', limit: 2, period: 1000, burst: 2, block: 500 };
    const log = new Log();
    for (let i = 0; i < 3; i++) chargeLog(log, rate, 1, START);
    const earlier = START - 3_600_000;
    expect(chargeLog(log, rate, 1, earlier).retryAfter).toBeLessThanOrEqual(1000);
    expect(chargeLog(log, rate, 1, earlier + 1000).allowed).toBe(true);
  });
});
