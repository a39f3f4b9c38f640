import type { GuardCall, Stage } from '../../core/control.js';
import type { Decision } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import { NOBODY_CALLS } from './admission.js';
import type { CompiledBodies } from './body-compiler.js';
import { askLists, type CompiledList } from './list-compiler.js';
import { loadAndCheck, type LoadOutcome, type ResourceLoad } from './resource-load.js';
import { checkBodies } from './write-check.js';

/** What the second half of authorization works on. */
export interface GrantParts {
  readonly loads: readonly ResourceLoad[];
  readonly lists: readonly CompiledList[];
  readonly writes: CompiledBodies;
}

/**
 * Compiles the second half of authorization: load and check, make the conditions of lists, check the properties of the body.
 * A promise is made only where a loader made one.
 */
export function grantStage(parts: GrantParts, hierarchy: RoleHierarchy): Stage | undefined {
  const { loads, lists, writes } = parts;
  if (loads.length === 0 && lists.length === 0 && writes.bodies.length === 0) return undefined;
  return (call) => {
    const { request, facts } = call;
    const { principal } = facts;
    // OwnershipGuard may stand alone, where nobody has found it yet.
    const audience = (facts.audience ??= hierarchy.audienceOf(principal));
    if (loads.length === 0) return settle(parts, call, []);
    if (principal === null) return NOBODY_CALLS;
    if (loads.length === 1) {
      const outcome = loadAndCheck(loads[0]!, request, principal, audience);
      return outcome instanceof Promise
        ? outcome.then((awaited) => settle(parts, call, [awaited]))
        : settle(parts, call, [outcome]);
    }
    const outcomes = loads.map((load) => loadAndCheck(load, request, principal, audience));
    if (outcomes.some((outcome) => outcome instanceof Promise)) {
      const awaited = outcomes.map((outcome) => Promise.resolve(outcome));
      return Promise.all(awaited).then((settled) => settle(parts, call, settled));
    }
    return settle(parts, call, outcomes as readonly LoadOutcome[]);
  };
}

function settle(
  { loads, lists, writes }: GrantParts,
  call: GuardCall,
  outcomes: readonly LoadOutcome[],
): Decision {
  const { facts } = call;
  let loaded: Map<unknown, unknown> | undefined;
  for (let i = 0; i < outcomes.length; i++) {
    const { denial, objects } = outcomes[i]!;
    if (denial) return denial;
    const { resource, sources } = loads[i]!;
    for (let at = 0; at < sources.length; at++) {
      const { kept, many } = sources[at]!;
      if (kept) (loaded ??= new Map()).set(resource.entity, many ? objects[at] : objects[at]![0]);
    }
  }
  const unlisted = lists.length > 0 ? askLists(lists, facts) : undefined;
  if (unlisted) return unlisted;
  if (writes.bodies.length > 0) {
    const unwritable = checkBodies(writes.bodies, call, writes.creates, (entity) => {
      const at = loads.findIndex(({ resource }) => resource.entity === entity);
      return at < 0 ? undefined : ownsAll(loads[at]!, outcomes[at]!.objects!.flat(), facts.principal);
    });
    if (unwritable) return unwritable;
  }
  if (loaded) facts.loaded = loaded;
  return undefined;
}

function ownsAll(
  { resource }: ResourceLoad,
  objects: readonly object[],
  principal: Principal | null,
): boolean {
  return principal !== null && objects.every((object) => resource.owns(object, principal));
}
