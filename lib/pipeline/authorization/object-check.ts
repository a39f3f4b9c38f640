import type { Audience } from '../../core/audience.js';
import { RETRY_SOON, type Decision, type Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import { refusedBy } from '../../policy/explanation.js';
import type { Resource } from '../../policy/compiled-resource.js';

/** What one `@Can` or `@Owns` asks of an object that was loaded. */
export interface ObjectCheck {
  /** `undefined`: the caller has to be the owner. */
  readonly action: string | undefined;
  admits(object: object, principal: Principal, audience: Audience): boolean;
  /** For a caller who may read the object, but not this: 403, or 503 where the rule has no answer. */
  readonly refused: Refuse;
  /** For a caller who may not even know of it: 404, or 403 where the resource conceals nothing. */
  readonly unseen: Refuse;
}

type Refuse = (object: object, principal: Principal, audience: Audience) => Denial;

/**
 * Compiles the check of an action, or of ownership where `action` is `undefined`.
 *
 * @param explained whether denials say which rules refused: never which values
 */
export function objectCheck(resource: Resource, action: string | undefined, explained: boolean): ObjectCheck {
  const name = `${resource.name}: ${action ?? 'owner'}`;
  const refuse = (reason: Denial['reason'], ...call: Parameters<Refuse>): Denial => {
    const explanation = explained ? resource.explain(action, ...call) : undefined;
    return { reason, note: explanation ? `${name}: ${refusedBy(explanation)}` : name };
  };
  const openly = (reason: Denial['reason'], ...call: Parameters<Refuse>): Denial => {
    const failure = resource.failure(action, ...call);
    if (failure === undefined) return refuse(reason, ...call);
    return { reason: 'access.rule-unavailable', note: `${name}: ${failure}`, headers: RETRY_SOON };
  };
  // A 503 would tell that the object is there: what has failed is for the log alone.
  const hidden: Refuse = (...call) => {
    const failure = resource.failure(action, ...call);
    if (failure !== undefined) return { reason: 'access.hidden', note: `${name}: ${failure}` };
    const unread = action === 'read' ? undefined : resource.failure('read', ...call);
    if (unread !== undefined) return { reason: 'access.hidden', note: `${name}; read: ${unread}` };
    return refuse('access.hidden', ...call);
  };
  return {
    action,
    admits: (object, principal, audience) =>
      action === undefined
        ? resource.owns(object, principal)
        : resource.can(action, object, principal, audience),
    refused: (...call) => openly('access.action', ...call),
    unseen: resource.conceal ? hidden : (...call) => openly('access.foreign', ...call),
  };
}

/** Whether a denial of a check is about an object that the caller may not know of: it outweighs all others. */
export function isUnseen({ reason }: Denial): boolean {
  return reason === 'access.hidden' || reason === 'access.foreign';
}

/**
 * Checks objects one after the other. One that the caller may not read outweighs one that they may read but not change, and that one whose
 * rule gave no answer: a list with a foreign id is answered like a list with a missing one.
 */
export function checkObjects(
  objects: readonly object[],
  checks: readonly ObjectCheck[],
  resource: Resource,
  principal: Principal,
  audience: Audience,
): Decision {
  let refused: Decision;
  for (const object of objects) {
    for (const check of checks) {
      if (check.admits(object, principal, audience)) continue;
      if (check.action === 'read' || !resource.can('read', object, principal, audience))
        return check.unseen(object, principal, audience);
      refused = heavier(refused, check.refused(object, principal, audience));
    }
  }
  return refused;
}

/** The first of two denials, but for one that says that there is no answer. */
export function heavier(first: Decision, second: Decision): Decision {
  return first === undefined || first.reason === 'access.rule-unavailable' ? (second ?? first) : first;
}
