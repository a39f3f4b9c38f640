import type { Audience } from '../../core/audience.js';
import type { Decision } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import { checkObjects } from './object-check.js';
import { loadAndCheck, verdict, type ResourceLoad } from './resource-load.js';

/** What the checks of a route say of one object. */
export interface ObjectAnswer {
  /** `undefined` where none was loaded. */
  readonly object: object | undefined;
  /** What a request that names this object is told; `undefined`: it goes on. */
  readonly denial: Decision;
  /** What each check would say alone, by its action: `undefined` is that of `@Owns`. */
  readonly checks: ReadonlyArray<{ readonly action: string | undefined; readonly denial: Decision }>;
}

/**
 * Asks outside of a request what a request is told that names this object wherever the route reads one of this resource. The object is loaded
 * once, unlocked, and judged by what judges requests.
 */
export async function answerAbout(
  load: ResourceLoad,
  id: unknown,
  principal: Principal,
  audience: Audience,
): Promise<ObjectAnswer> {
  const { resource, sources } = load;
  const unasked = { read: () => id, many: false, kept: false, checks: [] };
  const nowhere = {
    request: { headers: {}, params: {}, query: {}, body: undefined },
    raw: undefined as never,
  };
  const alone = { resource, lock: false, sources: [unasked] };
  const { denial, objects } = await loadAndCheck(alone, [], nowhere, principal, audience);
  const checks = sources.flatMap((source) => source.checks);
  if (denial) {
    return { object: undefined, denial, checks: checks.map(({ action }) => ({ action, denial })) };
  }
  const object = objects[0]![0]!;
  const everywhere = sources.map(() => [0]);
  return {
    object,
    denial: verdict(load, everywhere, [object], principal, audience).denial,
    checks: checks.map((check) => ({
      action: check.action,
      denial: checkObjects([object], [check], resource, principal, audience),
    })),
  };
}
