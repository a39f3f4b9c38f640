import type { Audience } from '../core/audience.js';
import type { Principal } from '../core/principal.js';
import { hasId } from './compiled-rule.js';
import {
  ALWAYS,
  and,
  NEVER,
  not,
  or,
  some,
  type AskedCondition,
  type RowCondition,
} from './row-condition.js';
import { callerValue } from './verdict.js';

/**
 * Puts a caller into a condition on rows. Of what is left, every part depends on a row. A principal without an id gets
 * {@link NEVER}, so that no query is made for them.
 */
export function askRows(condition: RowCondition, principal: Principal, audience: Audience): AskedCondition {
  return hasId(principal) ? ask(condition, principal, audience) : NEVER;
}

function ask(condition: RowCondition, principal: Principal, audience: Audience): AskedCondition {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const of = condition.of.map((one) => ask(one, principal, audience));
      return condition.kind === 'and' ? and(of) : or(of);
    }
    case 'not':
      return not(ask(condition.of, principal, audience));
    case 'some': {
      const { row, via, as, always } = condition;
      return some({ row, via, as, always }, ask(condition.where, principal, audience));
    }
    case 'role':
      return audience.roles.has(condition.role) ? ALWAYS : NEVER;
    case 'scope':
      return principal.scopes.includes(condition.scope) ? ALWAYS : NEVER;
    case 'callerLacks':
      return callerValue(principal, condition.of) === undefined ? ALWAYS : NEVER;
    case 'caller': {
      const raw = callerValue(principal, condition.of);
      const value = raw === undefined ? undefined : condition.parse(raw);
      return value === undefined ? NEVER : { kind: 'holds', row: condition.row, path: condition.path, value };
    }
    case 'fn':
      return { kind: 'fn', query: condition.query(principal), name: condition.node.name };
    default:
      return condition;
  }
}
