import { SecurityConfigError } from '../core/config-error.js';
import { nameOf, nameOrNumber } from '../core/options.js';
import { leadsToPrototype } from '../core/prototype-names.js';
import type { RuleNode } from './rule.js';

const MAX_LEVELS = 4;

/**
 * Refuses what types cannot: a rule cast, written in JavaScript or read from a file.
 *
 * @param where names the rule, `Order.can.read`
 * @throws {SecurityConfigError} `resource.invalid`
 */
export function checkRule(where: string, node: RuleNode): void {
  const wrong = (problem: string, fix: string) =>
    new SecurityConfigError('resource.invalid', where, problem, fix);
  switch (node?.kind) {
    case 'any':
    case 'all':
      if (node.kind === 'all' && node.rules.length === 0) {
        throw wrong('has an r.all() without rules, which would admit everybody', 'write r.all(r.owner(), …)');
      }
      for (const rule of node.rules) checkRule(where, rule);
      return;
    case 'owner':
      checkPath(where, node.path);
      return;
    case 'role':
      if (typeof node.role !== 'string' || node.role === '') {
        throw wrong(`has an r.role() of ${nameOf(node.role)}`, "write r.role('support')");
      }
      return;
    case 'where': {
      checkPath(where, node.property);
      const { value } = node;
      const scalar = value === null || typeof value === 'string' || typeof value === 'boolean';
      if (!scalar && !Number.isFinite(value)) {
        throw wrong(
          `compares ${node.property.join('.')} with ${nameOrNumber(value)}`,
          'write a string, a finite number, a boolean or null: anything else has no single meaning in a database',
        );
      }
      return;
    }
    default:
      throw wrong('is not a rule', 'write r.any(…), r.all(…), r.owner(), r.role(…) or r.where(…)');
  }
}

/**
 * Refuses a path that is empty, too long, or leads to a prototype.
 *
 * @throws {SecurityConfigError} `resource.invalid`
 */
export function checkPath(where: string, path: readonly string[]): void {
  const fine =
    path.length > 0 &&
    path.length <= MAX_LEVELS &&
    path.every((step) => typeof step === 'string' && step !== '' && !leadsToPrototype(step));
  if (!fine) {
    throw new SecurityConfigError(
      'resource.invalid',
      where,
      `has the path '${path.join('.')}'`,
      `write at most ${MAX_LEVELS} property names with dots between them: 'account.members.userId'`,
    );
  }
}
