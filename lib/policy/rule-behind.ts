import { beginningsOf, pathKey, leavesOf, pathOf, type RuleNode } from './rule.js';

/** The paths that a rule follows to related rows, each once. */
export function pathsToRows(node: RuleNode): ReadonlyArray<readonly string[]> {
  const paths = leavesOf(node).flatMap((leaf) => beginningsOf(pathOf(leaf) ?? []));
  return [...new Map(paths.map((path) => [pathKey(path), path] as const)).values()];
}

/**
 * A rule as it looks from the related row at the end of a path: what it reads of that row it reads of the object itself. All else it reads
 * elsewhere, under names that no property has.
 *
 * @example
 * ```ts
 * // r.any(r.owner('userId'), r.owner('account.managerId')) of an Order, seen from its account:
 * ruleBehind(rule, ['account']); // any of: an owner elsewhere, r.owner('managerId')
 * ```
 */
export function ruleBehind(node: RuleNode, path: readonly string[]): RuleNode {
  switch (node.kind) {
    case 'any':
    case 'all':
      return { ...node, rules: node.rules.map((rule) => ruleBehind(rule, path)) };
    case 'not':
      return { ...node, rule: ruleBehind(node.rule, path) };
    case 'owner':
    case 'same':
    case 'where': {
      const behind = beginningsOf(node.path).some((beginning) => pathKey(beginning) === pathKey(path));
      return { ...node, path: behind ? node.path.slice(path.length) : [elsewhere(pathKey(node.path))] };
    }
    case 'fn':
      // Of another class it is another function, whatever its name.
      return { ...node, name: elsewhere(node.name) };
    default:
      return node;
  }
}

function elsewhere(name: string): string {
  return `\0${name}`;
}
