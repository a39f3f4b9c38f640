import type { GuardCall, Stage } from '../../core/control.js';
import type { Decision, Denial, MaybePromise } from '../../core/decision.js';
import { MAX_FIELD_ERRORS } from '../../core/problem.js';
import type { Principal } from '../../core/principal.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import { NOBODY_CALLS } from './admission.js';
import type { CompiledBodies } from './body-compiler.js';
import { objectsNamedBy } from './body-references.js';
import { askGuards, type CompiledGuard } from './guarded-rows.js';
import { askLists, type CompiledList } from './list-compiler.js';
import type { Owed } from './policies/obligations.js';
import { askPolicies, type PolicyCheck } from './policies/policy-check.js';
import type { CompiledReferences } from './reference-compiler.js';
import { loadAndCheck, type LoadOutcome, type NamedObject, type ResourceLoad } from './resource-load.js';
import { checkBodies } from './write-check.js';

/** What the second half of authorization works on. */
export interface GrantParts {
  /** What is loaded, that of the references included. */
  readonly loads: readonly ResourceLoad[];
  readonly lists: readonly CompiledList[];
  readonly writes: Pick<CompiledBodies, 'bodies' | 'creates'>;
  readonly references: CompiledReferences;
  readonly guards: readonly CompiledGuard[];
  /** `undefined` where the route has none. */
  readonly policies: PolicyCheck | undefined;
}

const NOTHING_NAMED: readonly NamedObject[] = [];

/**
 * Compiles the second half of authorization: load and check, ask the policies, make the conditions of lists, check the properties of
 * the body and what they refer to, fulfil the obligations. A promise is made only where a loader or a policy made one.
 */
export function grantStage(parts: GrantParts, hierarchy: RoleHierarchy): Stage | undefined {
  const { loads, lists, writes, references, policies } = parts;
  if (loads.length === 0 && lists.length === 0 && writes.bodies.length === 0 && !policies) return undefined;
  const refers = references.bodies.length > 0;
  return (call) => {
    const { request, facts } = call;
    const { principal } = facts;
    // OwnershipGuard may stand alone, where nobody has found it yet.
    const audience = (facts.audience ??= hierarchy.audienceOf(principal));
    if (loads.length === 0 && !policies) return settle(parts, call, []);
    if (principal === null) return NOBODY_CALLS;
    if (loads.length === 0) return decide(parts, call, principal, []);
    const named = refers ? objectsNamedBy(request.body, references) : NOTHING_NAMED;
    if (loads.length === 1) {
      const outcome = loadAndCheck(loads[0]!, named, call, principal, audience);
      return outcome instanceof Promise
        ? outcome.then((awaited) => decide(parts, call, principal, [awaited]))
        : decide(parts, call, principal, [outcome]);
    }
    const outcomes = loads.map((load) => {
      const own = refers ? named.filter(({ resource }) => resource === load.resource) : NOTHING_NAMED;
      return loadAndCheck(load, own, call, principal, audience);
    });
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
  const objectsOf = (load: number) => distinctIn(outcomes[load]!);
  const hide = (refused: Decision) => refused && hideFrom(call.facts, parts.loads, objectsOf, refused);
  const fulfil = () => {
    const failed = policies.obligations.fulfil(owed);
    return failed instanceof Promise ? failed.then(hide) : hide(failed);
  };
  const conclude = (refused: Decision): MaybePromise<Decision> =>
    hide(refused) ?? settle(parts, call, outcomes) ?? fulfil();
  const refused = askPolicies(policies, call, principal, objectsOf, owed);
  return refused instanceof Promise ? refused.then(conclude) : conclude(refused);
}

/**
 * What is not admitted is answered like a missing object where the caller may not know of one that is: refused or not decided, by a
 * policy of this object or of the route.
 */
function hideFrom(
  { principal, audience }: RequestFacts,
  loads: readonly ResourceLoad[],
  objectsOf: (load: number) => readonly object[],
  refused: Denial,
): Denial {
  const hidden = loads.some(
    ({ resource }, at) =>
      resource.conceal && objectsOf(at).some((one) => !resource.can('read', one, principal!, audience!)),
  );
  return hidden ? { reason: 'access.policy-hidden', note: refused.note! } : refused;
}

function settle(
  { loads, lists, writes, guards }: GrantParts,
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
      const at = loads.findIndex(({ resource, sources }) => resource.entity === entity && sources.length > 0);
      if (at < 0) return undefined;
      const objects = distinctIn(outcomes[at]!);
      const owned = ownsAll(loads[at]!, objects, facts.principal);
      return { owned, single: objects.length === 1 ? objects[0] : undefined };
    });
    if (unwritable) return unwritable;
  }
  const unusable = outcomes.flatMap((outcome) => (outcome.denial ? [] : outcome.unusable));
  if (unusable.length > 0) return refusedReferences(unusable);
  if (loaded) facts.loaded = loaded;
  return guards.length > 0 ? askGuards(guards, outcomes, facts) : undefined;
}

// In one order, that of the body, whatever is wrong with each: it tells nothing of what there is.
function refusedReferences(unusable: readonly NamedObject[]): Decision {
  const errors = unusable.slice(0, MAX_FIELD_ERRORS).map(({ pointer }) => ({
    pointer,
    code: 'reference',
    detail: 'names nothing that this caller may use',
  }));
  const names = [...new Set(unusable.map(({ resource }) => resource.name))].join(', ');
  return { reason: 'access.reference', note: names, errors };
}

/** The objects of a resource, each once, however many places of the request name it. */
function distinctIn({ objects }: LoadOutcome): readonly object[] {
  return [...new Set(objects!.flat())];
}

function ownsAll(
  { resource }: ResourceLoad,
  objects: readonly object[],
  principal: Principal | null,
): boolean {
  return principal !== null && objects.every((object) => resource.owns(object, principal));
}
