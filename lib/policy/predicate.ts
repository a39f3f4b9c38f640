import type { Audience } from '../core/audience.js';
import type { Principal } from '../core/principal.js';
import { compileRule, hasId } from './compiled-rule.js';
import type { RuleNode } from './rule.js';
import { atPath, comparesToCaller, YES } from './verdict.js';

/** Whether a rule admits a caller to an object that is in memory. */
export type Predicate = (object: object, principal: Principal, audience: Audience) => boolean;

/**
 * Compiles a rule into a check of one object: closures over the rule, nothing is decided per call but values.
 *
 * What is not there is never right: a relation that was not loaded, `undefined`, `null` and `''` own nothing, a principal
 * without id is admitted nowhere, an empty `any` is false, and `not` of what is not known is not known.
 *
 * @example
 * ```ts
 * const mayRead = compilePredicate({ kind: 'owner', path: ['userId'] });
 * mayRead(order, principal, audience);
 * ```
 */
export function compilePredicate(node: RuleNode): Predicate {
  if (node.kind === 'owner') {
    // Asked of every object of a response, and it needs no related rows.
    return (object, principal) =>
      hasId(principal) && atPath(object, node.path, 0, comparesToCaller, principal.id) === YES;
  }
  const rule = compileRule(node);
  return (object, principal, audience) =>
    hasId(principal) && rule.judge([object], principal, audience) === YES;
}
