/** Relations to load, as TypeORM takes them: `{ account: { members: true } }`. */
export interface RelationTree {
  [property: string]: RelationTree | boolean;
}

/** The tree of some paths, together with one that is there. */
export function relationTree(
  paths: ReadonlyArray<readonly string[]>,
  present: RelationTree = {},
): RelationTree {
  const tree: RelationTree = { ...present };
  for (const [head, ...rest] of paths) {
    const below = tree[head!];
    tree[head!] = relationTree(rest.length > 0 ? [rest] : [], typeof below === 'object' ? below : {});
  }
  return tree;
}
