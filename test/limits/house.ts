import type { Stage } from '../../lib/core/control.js';
import type { SecurityOccurrence } from '../../lib/core/security-event.js';
import type { StateStore } from '../../lib/core/state-store.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { StateTrip } from '../../lib/kit/state/state-trip.js';
import { AddressDoor } from '../../lib/pipeline/limits/address-door.js';
import { Concurrency } from '../../lib/pipeline/limits/concurrency.js';
import { AddressToll } from '../../lib/pipeline/limits/failure-toll.js';
import type { LimitDependencies } from '../../lib/pipeline/limits/limit-charge.js';
import { LimitsControl, type LimitsSection } from '../../lib/pipeline/limits/limits.control.js';
import { resolveThrottling, type ThrottlingOptions } from '../../lib/pipeline/limits/limits.options.js';
import { failureLimit } from '../../lib/pipeline/limits/route-limit.js';
import { RouteLimits } from '../../lib/pipeline/limits/route-limits.js';

/** The limits room, put together as the module does. */
export function limitsHouse(
  throttling?: ThrottlingOptions,
  {
    store: given,
    clock,
    instances = 1,
  }: { store?: StateStore; clock?: () => number; instances?: number } = {},
) {
  const store = given ?? memoryState({ clock });
  const settings = resolveThrottling(throttling);
  const events: SecurityOccurrence[] = [];
  const door = new AddressDoor(settings.door, clock);
  const dependencies: LimitDependencies = {
    headers: settings.headers,
    door,
    reporter: { record: (event) => void events.push(event), denied: () => undefined },
    local: memoryState({ clock }),
  };
  const routeLimits = new RouteLimits(settings.throttlers, instances);
  const trip = new StateTrip(store);
  const concurrency = settings.concurrency === undefined ? undefined : new Concurrency(settings.concurrency);
  const limits = new LimitsControl(routeLimits, dependencies, concurrency);
  const failures = failureLimit(settings.failures, instances);
  return {
    settings,
    store,
    door,
    limits,
    trip,
    events,
    toll: new AddressToll(routeLimits.sharedByAddress, failures, trip, dependencies),
    /** The two stages that a route with limits has. */
    stage:
      (section: LimitsSection): Stage =>
      (call) =>
        limits.ask(section, call) ?? trip.run(call.facts),
  };
}
