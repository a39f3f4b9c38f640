import type { Consumed, Rate } from '../../core/state-store.js';

/** What is remembered of one key that is counted. Times in milliseconds since the epoch. */
export interface Meter {
  blockedUntil?: number;
  /** From then on the meter is as good as new. */
  readonly until: number;
}

/** The answer of a limit that denies: `wait` is the time until it admits, a block may last longer. */
export function denied(meter: Meter, now: number, wait: number): Consumed {
  const retryAfter = Math.max(wait, (meter.blockedUntil ?? 0) - now);
  return { allowed: false, remaining: 0, retryAfter, resetAfter: Math.max(meter.until - now, retryAfter) };
}

/** The latest time until which a key may be blocked now: a clock that was set back must not lock a caller out for longer. */
export function longestBlock(rate: Rate, now: number): number {
  return now + Math.max(rate.block, rate.period);
}
