import type { Consumed, Rate } from '../../core/state-store.js';
import { denied, longestBlock, type Meter } from './meter.js';

/** When each unit of one key was taken, oldest first. */
export class Log implements Meter {
  readonly times: number[] = [];
  blockedUntil = 0;
  until = 0;
}

/**
 * Counts `cost` units exactly: no window of `period` ms ever holds more than `limit`. What is denied counts nothing, but starts
 * the block.
 *
 * @example
 * ```ts
 * const rate = { algorithm: 'log', limit: 5, period: 60_000, burst: 5, block: 0 } as const;
 * chargeLog(new Log(), rate, 1, now); // { allowed: true, remaining: 4, retryAfter: 0, resetAfter: 60000 }
 * ```
 */
export function chargeLog(log: Log, rate: Rate, cost: number, now: number): Consumed {
  forgetOld(log, rate, now);
  if (log.blockedUntil > now) return denied(log, now, 0);
  const { times } = log;
  // Those many of the oldest have to go first.
  const excess = times.length + cost - rate.limit;
  if (excess > 0) {
    const wait = times[excess - 1]! + rate.period - now;
    if (rate.block > 0) log.blockedUntil = now + Math.max(rate.block, wait);
    remember(log, rate);
    return denied(log, now, wait);
  }
  for (let i = 0; i < cost; i++) times.push(now);
  return admitted(log, rate, now);
}

/** Takes the newest units out again. What is left. */
export function refundLog(log: Log, rate: Rate, cost: number, now: number): Consumed {
  forgetOld(log, rate, now);
  log.times.length = Math.max(0, log.times.length - cost);
  return admitted(log, rate, now);
}

function forgetOld(log: Log, rate: Rate, now: number): void {
  const { times } = log;
  let gone = 0;
  while (gone < times.length && times[gone]! <= now - rate.period) gone++;
  if (gone > 0) times.splice(0, gone);
  // The clock was set back: what seems to come later happens now, so that nobody is locked out for longer.
  for (let i = times.length - 1; i >= 0 && times[i]! > now; i--) times[i] = now;
  const longest = longestBlock(rate, now);
  if (log.blockedUntil > longest) log.blockedUntil = longest;
  remember(log, rate);
}

function remember(log: Log, { period }: Rate): void {
  const newest = log.times.at(-1);
  log.until = Math.max(newest === undefined ? 0 : newest + period, log.blockedUntil);
}

function admitted(log: Log, rate: Rate, now: number): Consumed {
  remember(log, rate);
  return {
    allowed: true,
    remaining: Math.max(0, rate.limit - log.times.length),
    retryAfter: 0,
    resetAfter: Math.max(0, log.until - now),
  };
}
