import type { Audience } from '../../../core/audience.js';
import type { RequestFacts } from '../../../core/request-facts.js';
import { SecurityDenial } from '../../../core/security-denial.js';
import type { Walk } from './encoder.js';
import type { ReadableResource } from './readable-resource.js';

/** Whether an object may leave for the caller of a response. */
export type ReadCheck = (object: object, walk: Walk) => boolean;

/** Stands for an object that was left out. Whoever holds one leaves it out in turn. */
export const REDACTED = Symbol('nestjs-gatehouse:redacted');

/**
 * The second line behind the guard: an object of a resource leaves for callers whom its rule `read` admits, and for whom the guard, or the
 * condition of the list, has admitted it as one of this resource. What the rule needs and the object does not have is a no.
 *
 * @param redact whether what may not leave is left out; else the answer is refused
 * @throws {SecurityDenial} `output.unreadable`
 */
export function readCheck(resource: ReadableResource, audience: Audience, redact: boolean): ReadCheck {
  return (object, walk) => {
    const { principal, facts } = walk;
    if (principal !== null && resource.can('read', object, principal, audience)) return true;
    if (facts !== undefined && wasAdmitted(facts, resource, object)) return true;
    const missing = resource.missing('read', object);
    if (facts !== undefined) note(facts, resource, missing);
    if (!redact) {
      throw new SecurityDenial({ reason: 'output.unreadable', note: noteOf(resource.name, missing) });
    }
    walk.redacted = true;
    return false;
  };
}

/** Both checks, where an object is of two resources. */
export function bothChecks(one: ReadCheck | undefined, other: ReadCheck | undefined): ReadCheck | undefined {
  if (one === other || other === undefined) return one;
  if (one === undefined) return other;
  return (object, walk) => one(object, walk) && other(object, walk);
}

/** Whether the guard has loaded this very object and checked it by the rules of this resource, or the query of its list has given it. */
function wasAdmitted({ loaded, listing }: RequestFacts, resource: ReadableResource, object: object): boolean {
  if (listing && isOf(listing.plan.entity, resource) && listing.hasAdmitted(object)) return true;
  for (const [named, held] of loaded ?? []) {
    if (isOf(named, resource) && (held === object || (Array.isArray(held) && held.includes(object))))
      return true;
  }
  return false;
}

/** Whether what a route has checked by this class is checked by the rules of the resource. */
function isOf(named: unknown, { entity, bases }: ReadableResource): boolean {
  return named === entity || bases.has(named);
}

// One note a resource: a list may hold ten thousand.
function note(facts: RequestFacts, { name, conceal }: ReadableResource, missing: string | undefined): void {
  const known = (facts.violations ??= []).find(({ resource }) => resource === name);
  if (known) known.count += 1;
  else facts.violations.push({ resource: name, missing, conceal, count: 1 });
}

function noteOf(resource: string, missing: string | undefined): string {
  return missing === undefined
    ? `${resource}: the rule read does not admit the caller to an object of the response`
    : `${resource}: the rule read needs ${missing}, which was not loaded`;
}
