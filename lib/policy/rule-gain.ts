import type { RoleHierarchy } from './roles.js';
import { leavesOf, type RuleLeaf, type RuleNode } from './rule.js';

// The values of all conditions are gone through: twice as many for each.
const MOST_CONDITIONS = 14;

/** What {@link gainBetween} finds; two rules of more than 14 conditions together are not compared. */
export type Gain = 'found' | 'none' | 'too many conditions';

/**
 * Whether a caller whom one rule admits to an object could come to be admitted by another, by writing these properties: what
 * `r.owner` and `r.same` compare with the caller. The object may be in another status by then, so what `r.where` says of its own
 * properties, and of a related row that another may take the place of, is free to change: asked is whether, as it is then, the caller
 * could do what they could not without having written. Conditions are taken for independent of each other, but for roles that include
 * others and values that exclude others.
 *
 * @param written the first steps of the paths that are written. More of them never gain less.
 */
export function gainBetween(
  admitted: RuleNode,
  wanted: RuleNode,
  written: readonly string[],
  hierarchy: RoleHierarchy,
): Gain {
  const atoms = new Map([admitted, wanted].flatMap(leavesOf).map((leaf) => [leafKey(leaf), leaf] as const));
  const bitOf = new Map([...atoms.keys()].map((key, at) => [key, 1 << at] as const));
  const bitsOf = (counts: (leaf: RuleLeaf) => boolean) =>
    [...atoms].reduce((bits, [key, leaf]) => (counts(leaf) ? bits | bitOf.get(key)! : bits), 0);
  if (![...atoms.values()].some((leaf) => isNamed(leaf, written))) return 'none';
  if (atoms.size > MOST_CONDITIONS) return 'too many conditions';
  const named = bitsOf((leaf) => isNamed(leaf, written));
  const moving = bitsOf((leaf) => isMoving(leaf, written));
  const feasible = possible([...atoms.values()], hierarchy, bitOf);
  const [admits, gives] = [compile(admitted, bitOf), compile(wanted, bitOf)];
  // Who is named where the one rule admits, by what stays as it is; where the other does, by what may move as well.
  const before = new Map<number, Set<number>>();
  const after = new Map<number, Set<number>>();
  for (let holds = 0; holds < 1 << atoms.size; holds++) {
    if (!feasible(holds)) continue;
    if (admits(holds)) add(before, holds & ~named & ~moving, holds & named);
    if (gives(holds)) add(after, holds & ~named, holds & named);
  }
  const gains = [...after].some(([state, names]) =>
    [...(before.get(state & ~moving) ?? [])].some((name) => !names.has(name)),
  );
  return gains ? 'found' : 'none';
}

/** Whether conditions hold, each of them by its bit. */
type Test = (holds: number) => boolean;

function add(sets: Map<number, Set<number>>, key: number, value: number): void {
  sets.set(key, (sets.get(key) ?? new Set()).add(value));
}

function compile(node: RuleNode, bitOf: ReadonlyMap<string, number>): Test {
  if (node.kind === 'not') {
    const inner = compile(node.rule, bitOf);
    return (holds) => !inner(holds);
  }
  if (node.kind === 'any' || node.kind === 'all') {
    const rules = node.rules.map((rule) => compile(rule, bitOf));
    return node.kind === 'any'
      ? (holds) => rules.some((rule) => rule(holds))
      : (holds) => rules.every((rule) => rule(holds));
  }
  const bit = bitOf.get(leafKey(node))!;
  return (holds) => (holds & bit) !== 0;
}

/** Refuses values that no caller and no object have together. */
function possible(
  leaves: readonly RuleLeaf[],
  hierarchy: RoleHierarchy,
  bitOf: ReadonlyMap<string, number>,
): Test {
  const pairs = leaves.flatMap((leaf) =>
    leaves.flatMap((second) => {
      if (leaf === second) return [];
      const [bit, other] = [bitOf.get(leafKey(leaf))!, bitOf.get(leafKey(second))!];
      if (leaf.kind === 'role' && second.kind === 'role')
        return hierarchy.includes(leaf.role, second.role) ? [{ bit, other, together: true }] : [];
      const excludes =
        leaf.kind === 'where' && second.kind === 'where' && leaf.path.join('\0') === second.path.join('\0');
      return excludes && leaf.path.length === 1 ? [{ bit, other, together: false }] : [];
    }),
  );
  return (holds) =>
    pairs.every(({ bit, other, together }) => (holds & bit) === 0 || ((holds & other) !== 0) === together);
}

function isNamed(leaf: RuleLeaf, written: readonly string[]): boolean {
  return (leaf.kind === 'owner' || leaf.kind === 'same') && written.includes(leaf.path[0]!);
}

function isMoving(leaf: RuleLeaf, written: readonly string[]): boolean {
  return leaf.kind === 'where' && (leaf.path.length === 1 || written.includes(leaf.path[0]!));
}

/** A condition as a key: the same for those that hold together. Functions go by their names. */
export function leafKey(leaf: RuleLeaf): string {
  if (leaf.kind === 'fn') return `fn ${leaf.name}`;
  return JSON.stringify(
    Object.values(leaf).map((value) => (typeof value === 'bigint' ? `${value}n` : value)),
  );
}
