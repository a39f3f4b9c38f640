import type { Audience } from '../../core/audience.js';
import type { Decision } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { Resource } from '../../policy/compiled-resource.js';
import { checkObjects, type ObjectCheck } from './object-check.js';
import { loadOne } from './resource-load.js';

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
 * Asks outside of a request what a request is told that names this object wherever these checks are made. The object is loaded once,
 * unlocked, and judged by what judges requests.
 */
export async function answerAbout(
  resource: Resource,
  checks: readonly ObjectCheck[],
  id: unknown,
  principal: Principal,
  audience: Audience,
): Promise<ObjectAnswer> {
  const { denial, object } = await loadOne(resource, id);
  if (denial) return { object, denial, checks: checks.map(({ action }) => ({ action, denial })) };
  const denialOf = (some: readonly ObjectCheck[]) =>
    checkObjects([object], some, resource, principal, audience);
  return {
    object,
    denial: denialOf(checks),
    checks: checks.map((check) => ({ action: check.action, denial: denialOf([check]) })),
  };
}
