import type { GuardCall, Stage } from '../../core/control.js';
import type { Decision, MaybePromise } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import { NOBODY_CALLS } from './admission.js';
import type { CompiledBodies } from './body-compiler.js';
import { askLists, type CompiledList } from './list-compiler.js';
import type { Owed } from './policies/obligations.js';
import { askPolicies, type PolicyCheck } from './policies/policy-check.js';
import { loadAndCheck, type LoadOutcome, type ResourceLoad } from './resource-load.js';
import { checkBodies } from './write-check.js';

/** What the second half of authorization works on. */
export interface GrantParts {
  readonly loads: readonly ResourceLoad[];
  readonly lists: readonly CompiledList[];
  readonly writes: CompiledBodies;
  /** `undefined` where the route has none. */
  readonly policies: PolicyCheck | undefined;
}

/**
 * Compiles the second half of authorization: load and check, ask the policies, make the conditions of lists, check the properties of
 * the body, fulfil the obligations. A promise is made only where a loader or a policy made one.
 */
export function grantStage(parts: GrantParts, hierarchy: RoleHierarchy): Stage | undefined {
  const { loads, lists, writes, policies } = parts;
  if (loads.length === 0 && lists.length === 0 && writes.bodies.length === 0 && !policies) return undefined;
  return (call) => {
    const { request, facts } = call;
    const { principal } = facts;
    // OwnershipGuard may stand alone, where nobody has found it yet.
    const audience = (facts.audience ??= hierarchy.audienceOf(principal));
    if (loads.length === 0 && !policies) return settle(parts, call, []);
    if (principal === null) return NOBODY_CALLS;
    if (loads.length === 0) return decide(parts, call, principal, []);
    if (loads.length === 1) {
      const outcome = loadAndCheck(loads[0]!, request, principal, audience);
      return outcome instanceof Promise
        ? outcome.then((awaited) => decide(parts, call, principal, [awaited]))
        : decide(parts, call, principal, [outcome]);
    }
    const outcomes = loads.map((load) => loadAndCheck(load, request, principal, audience));
    if (outcomes.some((outcome) => outcome instanceof Promise)) {
      const awaited = outcomes.map((outcome) => Promise.resolve(outcome));
      return Promise.all(awaited).then((settled) => decide(parts, call, principal, settled));
    }
    return decide(parts, call, principal, outcomes as readonly LoadOutcome[]);
  };
}

/** What was loaded, then the policies, then what is left; and what a policy has bound its consent to comes last, when all else admits. */
function decide(
  parts: GrantParts,
  call: GuardCall,
  principal: Principal,
  outcomes: readonly LoadOutcome[],
): MaybePromise<Decision> {
  const denial = outcomes.find((outcome) => outcome.denial)?.denial;
  if (denial) return denial;
  const { policies } = parts;
  if (!policies) return settle(parts, call, outcomes);
  const owed: Owed[] = [];
  const conclude = (refused: Decision): MaybePromise<Decision> =>
    refused ?? settle(parts, call, outcomes) ?? policies.obligations.fulfil(owed);
  const objectsOf = (load: number) => outcomes[load]!.objects!.flat();
  const refused = askPolicies(policies, call, principal, objectsOf, owed);
  return refused instanceof Promise ? refused.then(conclude) : conclude(refused);
}

function settle(
  { loads, lists, writes }: GrantParts,
  call: GuardCall,
  outcomes: readonly LoadOutcome[],
): Decision {
  const { facts } = call;
  let loaded: Map<unknown, unknown> | undefined;
  for (let i = 0; i < outcomes.length; i++) {
    const objects = outcomes[i]!.objects!;
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
