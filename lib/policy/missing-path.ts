import { leavesOf, pathOf, type RuleNode } from './rule.js';

/**
 * The first path that a rule reads and that an object does not have: a column that was not selected, or a relation that was not loaded.
 * What is `null` is there.
 *
 * @example
 * ```ts
 * missingPath(r.owner('account.userId').node, { id: 1 }); // 'account'
 * ```
 */
export function missingPath(node: RuleNode, object: object): string | undefined {
  for (const leaf of leavesOf(node)) {
    const found = missingIn(object, pathOf(leaf) ?? [], 0);
    if (found !== undefined) return found;
  }
  return undefined;
}

function missingIn(base: unknown, path: readonly string[], index: number): string | undefined {
  if (index === path.length || typeof base !== 'object' || base === null) return undefined;
  if (Array.isArray(base)) {
    for (const item of base) {
      const found = missingIn(item, path, index);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const value = (base as Record<string, unknown>)[path[index]!];
  return value === undefined ? path.slice(0, index + 1).join('.') : missingIn(value, path, index + 1);
}
