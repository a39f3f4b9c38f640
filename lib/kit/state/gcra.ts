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
 * and no window of `period` ms ever holds more than `limit` + `burst` − 1. What is denied counts nothing, but starts the block.
 *
 * @example
 * ```ts
 * const rate = { algorithm: 'gcra', limit: 1, period: 1000, burst: 1, block: 0 } as const;
 * chargeCells(new Cells(), rate, 1, now); // { allowed: true, remaining: 0, retryAfter: 0, resetAfter: 1000 }
 * ```
 */
export function chargeCells(cells: Cells, rate: Rate, cost: number, now: number): Consumed {
  const excess = bringForward(cells, rate, now);
  if (cells.blockedUntil !== undefined && cells.blockedUntil > now) return denied(cells, now, 0);
  const { limit, period, burst } = rate;
  // In 1/limit ms, as all sums here. At most 2 × 10⁶ × 31 days: a double holds it.
  const next = excess + cost * period;
  const over = next - burst * period;
  if (over > 0) {
    const wait = Math.ceil(over / limit);
    if (rate.block > 0) cells.blockedUntil = now + Math.max(rate.block, wait);
    return denied(cells, now, wait);
  }
  return admitted(cells, rate, next, now);
}

/** Gives units back. */
export function refundCells(cells: Cells, rate: Rate, cost: number, now: number): void {
  const excess = bringForward(cells, rate, now);
  admitted(cells, rate, Math.max(0, excess - cost * rate.period), now);
}

/** What a key has left that was charged and gave it back, because another limit of the batch denied: `tat` and `part` as before. */
export function restoreCells(cells: Cells, rate: Rate, now: number, tat: number, part: number): Consumed {
  cells.tat = tat;
  cells.part = part;
  return admitted(cells, rate, bringForward(cells, rate, now), now);
}

/** How far the key is ahead of now, in 1/limit ms. */
function bringForward(cells: Cells, rate: Rate, now: number): number {
  const furthest = Math.ceil((rate.burst * rate.period) / rate.limit);
  // Further ahead than a full burst: the clock was set back, or the limit was made smaller. Neither may lock a caller out for longer.
  if (cells.tat < now || cells.tat > now + furthest || cells.part >= rate.limit) {
    cells.tat = Math.min(Math.max(cells.tat, now), now + furthest);
    cells.part = 0;
  }
  if (cells.blockedUntil !== undefined)
    cells.blockedUntil = Math.min(cells.blockedUntil, longestBlock(rate, now));
  return Math.min((cells.tat - now) * rate.limit + cells.part, rate.burst * rate.period);
}

function admitted(cells: Cells, { limit, period, burst }: Rate, excess: number, now: number): Consumed {
  const whole = Math.floor(excess / limit);
  cells.tat = now + whole;
  cells.part = excess - whole * limit;
  return {
    allowed: true,
    remaining: Math.floor((burst * period - excess) / period),
    retryAfter: 0,
    resetAfter: cells.until - now,
  };
}
