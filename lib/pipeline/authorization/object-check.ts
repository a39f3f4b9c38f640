import type { Audience } from '../../core/audience.js';
import type { Decision, Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { Resource } from '../../policy/resource-registry.js';

/** What one `@Can` or `@Owns` asks of an object that was loaded. */
export interface ObjectCheck {
  admits(object: object, principal: Principal, audience: Audience): boolean;
  /** For a caller who may read the object, but not this. 403. */
  readonly refused: Denial;
  /** For a caller who may not even know of it: 404, or 403 where the resource conceals nothing. */
  readonly unseen: Denial;
}

/** Compiles the check of an action, or of ownership where `action` is `undefined`. */
export function objectCheck(resource: Resource, action: string | undefined): ObjectCheck {
  const note = `${resource.name}: ${action ?? 'owner'}`;
  return {
    admits: (object, principal, audience) =>
      action === undefined
        ? resource.owns(object, principal)
        : resource.can(action, object, principal, audience),
    refused: Object.freeze<Denial>({ reason: 'access.action', note }),
    unseen: Object.freeze<Denial>({ reason: resource.conceal ? 'access.hidden' : 'access.foreign', note }),
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
      if (!resource.can('read', object, principal, audience)) return check.unseen;
      refused ??= check.refused;
    }
  }
  return refused;
}
