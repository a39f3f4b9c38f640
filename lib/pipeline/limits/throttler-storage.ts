import type { ExecutionContext } from '@nestjs/common';
import type { ThrottlerModuleOptions, ThrottlerOptions, ThrottlerStorage } from '@nestjs/throttler';
import type { RequestView } from '../../core/control.js';
import { factsOf, rawRequest } from '../../core/request-facts.js';
import { SecurityDenial } from '../../core/security-denial.js';
import type { Consumed, Rate, StateStore } from '../../core/state-store.js';
import { unavailable } from '../../kit/state/state-trip.js';
import { BLOCK_BOUNDS, LIMIT_BOUNDS, PERIOD_BOUNDS } from './limit-bounds.js';
import { wholeSeconds } from './limit-headers.js';
import type { LimitView, ThrottlerSettings, ThrottlingSettings } from './limits.options.js';
import { RouteLimit } from './route-limit.js';
import { isThrottled } from './throttle-metadata.js';

type Hit = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Lets the stock `ThrottlerGuard` of an application count in the same state store: bounded, atomic, and shared where the store is.
 * More than 1,000,000 requests count as that many, and more than 31 days as 31 days.
 *
 * @example
 * ```ts
 * ThrottlerModule.forRoot({ throttlers, storage: new StateThrottlerStorage(store) });
 * ```
 */
export class StateThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly store: StateStore) {}

  /** @throws {SecurityDenial} `state.unavailable` (503): what the stock guard passes on would be a 500 */
  async increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    name: string,
  ): Promise<Hit> {
    const period = within(PERIOD_BOUNDS, Math.ceil(ttl));
    const whole = Math.min(Math.floor(limit), LIMIT_BOUNDS.max);
    if (!(whole >= 1)) {
      const wait = wholeSeconds(period);
      return { totalHits: 1, timeToExpire: wait, isBlocked: true, timeToBlockExpire: wait };
    }
    const block = within(BLOCK_BOUNDS, Math.ceil(blockDuration));
    const rate: Rate = { algorithm: 'gcra', limit: whole, period, burst: whole, block };
    const { allowed, remaining, retryAfter, resetAfter } = await this.#count(
      `throttler:${name}:${key}`,
      rate,
    );
    return {
      totalHits: whole - remaining + (allowed ? 0 : 1),
      timeToExpire: wholeSeconds(resetAfter),
      isBlocked: !allowed,
      timeToBlockExpire: wholeSeconds(retryAfter),
    };
  }

  async #count(key: string, rate: Rate): Promise<Consumed> {
    try {
      const results = await this.store.run([{ op: 'consume', key, rate, cost: 1, enforced: true }]);
      return results[0] as Consumed;
    } catch (error) {
      throw new SecurityDenial(unavailable(error));
    }
  }
}

/**
 * The options for `ThrottlerModule`, so that the stock guard knows the same named limits, counts the same subjects (addresses from
 * declared proxies only, IPv6 by /64) and keeps them in the same store. It counts apart from ours, and for each handler.
 */
export function throttlerModuleOptions(
  settings: ThrottlingSettings,
  store: StateStore,
): ThrottlerModuleOptions {
  return { storage: new StateThrottlerStorage(store), throttlers: settings.throttlers.map(stockThrottler) };
}

// What is no number counts as the longest, which is the strictest.
function within({ min, max }: { min: number; max: number }, value: number): number {
  return value <= max ? Math.max(min, value) : max;
}

function stockThrottler(throttler: ThrottlerSettings): ThrottlerOptions {
  const { name, ttl, limit, blockDuration, scope } = throttler;
  const counted = new RouteLimit(throttler, undefined, undefined, 1);
  const subject = (request: unknown): string | undefined => {
    const view = viewOf(request);
    // Nobody has seen the request: everybody in that position shares one count.
    if (!view) return 'unknown';
    const named = counted.subjectOf(view);
    return named === undefined ? undefined : counted.prefix + named;
  };
  const ofCaller = (context: ExecutionContext): number => {
    const view = viewOf(context.switchToHttp().getRequest());
    return view ? counted.quotaFor(view).rate.limit : 1;
  };
  return {
    name,
    ttl,
    limit: typeof limit === 'number' ? limit : ofCaller,
    blockDuration,
    skipIf: (context) =>
      (scope === 'declared' &&
        !isThrottled(context.getHandler(), name) &&
        !isThrottled(context.getClass(), name)) ||
      subject(context.switchToHttp().getRequest()) === undefined,
    getTracker: (request) => subject(request)!,
  };
}

function viewOf(request: unknown): LimitView | undefined {
  const facts = factsOf(rawRequest(request));
  return facts && { facts, request: request as RequestView };
}
