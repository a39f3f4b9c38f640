import type { ThrottlerModuleOptions, ThrottlerOptions, ThrottlerStorage } from '@nestjs/throttler';
import { factsOf, rawRequest } from '../../core/request-facts.js';
import type { Consumed, StateStore } from '../../core/state-store.js';
import { wholeSeconds } from './limit-headers.js';
import type { ThrottlerSettings, ThrottlingSettings } from './limits.options.js';
import { keyOf, sharedLimit } from './route-limits.js';
import { isThrottled } from './throttle-metadata.js';

type Hit = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Lets the stock `ThrottlerGuard` of an application count in the same state store: bounded, atomic, and shared where the store is.
 *
 * @example
 * ```ts
 * ThrottlerModule.forRoot({ throttlers, storage: new StateThrottlerStorage(store) });
 * ```
 */
export class StateThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly store: StateStore) {}

  async increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    name: string,
  ): Promise<Hit> {
    const period = Math.max(1, Math.ceil(ttl));
    const whole = Math.floor(limit);
    if (!(whole >= 1)) {
      const wait = wholeSeconds(period);
      return { totalHits: 1, timeToExpire: wait, isBlocked: true, timeToBlockExpire: wait };
    }
    const block = Math.max(0, Math.ceil(blockDuration));
    const [result] = await this.store.run([
      { op: 'consume', key: `throttler:${name}:${key}`, limit: whole, period, block },
    ]);
    const { allowed, remaining, retryAfter, resetAfter } = result as Consumed;
    return {
      totalHits: whole - remaining + (allowed ? 0 : 1),
      timeToExpire: wholeSeconds(resetAfter),
      isBlocked: !allowed,
      timeToBlockExpire: wholeSeconds(retryAfter),
    };
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

function stockThrottler(throttler: ThrottlerSettings): ThrottlerOptions {
  const limit = sharedLimit(throttler);
  const subject = (request: unknown): string | undefined => {
    const facts = factsOf(rawRequest(request));
    // Nobody has seen the request: everybody in that position shares one count.
    return facts ? keyOf(limit, { facts, request: request as never }) : 'unknown';
  };
  return {
    name: throttler.name,
    ttl: throttler.ttl,
    limit: throttler.limit,
    blockDuration: throttler.blockDuration,
    skipIf: (context) =>
      (throttler.scope === 'declared' &&
        !isThrottled(context.getHandler(), throttler.name) &&
        !isThrottled(context.getClass(), throttler.name)) ||
      subject(context.switchToHttp().getRequest()) === undefined,
    getTracker: (request) => subject(request)!,
  };
}
