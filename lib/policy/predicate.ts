import type { Audience } from '../core/audience.js';
import type { Principal } from '../core/principal.js';
import { leavesOf, pathOf, type RuleLeaf, type RuleNode } from './rule.js';

/** Whether a rule admits a caller to an object that is in memory. */
export type Predicate = (object: object, principal: Principal, audience: Audience) => boolean;

// `rows[0]` is the object; the others are the related rows chosen so far. Which index holds which path is fixed at boot.
type Test = (rows: unknown[], principal: Principal, audience: Audience) => boolean;
type Places = ReadonlyMap<string, number>;

/**
 * Compiles a rule into a check of one object: closures over the rule, nothing is decided per call but values.
 *
 * What is not there is never right: a relation that was not loaded, `undefined`, `null` and `''` own nothing, a principal
 * without id is admitted nowhere, an empty `any` is false.
 *
 * @example
 * ```ts
 * const mayRead = compilePredicate({ kind: 'owner', path: ['userId'] });
 * mayRead(order, principal, audience);
 * ```
 */
export function compilePredicate(node: RuleNode): Predicate {
  if (node.kind === 'owner') {
    // Asked of every object of a response, and it needs no related rows.
    return (object, principal) => hasId(principal) && reach(object, node.path, 0, isOwner, principal.id);
  }
  const test = compile(node, new Map());
  return (object, principal, audience) => hasId(principal) && test([object], principal, audience);
}

// From JavaScript it may be no principal at all.
function hasId(principal: Principal | null | undefined): principal is Principal {
  return typeof principal?.id === 'string' && principal.id !== '';
}

function compile(node: RuleNode, places: Places): Test {
  if (node.kind === 'any') {
    const tests = node.rules.map((rule) => compile(rule, places));
    return (rows, principal, audience) => tests.some((test) => test(rows, principal, audience));
  }
  if (node.kind === 'all') {
    const shared = sharedPrefix(node.rules, places);
    return shared ? compileShared(node, places, shared) : compileEach(node.rules, places);
  }
  return compileLeaf(node, places);
}

function compileEach(rules: readonly RuleNode[], places: Places): Test {
  const tests = rules.map((rule) => compile(rule, places));
  return (rows, principal, audience) => tests.every((test) => test(rows, principal, audience));
}

// What two conditions say of `account.members` they say of one member: choose it here, then ask both.
function compileShared(node: RuleNode, places: Places, prefix: readonly string[]): Test {
  const from = places.get(keyOf(prefix.slice(0, -1))) ?? 0;
  const property = prefix.at(-1)!;
  const place = places.size + 1;
  const test = compile(node, new Map(places).set(keyOf(prefix), place));
  return (rows, principal, audience) => {
    const value = read(rows[from], property);
    if (!Array.isArray(value) || value.length === 0) {
      // Without a row the conditions on it are false, but others of the same `all` may not need it.
      rows[place] = Array.isArray(value) ? undefined : value;
      return test(rows, principal, audience);
    }
    return value.some((row: unknown) => {
      rows[place] = row;
      return test(rows, principal, audience);
    });
  };
}

// The shortest path to related rows that several of the rules follow and for which no row is chosen yet.
function sharedPrefix(rules: readonly RuleNode[], places: Places): readonly string[] | undefined {
  const followed = new Map<string, { prefix: readonly string[]; by: Set<number> }>();
  rules.forEach((rule, index) => {
    const paths = leavesOf(rule).map((leaf) => pathOf(leaf) ?? []);
    for (const prefix of paths.flatMap((path) => path.slice(1).map((_, end) => path.slice(0, end + 1)))) {
      const entry = followed.get(keyOf(prefix)) ?? { prefix, by: new Set() };
      followed.set(keyOf(prefix), entry);
      entry.by.add(index);
    }
  });
  return [...followed.values()]
    .filter(({ prefix, by }) => by.size > 1 && !places.has(keyOf(prefix)))
    .map(({ prefix }) => prefix)
    .sort((a, b) => a.length - b.length)[0];
}

function compileLeaf(leaf: RuleLeaf, places: Places): Test {
  if (leaf.kind === 'role') return (_rows, _principal, audience) => audience.roles.has(leaf.role);
  const path = pathOf(leaf)!;
  let chosen = path.length - 1;
  while (chosen > 0 && !places.has(keyOf(path.slice(0, chosen)))) chosen--;
  const from = chosen === 0 ? 0 : places.get(keyOf(path.slice(0, chosen)))!;
  const rest = path.slice(chosen);
  if (leaf.kind === 'owner') return (rows, principal) => reach(rows[from], rest, 0, isOwner, principal.id);
  return (rows) => reach(rows[from], rest, 0, isSame, leaf.value);
}

function reach<E>(
  base: unknown,
  path: readonly string[],
  index: number,
  accept: (value: unknown, expected: E) => boolean,
  expected: E,
): boolean {
  if (Array.isArray(base)) return base.some((item: unknown) => reach(item, path, index, accept, expected));
  if (index === path.length) return accept(base, expected);
  return reach(read(base, path[index]!), path, index + 1, accept, expected);
}

function read(base: unknown, property: string): unknown {
  return typeof base === 'object' && base !== null ? (base as Record<string, unknown>)[property] : undefined;
}

// Drivers hand out 64-bit ids as strings, numbers or bigints, whatever the entity declares.
function isOwner(value: unknown, id: string): boolean {
  if (typeof value === 'string') return value === id;
  return (Number.isSafeInteger(value) || typeof value === 'bigint') && String(value) === id;
}

function isSame(value: unknown, expected: unknown): boolean {
  return value === expected;
}

// No property name contains the separator that keeps ['a.b'] and ['a', 'b'] apart.
function keyOf(path: readonly string[]): string {
  return path.join('\0');
}
