import { leavesOf, type RuleLeaf, type RuleNode } from './rule.js';

/** Conditions that all have to hold. */
export type Alternative = readonly RuleLeaf[];

/**
 * A rule in disjunctive normal form: it holds where every condition of one alternative holds. An empty list never holds. For
 * data sources whose conditions know no nesting. `undefined` where the form would have more than `most` alternatives.
 *
 * @example
 * ```ts
 * alternativesOf(r.all(r.owner(), r.any(r.role('a'), r.role('b'))).node, 64); // [[owner, role a], [owner, role b]]
 * ```
 */
export function alternativesOf(node: RuleNode, most: number): readonly Alternative[] | undefined {
  if (node.kind === 'any') {
    const alternatives: Alternative[] = [];
    for (const rule of node.rules) {
      const more = alternativesOf(rule, most);
      if (!more) return undefined;
      alternatives.push(...more);
    }
    return distinct(alternatives, most);
  }
  if (node.kind === 'all') {
    let product: readonly Alternative[] | undefined = [[]];
    for (const rule of node.rules) {
      const more = alternativesOf(rule, most);
      product =
        more &&
        distinct(
          product.flatMap((left) => more.map((right) => [...left, ...right])),
          most,
        );
      if (!product) return undefined;
    }
    return product;
  }
  return [leavesOf(node)];
}

function distinct(alternatives: readonly Alternative[], most: number): readonly Alternative[] | undefined {
  const byKey = new Map<string, Alternative>();
  for (const alternative of alternatives) {
    const leaves = new Map(alternative.map((leaf) => [JSON.stringify(leaf), leaf] as const));
    byKey.set([...leaves.keys()].sort().join('\n'), [...leaves.values()]);
  }
  return byKey.size > most ? undefined : [...byKey.values()];
}
