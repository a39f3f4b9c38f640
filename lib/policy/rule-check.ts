import { SecurityConfigError } from '../core/config-error.js';
import { nameOf, nameOrNumber } from '../core/options.js';
import { leadsToPrototype } from '../core/prototype-names.js';
import type { FunctionNode, RuleNode } from './rule.js';

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
      if (node.rules.length === 0) {
        throw wrong(
          `has an r.${node.kind}() without rules, which ${node.kind === 'all' ? 'would admit everybody' : 'admits nobody, and everybody under r.not'}`,
          `write r.${node.kind}(r.owner(), …); for an action of nobody leave the action out`,
        );
      }
      for (const rule of node.rules) checkRule(where, rule);
      return;
    case 'owner':
      checkPath(where, node.path);
      return;
    case 'not':
      checkRule(where, node.rule);
      return;
    case 'same':
      checkPath(where, node.path);
      if (!/^(?:id|tenant|claims\..+)$/.test(node.of)) {
        throw wrong(
          `has an r.same() with '${node.of}' of the caller`,
          "write 'tenant', 'id' or 'claims.department'",
        );
      }
      return;
    case 'role':
      if (typeof node.role !== 'string' || node.role === '') {
        throw wrong(`has an r.role() of ${nameOf(node.role)}`, "write r.role('support')");
      }
      return;
    case 'scope':
      if (typeof node.scope !== 'string' || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(node.scope)) {
        throw wrong(
          `has an r.scope() of ${nameOf(node.scope)}`,
          "write one scope, without spaces: r.scope('orders:read')",
        );
      }
      return;
    case 'where': {
      checkPath(where, node.path);
      const { value } = node;
      const scalar = value === null || ['string', 'boolean', 'bigint'].includes(typeof value);
      if (!scalar && !Number.isFinite(value)) {
        throw wrong(
          `compares ${node.path.join('.')} with ${nameOrNumber(value)}`,
          'write a string, a finite number, a bigint, a boolean or null: anything else has no single meaning in a database',
        );
      }
      return;
    }
    case 'fn':
      checkFunction(where, node);
      return;
    default:
      throw wrong(
        'is not a rule',
        'write r.any(…), r.all(…), r.not(…), r.owner(), r.same(…), r.where(…), r.role(…), r.scope(…) or r.fn(…)',
      );
  }
}

function checkFunction(where: string, { name, test, query }: FunctionNode): void {
  const wrong = (problem: string, fix: string) =>
    new SecurityConfigError('resource.invalid', where, problem, fix);
  if (typeof name !== 'string' || name === '') {
    throw wrong('has an r.fn() without a name', "write r.fn('refund-window', (order, caller) => …)");
  }
  if (typeof test !== 'function' || (query !== undefined && typeof query !== 'function')) {
    throw wrong(
      `has r.fn('${name}') with ${nameOf(typeof test === 'function' ? query : test)} instead of a function`,
      `write r.fn('${name}', (order, caller) => …, (caller) => query)`,
    );
  }
  if ([test, query].some((one) => Object.prototype.toString.call(one) === '[object AsyncFunction]')) {
    throw wrong(`has an async r.fn('${name}')`, 'write a function of what is loaded: it cannot wait');
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
