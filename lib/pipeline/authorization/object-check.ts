import type { Audience } from '../../core/audience.js';
import type { Decision, Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import { refusedBy } from '../../policy/explanation.js';
import type { Resource } from '../../policy/resource-registry.js';

/** What one `@Can` or `@Owns` asks of an object that was loaded. */
export interface ObjectCheck {
  /** `undefined`: the caller has to be the owner. */
  readonly action: string | undefined;
  admits(object: object, principal: Principal, audience: Audience): boolean;
  /** For a caller who may read the object, but not this. 403. */
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
  const note = `${resource.name}: ${action ?? 'owner'}`;
  const refusal = (reason: Denial['reason']): Refuse => {
    const denial = Object.freeze<Denial>({ reason, note });
    if (!explained) return () => denial;
    return (object, principal, audience) => {
      const explanation = resource.explain(action, object, principal, audience);
      return explanation ? { reason, note: `${note}: ${refusedBy(explanation)}` } : denial;
    };
  };
  return {
    action,
    admits: (object, principal, audience) =>
      action === undefined
        ? resource.owns(object, principal)
        : resource.can(action, object, principal, audience),
    refused: refusal('access.action'),
    unseen: refusal(resource.conceal ? 'access.hidden' : 'access.foreign'),
  };
}

/**
 * Checks objects one after the other. One that the caller may not read outweighs one that they may read but not change: a list
 * with a foreign id is answered like a list with a missing one.
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
      if (!resource.can('read', object, principal, audience))
        return check.unseen(object, principal, audience);
      refused ??= check.refused(object, principal, audience);
    }
  }
  return refused;
}
