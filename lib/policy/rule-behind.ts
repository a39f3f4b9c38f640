import { leafKey } from './rule-gain.js';
import { beginningsOf, leavesOf, pathKey, pathOf, type RuleNode } from './rule.js';

/** The paths that a rule follows to related rows, each once. */
export function pathsToRows(node: RuleNode): ReadonlyArray<readonly string[]> {
  const paths = leavesOf(node).flatMap((leaf) => beginningsOf(pathOf(leaf) ?? []));
  return [...new Map(paths.map((path) => [pathKey(path), path] as const)).values()];
}

/**
 * A rule as it looks from the related row at the end of a path: what it reads of that row it reads of the object itself. All else that it
 * reads stands for a function of which nothing is known: one for several that are children of one `any` or `all`, where the rule says
 * them once.
 *
 * @example
 * ```ts
 * // r.any(r.owner('userId'), r.where('status', 'open'), r.owner('account.managerId')) of an Order, seen from its account:
 * ruleBehind(rule, ['account']); // any of: r.owner('managerId'), a function
 * ```
 */
export function ruleBehind(node: RuleNode, path: readonly string[]): RuleNode {
  const seen = from(node, path);
  const names = leavesOf(seen).flatMap((leaf) => (leaf.kind === 'fn' ? leaf.name : []));
  return folded(seen, (name) => names.indexOf(name) === names.lastIndexOf(name));
}

function from(node: RuleNode, path: readonly string[]): RuleNode {
  switch (node.kind) {
    case 'any':
    case 'all':
      return { ...node, rules: node.rules.map((rule) => from(rule, path)) };
    case 'not':
      return { ...node, rule: from(node.rule, path) };
    case 'owner':
    case 'same':
    case 'where': {
      const behind = beginningsOf(node.path).some((beginning) => pathKey(beginning) === pathKey(path));
      return behind ? { ...node, path: node.path.slice(path.length) } : elsewhere(leafKey(node));
    }
    case 'fn':
      // Of another class it is another function, whatever its name.
      return elsewhere(leafKey(node));
    default:
      return node;
  }
}

/** One function for those children of an `any` or `all` that the rule says once: together they may hold or not, as each of them may. */
function folded(node: RuleNode, once: (name: string) => boolean): RuleNode {
  if (node.kind === 'not') {
    const rule = folded(node.rule, once);
    return isFree(rule, once) ? rule : { ...node, rule };
  }
  if (node.kind !== 'any' && node.kind !== 'all') return node;
  const children = node.rules.map((rule) => folded(rule, once));
  const free = children.find((rule) => isFree(rule, once));
  const rules = children.filter((rule) => rule === free || !isFree(rule, once));
  return rules.length === 1 ? rules[0]! : { ...node, rules };
}

function isFree(rule: RuleNode, once: (name: string) => boolean): boolean {
  return rule.kind === 'fn' && once(rule.name);
}

/** No function of an application has such a name. */
function elsewhere(key: string): RuleNode {
  return { kind: 'fn', name: `\0${key}`, test: () => false };
}
