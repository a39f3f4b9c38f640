import type { RoleHierarchy } from './roles.js';
import { leavesOf, type RuleLeaf, type RuleNode } from './rule.js';

// The values of all conditions are gone through: twice as many for each.
const MOST_CONDITIONS = 14;

/**
 * Whether a caller whom one rule admits to an object could come to be admitted by another, by writing these properties: what
 * `r.owner` and `r.same` compare with the caller. Conditions are taken for independent of each other, but for roles that include
 * others and values that exclude others; more than 14 in both rules count as a gain.
 *
 * @param written the first steps of the paths that are written
 */
export function mayGain(
  admitted: RuleNode,
  wanted: RuleNode,
  written: readonly string[],
  hierarchy: RoleHierarchy,
): boolean {
  const atoms = new Map([admitted, wanted].flatMap(leavesOf).map((leaf) => [keyOf(leaf), leaf] as const));
  const keys = [...atoms.keys()];
  const isWritten = (key: string) => changes(atoms.get(key)!, written);
  const isBeside = (key: string) => isBelow(atoms.get(key)!, written);
  if (!keys.some(isWritten)) return false;
  if (keys.length > MOST_CONDITIONS) return true;
  const feasible = possible([...atoms], hierarchy);
  const beside = keys.filter(isBeside);
  const moved = keys.filter((key) => isWritten(key) || isBeside(key));
  const others = keys.filter((key) => !moved.includes(key));
  // What else another related row has, it may have in any case: the gain is in whose it is.
  const already = (holds: Holding) => any(beside, holds, (held) => feasible(held) && evaluate(wanted, held));
  return any(others, new Map(), (held) => {
    const reachable = any(moved, held, (after) => feasible(after) && evaluate(wanted, after));
    return (
      reachable &&
      any(moved, held, (before) => feasible(before) && evaluate(admitted, before) && !already(before))
    );
  });
}

type Holding = ReadonlyMap<string, boolean>;

/** Whether some values of these conditions, beside the given ones, pass. */
function any(keys: readonly string[], given: Holding, passes: (holds: Holding) => boolean): boolean {
  for (let bits = 0; bits < 2 ** keys.length; bits++) {
    const holds = new Map(given);
    keys.forEach((key, at) => holds.set(key, ((bits >> at) & 1) === 1));
    if (passes(holds)) return true;
  }
  return false;
}

function evaluate(node: RuleNode, holds: Holding): boolean {
  switch (node.kind) {
    case 'any':
      return node.rules.some((rule) => evaluate(rule, holds));
    case 'all':
      return node.rules.every((rule) => evaluate(rule, holds));
    case 'not':
      return !evaluate(node.rule, holds);
    default:
      return holds.get(keyOf(node)) === true;
  }
}

/** Refuses values that no caller and no object have together. */
function possible(
  atoms: ReadonlyArray<readonly [string, RuleLeaf]>,
  hierarchy: RoleHierarchy,
): (holds: Holding) => boolean {
  const pairs = atoms.flatMap(([key, leaf]) =>
    atoms.flatMap(([other, second]) => {
      if (key === other) return [];
      if (leaf.kind === 'role' && second.kind === 'role')
        return hierarchy.includes(leaf.role, second.role) ? [{ key, other, together: true }] : [];
      const excludes =
        leaf.kind === 'where' && second.kind === 'where' && leaf.path.join('\0') === second.path.join('\0');
      return excludes && leaf.path.length === 1 ? [{ key, other, together: false }] : [];
    }),
  );
  return (holds) =>
    pairs.every(({ key, other, together }) => !holds.get(key) || holds.get(other) === together);
}

function changes(leaf: RuleLeaf, written: readonly string[]): boolean {
  return (leaf.kind === 'owner' || leaf.kind === 'same') && written.includes(leaf.path[0]!);
}

function isBelow(leaf: RuleLeaf, written: readonly string[]): boolean {
  return leaf.kind === 'where' && leaf.path.length > 1 && written.includes(leaf.path[0]!);
}

function keyOf(leaf: RuleLeaf): string {
  if (leaf.kind === 'fn') return `fn ${leaf.name}`;
  return JSON.stringify(
    Object.values(leaf).map((value) => (typeof value === 'bigint' ? `${value}n` : value)),
  );
}
