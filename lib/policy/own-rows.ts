import type { Audience } from '../core/audience.js';
import type { RuleNode } from './rule.js';

/**
 * Whether a rule admits callers of an audience to nothing but their own objects: what is for the owner of an object is then for them in
 * all that it admits. Anything that is not sure is no.
 *
 * @param owner the path to the owner's id
 */
export function admitsOwnOnly(node: RuleNode, owner: readonly string[], audience: Audience): boolean {
  switch (node.kind) {
    case 'owner':
      return node.path.join('\0') === owner.join('\0');
    // A role that the caller lacks admits to nothing.
    case 'role':
      return !audience.roles.has(node.role);
    case 'any':
      return node.rules.every((rule) => admitsOwnOnly(rule, owner, audience));
    case 'all':
      return node.rules.some((rule) => admitsOwnOnly(rule, owner, audience));
    default:
      return false;
  }
}
