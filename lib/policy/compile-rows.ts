import { pathKey, beginningsOf, leavesOf, pathOf, sharedPath, type PathLeaf, type RuleNode } from './rule.js';
import { ALWAYS, and, NEVER, not, or, some, type ParseValue, type RowCondition } from './row-condition.js';

/** What a data source tells about the rows of a resource. Paths begin at the resource. */
export interface RowModel {
  /** Whether the path leads to one related row (`always`: to one that is there) or to many; `undefined` where it stays in the row. */
  relation(path: readonly string[]): 'always' | 'one' | 'many' | undefined;
  /** Whether the column at the path has a value in every row. Default: none has. */
  filled?(path: readonly string[]): boolean;
  /**
   * How values of the caller are parsed for the column at the path. Throws where the column cannot be compared with the same
   * result as in memory.
   */
  column(leaf: PathLeaf): ParseValue;
}

// `sure`: the rule holds. `possible`: it is not known not to hold. They differ where a value is not there.
type Mode = 'sure' | 'possible';
type Place = number | 'no row' | 'unknown';
type Places = ReadonlyMap<string, Place>;

/**
 * Compiles a rule into a condition on rows that holds for exactly the rows that the object check admits.
 *
 * @throws {SecurityConfigError} `resource.invalid`, from the model
 */
export function compileRows(rule: RuleNode, model: RowModel): RowCondition {
  for (const leaf of leavesOf(rule)) if ('path' in leaf) model.column(leaf);
  return new RowCompiler(model).compile(rule, 'sure', new Map());
}

class RowCompiler {
  private rows = 0;

  constructor(private readonly model: RowModel) {}

  compile(node: RuleNode, mode: Mode, places: Places): RowCondition {
    switch (node.kind) {
      case 'any':
        return or(node.rules.map((rule) => this.compile(rule, mode, places)));
      case 'all':
        return this.all(node.rules, mode, places);
      case 'not':
        return not(this.compile(node.rule, mode === 'sure' ? 'possible' : 'sure', places));
      case 'role':
      case 'scope':
        return node;
      case 'fn':
        // `Resource.where` refuses a function without a query before.
        return node.query ? { kind: 'fn', query: node.query, node } : NEVER;
      default:
        return this.comparison(node, mode, places);
    }
  }

  // What several rules say of one to-many path they say of one row: it is asked for once, around all that speak of it.
  private all(rules: readonly RuleNode[], mode: Mode, places: Places): RowCondition {
    const isOpen = (prefix: readonly string[]) =>
      !places.has(pathKey(prefix)) && this.model.relation(prefix) === 'many';
    return and(
      connected(rules, isOpen).map((group) => {
        const path = sharedPath(group, places, isOpen);
        if (!path) return and(group.map((rule) => this.compile(rule, mode, places)));
        const needed = group.some((rule) => negates(rule, path)) || mode === 'possible';
        return this.through(path, places, needed, (place) =>
          this.all(group, mode, new Map(places).set(pathKey(path), place)),
        );
      }),
    );
  }

  /**
   * The relations from the nearest chosen row to the end of the path, and what holds there. Without a row, too: what holds then holds
   * with any row as well, unless a `not` may need that there is none.
   */
  private through(
    path: readonly string[],
    places: Places,
    absenceNeeded: boolean,
    where: (place: Place) => RowCondition,
  ): RowCondition {
    const [place, from] = nearest(path.slice(0, -1), places);
    const hops = hopsOf(path, from, this.model);
    const walk = (row: Place, index: number): RowCondition => {
      const hop = hops[index];
      if (!hop || typeof row !== 'number') return where(row);
      const as = ++this.rows;
      const there = some({ row, via: hop.via, as, always: hop.to === 'always' }, walk(as, index + 1));
      if (hop.to === 'always') return there;
      const without = where(hop.to === 'many' ? 'no row' : 'unknown');
      const absent = absenceNeeded
        ? not(some({ row, via: hop.via, as: ++this.rows, always: false }, ALWAYS))
        : ALWAYS;
      return or([there, and<RowCondition>([absent, without])]);
    };
    return walk(place, 0);
  }

  private comparison(leaf: PathLeaf, mode: Mode, places: Places): RowCondition {
    const { path } = leaf;
    const [place, from] = nearest(path.slice(0, -1), places);
    const hops = hopsOf(path, from, this.model);
    const end = path.slice(from + hops.reduce((length, { via }) => length + via.length, 0));
    const walk = (row: Place, index: number): RowCondition => {
      if (row === 'no row' || (row === 'unknown' && mode === 'sure')) return NEVER;
      if (row === 'unknown') return ALWAYS;
      const hop = hops[index];
      if (!hop) return this.column(leaf, mode, row, end);
      const as = ++this.rows;
      const there = some({ row, via: hop.via, as, always: hop.to === 'always' }, walk(as, index + 1));
      if (hop.to !== 'one' || mode === 'sure') return there;
      return or([there, not(some({ row, via: hop.via, as: ++this.rows, always: false }, ALWAYS))]);
    };
    return walk(place, 0);
  }

  private column(leaf: PathLeaf, mode: Mode, row: number, path: readonly string[]): RowCondition {
    const filled = this.model.filled?.(leaf.path) === true;
    const missing: RowCondition = filled ? NEVER : { kind: 'holds', row, path, value: null };
    if (leaf.kind === 'where') {
      if (leaf.value === null) return missing;
      const holds: RowCondition = { kind: 'holds', row, path, value: leaf.value };
      return mode === 'sure' ? holds : or([holds, missing]);
    }
    const of = leaf.kind === 'owner' ? 'id' : leaf.of;
    const holds: RowCondition = { kind: 'caller', row, path, of, parse: this.model.column(leaf) };
    return mode === 'sure' ? holds : or<RowCondition>([holds, missing, { kind: 'callerLacks', of }]);
  }
}

/** The rules in groups: those that follow the same open path are together, and with them those that share another. */
function connected(
  rules: readonly RuleNode[],
  isOpen: (prefix: readonly string[]) => boolean,
): ReadonlyArray<readonly RuleNode[]> {
  let groups: Array<{ rules: RuleNode[]; paths: Set<string> }> = [];
  for (const rule of rules) {
    const prefixes = leavesOf(rule).flatMap((leaf) => beginningsOf(pathOf(leaf) ?? []));
    const paths = new Set(prefixes.filter(isOpen).map(pathKey));
    const touching = groups.filter((group) => [...paths].some((path) => group.paths.has(path)));
    groups = groups.filter((group) => !touching.includes(group));
    groups.push({
      rules: [...touching.flatMap((group) => group.rules), rule],
      paths: new Set([...touching.flatMap((group) => [...group.paths]), ...paths]),
    });
  }
  return groups.map((group) => group.rules);
}

/** Whether a `not` in the rule speaks of what the path leads to. */
function negates(rule: RuleNode, path: readonly string[]): boolean {
  if (rule.kind === 'any' || rule.kind === 'all') return rule.rules.some((one) => negates(one, path));
  return rule.kind === 'not' && follows(rule, path);
}

function follows(rule: RuleNode, path: readonly string[]): boolean {
  const key = pathKey(path);
  return leavesOf(rule).some((leaf) =>
    beginningsOf(pathOf(leaf) ?? []).some((prefix) => pathKey(prefix) === key),
  );
}

/** The chosen row that is nearest to the end of the path, and how many steps lead to it. */
function nearest(path: readonly string[], places: Places): readonly [Place, number] {
  for (let length = path.length; length > 0; length--) {
    const place = places.get(pathKey(path.slice(0, length)));
    if (place !== undefined) return [place, length];
  }
  return [0, 0];
}

interface Hop {
  readonly via: readonly string[];
  readonly to: 'always' | 'one' | 'many';
}

function hopsOf(path: readonly string[], from: number, model: RowModel): readonly Hop[] {
  const hops: Hop[] = [];
  let start = from;
  for (let end = from + 1; end <= path.length; end++) {
    const relation = model.relation(path.slice(0, end));
    if (!relation) continue;
    hops.push({ via: path.slice(start, end), to: relation });
    start = end;
  }
  return hops;
}
