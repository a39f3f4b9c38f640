import type { Consumed, Rate } from '../../core/state-store.js';
import { denied, longestBlock, type Meter } from './meter.js';

/**
 * The theoretical arrival time of one key is `tat + part / limit` ms: a whole part and a numerator, because a rounded interval
 * admits one request too many or too few (60 s / 9, 60 s / 11).
 */
export class Cells implements Meter {
  tat = 0;
  part = 0;
  // Only where there was a block, and `until` is worked out: two numbers less in each of a hundred thousand.
  declare blockedUntil?: number;

  get until(): number {
    return Math.max(this.tat + (this.part > 0 ? 1 : 0), this.blockedUntil ?? 0);
  }
}

/**
 * Counts `cost` units by the generic cell rate algorithm, in whole numbers. An idle key admits exactly `burst` units at once,
 * and no window of `period` ms ever holds more than `limit` + `burst` − 1. What is denied counts nothing, but starts the block: also
 * where a limit that differs from call to call has several rates of one period on one key, none of them takes off what another counted.
 *
 * @example
 * ```ts
 * const rate = { algorithm: 'gcra', limit: 1, period: 1000, burst: 1, block: 0 } as const;
 * chargeCells(new Cells(), rate, 1, now); // { allowed: true, remaining: 0, retryAfter: 0, resetAfter: 1000 }
 * ```
 */
export function chargeCells(cells: Cells, rate: Rate, cost: number, now: number): Consumed {
  const ahead = aheadOf(cells, rate, now);
  if (cells.blockedUntil !== undefined && cells.blockedUntil > now) return denied(cells, now, 0);
  const { limit, period, burst } = rate;
  // In 1/limit ms, as all sums here. At most 2 × 10⁶ × 31 days: a double holds it.
  const next = ahead + cost * period;
  const over = next - burst * period;
  if (over > 0) {
    const wait = Math.ceil(over / limit);
    if (rate.block > 0) cells.blockedUntil = now + Math.max(rate.block, wait);
    return denied(cells, now, wait);
  }
  return setAhead(cells, rate, next, now);
}

/** Gives units back. */
export function refundCells(cells: Cells, rate: Rate, cost: number, now: number): void {
  setAhead(cells, rate, Math.max(0, aheadOf(cells, rate, now) - cost * rate.period), now);
}

/** What a key has left that was charged and gave it back, because another limit of the batch denied: `tat` and `part` as before. */
export function restoreCells(cells: Cells, rate: Rate, now: number, tat: number, part: number): Consumed {
  cells.tat = tat;
  cells.part = part;
  return admitted(cells, rate, aheadOf(cells, rate, now), now);
}

/** How far the key is ahead of now, in 1/limit ms. */
function aheadOf(cells: Cells, rate: Rate, now: number): number {
  const { limit, period } = rate;
  // No limit of this period gets further ahead: the clock was set back, or the period made shorter. Neither may lock a caller out for
  // longer, so this alone is remembered even where the charge is denied.
  if (cells.tat >= now + period) {
    cells.tat = now + period;
    cells.part = 0;
  }
  const longest = longestBlock(rate, now);
  if (cells.blockedUntil !== undefined && cells.blockedUntil > longest) cells.blockedUntil = longest;
  if (cells.tat < now) return 0;
  // A part that is no part of this limit is one of another: less than a millisecond.
  return (cells.tat - now) * limit + (cells.part < limit ? cells.part : 0);
}

function setAhead(cells: Cells, rate: Rate, ahead: number, now: number): Consumed {
  const whole = Math.floor(ahead / rate.limit);
  cells.tat = now + whole;
  cells.part = ahead - whole * rate.limit;
  return admitted(cells, rate, ahead, now);
}

function admitted(cells: Cells, { period, burst }: Rate, ahead: number, now: number): Consumed {
  return {
    allowed: true,
    // Another rate of the key may be further ahead than this one ever is.
    remaining: Math.max(0, Math.floor((burst * period - ahead) / period)),
    retryAfter: 0,
    resetAfter: Math.max(0, cells.until - now),
  };
}
