import type { Consumed } from '../../core/state-store.js';

/** A limit: `limit` requests in `period` ms; once denied, denied for `block` ms (0: until a unit is free). All whole numbers. */
export interface Rate {
  readonly limit: number;
  readonly period: number;
  readonly block: number;
}

/**
 * What is remembered of one key. The theoretical arrival time is `tat + part / limit` ms: a whole part and a numerator, because a
 * rounded interval admits one request too many or too few (60 s / 9, 60 s / 11).
 */
export interface Meter {
  tat: number;
  part: number;
  blockedUntil: number;
  /** From then on the meter is as good as new, ms since the epoch. */
  until: number;
}

/** A meter that has not counted anything. */
export const newMeter = (): Meter => ({ tat: 0, part: 0, blockedUntil: 0, until: 0 });

/**
 * Counts one request by the generic cell rate algorithm, in whole numbers. An idle key admits exactly `limit` requests at once,
 * and no window of `period` ms ever holds more than 2 × `limit` − 1. A denied request counts nothing, but starts the block.
 *
 * @example
 * ```ts
 * const meter = newMeter();
 * charge(meter, { limit: 1, period: 1000, block: 0 }, now); // { allowed: true, remaining: 0, retryAfter: 0, resetAfter: 1000 }
 * ```
 */
export function charge(meter: Meter, rate: Rate, now: number): Consumed {
  bringForward(meter, rate, now);
  if (meter.blockedUntil > now) return denied(meter, now, meter.blockedUntil - now);
  let tat = meter.tat + Math.floor(rate.period / rate.limit);
  let part = meter.part + (rate.period % rate.limit);
  if (part >= rate.limit) {
    part -= rate.limit;
    tat++;
  }
  const wait = tat + (part > 0 ? 1 : 0) - now - rate.period;
  if (wait > 0) {
    // Never shorter than the wait itself: a client that comes back when told to is admitted.
    if (rate.block > 0) meter.blockedUntil = now + Math.max(rate.block, wait);
    remember(meter);
    return denied(meter, now, wait);
  }
  meter.tat = tat;
  meter.part = part;
  return admitted(meter, rate, now);
}

/** Takes one charge back, because another limit of the batch denied it: `tat` and `part` are those from before the charge. */
export function uncharge(meter: Meter, rate: Rate, now: number, tat: number, part: number): Consumed {
  meter.tat = tat;
  meter.part = part;
  bringForward(meter, rate, now);
  return admitted(meter, rate, now);
}

function bringForward(meter: Meter, rate: Rate, now: number): void {
  // Further ahead than a period: the clock was set back, or the limit was made smaller. Neither may lock a caller out for longer.
  if (meter.tat < now || meter.tat > now + rate.period || meter.part >= rate.limit) {
    meter.tat = Math.min(Math.max(meter.tat, now), now + rate.period);
    meter.part = 0;
  }
  const longest = now + Math.max(rate.block, rate.period);
  if (meter.blockedUntil > longest) meter.blockedUntil = longest;
}

function remember(meter: Meter): void {
  meter.until = Math.max(meter.tat + (meter.part > 0 ? 1 : 0), meter.blockedUntil);
}

function admitted(meter: Meter, rate: Rate, now: number): Consumed {
  remember(meter);
  return {
    allowed: true,
    remaining: unitsLeft(meter, rate, now),
    retryAfter: 0,
    resetAfter: meter.until - now,
  };
}

function unitsLeft(meter: Meter, rate: Rate, now: number): number {
  return Math.max(0, Math.floor(((now + rate.period - meter.tat) * rate.limit - meter.part) / rate.period));
}

function denied(meter: Meter, now: number, wait: number): Consumed {
  const retryAfter = Math.max(wait, meter.blockedUntil - now);
  return { allowed: false, remaining: 0, retryAfter, resetAfter: Math.max(meter.until - now, retryAfter) };
}
