import type { Decision, MaybePromise } from '../../core/decision.js';
import type { FailureToll } from '../../core/reporter.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type { Consume, StateStore } from '../../core/state-store.js';
import { addressKey } from '../../kit/http/address.js';
import type { AddressDoor } from './address-door.js';
import { consume, decide } from './consume.js';
import type { ThrottlingSettings } from './limits.options.js';
import { sharedAddressLimits, type RouteLimit } from './route-limits.js';

/**
 * Counts a request that failed before the guard could count it (unknown route, malformed body, bad token) against the limits
 * by address that all routes share, so that failing is not a way around them.
 */
export class AddressToll implements FailureToll {
  readonly #limits: readonly RouteLimit[];

  constructor(
    settings: ThrottlingSettings,
    private readonly store: StateStore,
    private readonly door: AddressDoor,
  ) {
    this.#limits = sharedAddressLimits(settings.throttlers);
  }

  charge(facts: RequestFacts): MaybePromise<Decision> {
    if (facts.charged || this.#limits.length === 0) return undefined;
    facts.charged = true;
    const address = addressKey(facts.address);
    const batch = this.#limits.map(({ prefix, limit, period, block }): Consume => ({
      op: 'consume',
      key: prefix + address,
      limit,
      period,
      block,
    }));
    return consume(this.store, batch, (results) => decide(this.#limits, results, facts.address, this.door));
  }
}
