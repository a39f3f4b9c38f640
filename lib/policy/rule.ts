import { SecurityConfigError } from '../core/config-error.js';
import type { Principal, RoleName } from '../core/principal.js';
import type { OwnerPath, SamePath, WherePath, WhereValue } from './owner-path.js';

/**
 * A rule as data: one tree from which the object check, the list query and the explanation are made.
 *
 * A rule is read over one choice of related rows: everything that one `all` says of `account.members` it says of the same
 * member, as a SQL join does. A value that is not there makes its condition unknown, and what is unknown admits nobody: under
 * `not` neither.
 *
 * @example
 * ```ts
 * const node: RuleNode = { kind: 'any', rules: [{ kind: 'owner', path: ['userId'] }, { kind: 'role', role: 'support' }] };
 * ```
 */
export type RuleNode =
  | { readonly kind: 'any'; readonly rules: readonly RuleNode[] }
  | { readonly kind: 'all'; readonly rules: readonly RuleNode[] }
  | { readonly kind: 'not'; readonly rule: RuleNode }
  | { readonly kind: 'owner'; readonly path: readonly string[] }
  | { readonly kind: 'same'; readonly path: readonly string[]; readonly of: CallerProperty }
  | { readonly kind: 'where'; readonly path: readonly string[]; readonly value: RuleValue }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'scope'; readonly scope: string }
  | FunctionNode;

/** A rule that is a function: its name in explanations, its check, and its query where it has one. */
export interface FunctionNode {
  readonly kind: 'fn';
  readonly name: string;
  readonly test: (object: never, principal: Principal) => boolean;
  readonly query?: (principal: Principal) => unknown;
}

/** What a `where` rule compares with. `null` is "has no value". */
export type RuleValue = string | number | bigint | boolean | null;

/** What a `same` rule compares with: a property of the caller, or one of the verified claims. */
export type CallerProperty = 'id' | 'tenant' | `claims.${string}`;

declare const RESOURCE: unique symbol;

/** A rule about a `T`; a rule about another class does not fit. */
export interface Rule<T> {
  readonly node: RuleNode;
  readonly [RESOURCE]?: (resource: T) => T;
}

/**
 * Makes the rules of one resource, in `defineResource(…, { can: (r) => … })`.
 *
 * @example
 * ```ts
 * (r) => ({ read: r.any(r.owner(), r.role('support')), update: r.all(r.owner(), r.where('status', 'open')) })
 * ```
 */
export interface RuleBuilder<T> {
  /** One of the rules holds. Of no rules it is refused at boot. */
  any(...rules: ReadonlyArray<Rule<T>>): Rule<T>;
  /** All rules hold, for the same related rows. */
  all(first: Rule<T>, ...rules: ReadonlyArray<Rule<T>>): Rule<T>;
  /** The rule is known not to hold. Over related rows: it holds for none of them. */
  not(rule: Rule<T>): Rule<T>;
  /** The caller's id is at the path; without one, at the resource's own `owner` path. */
  owner(path?: OwnerPath<T>): Rule<T>;
  /** The value at the path is the caller's own: their `tenant`, or a claim (`'claims.department'`). */
  same(path: SamePath<T>, of?: CallerProperty): Rule<T>;
  /** The property has the value. */
  where<Path extends WherePath<T>>(path: Path, value: WhereValue<T, Path>): Rule<T>;
  /** The caller has the role, or one that inherits it. */
  role(name: RoleName): Rule<T>;
  /** The caller's credential has the OAuth scope (RFC 6749 §3.3). */
  scope(name: string): Rule<T>;
  /**
   * A function of the object and the caller; `true` admits. For a list it needs a query, in the form of the loader: a TypeORM or
   * Prisma `where`, a Drizzle condition. Function and query are for you to keep in step.
   */
  fn(
    name: string,
    test: (object: T, principal: Principal) => boolean,
    query?: (principal: Principal) => object,
  ): Rule<T>;
}

/**
 * A builder whose `r.owner()` means the given path.
 *
 * @throws {SecurityConfigError} `resource.invalid` from its functions, for an argument more than they read
 */
export function ruleBuilder<T>(owner: readonly string[]): RuleBuilder<T> {
  const nodes = (rules: ReadonlyArray<Rule<T>>) => rules.map((rule) => rule?.node);
  return {
    any: (...rules) => ({ node: { kind: 'any', rules: nodes(rules) } }),
    all: (...rules) => ({ node: { kind: 'all', rules: nodes(rules) } }),
    not: (rule, ...more: never[]) => alone(more, { kind: 'not', rule: rule?.node }),
    owner: (path, ...more: never[]) =>
      alone(more, { kind: 'owner', path: path === undefined ? owner : stepsOf(path) }),
    same: (path, of = 'tenant', ...more: never[]) => alone(more, { kind: 'same', path: stepsOf(path), of }),
    where: (path, value, ...more: never[]) =>
      alone(more, { kind: 'where', path: stepsOf(path), value: value as RuleValue }),
    role: (role, ...more: never[]) => alone(more, { kind: 'role', role }),
    scope: (scope, ...more: never[]) => alone(more, { kind: 'scope', scope }),
    fn: (name, test, query, ...more: never[]) =>
      alone(more, { kind: 'fn', name, test, ...(query && { query }) }),
  };
}

function alone<T>({ length }: readonly unknown[], node: RuleNode): Rule<T> {
  if (length === 0) return { node };
  throw new SecurityConfigError(
    'resource.invalid',
    `r.${node.kind}`,
    'is given more than it reads: what stands behind would be no part of the rule',
    node.kind === 'not'
      ? 'write r.not(r.any(…)), or r.not(r.all(…))'
      : `write r.any(r.${node.kind}(…), r.${node.kind}(…)), or r.all(…)`,
  );
}

/** The steps of a path; none of what is no text, which `checkRule` then refuses. */
function stepsOf(path: unknown): readonly string[] {
  return typeof path === 'string' ? path.split('.') : [];
}

/** The rules without children below a rule, itself included, from left to right. */
export function leavesOf(node: RuleNode): readonly RuleLeaf[] {
  if (node.kind === 'any' || node.kind === 'all') return node.rules.flatMap(leavesOf);
  return node.kind === 'not' ? leavesOf(node.rule) : [node];
}

/** A rule without children. */
export type RuleLeaf = Exclude<RuleNode, { kind: 'any' | 'all' | 'not' }>;

/** A rule that compares a value of the object. */
export type PathLeaf = Extract<RuleLeaf, { path: readonly string[] }>;

/** The path that a rule without children reads, or `undefined` where it reads none. */
export function pathOf(leaf: RuleLeaf): readonly string[] | undefined {
  return 'path' in leaf ? leaf.path : undefined;
}

/**
 * The shortest path to related rows that several of the rules follow and that is not chosen yet: what these rules say they say of
 * one and the same row. `considered` leaves out paths that lead to no choice.
 */
export function sharedPath(
  rules: readonly RuleNode[],
  chosen: ReadonlyMap<string, unknown>,
  considered: (path: readonly string[]) => boolean = () => true,
): readonly string[] | undefined {
  const followed = new Map<string, { path: readonly string[]; by: Set<number> }>();
  rules.forEach((rule, index) => {
    for (const path of leavesOf(rule).flatMap((leaf) => beginningsOf(pathOf(leaf) ?? []))) {
      const entry = followed.get(pathKey(path)) ?? { path, by: new Set() };
      followed.set(pathKey(path), entry);
      entry.by.add(index);
    }
  });
  return [...followed.values()]
    .filter(({ path, by }) => by.size > 1 && !chosen.has(pathKey(path)) && considered(path))
    .map(({ path }) => path)
    .sort((a, b) => a.length - b.length)[0];
}

/** The proper beginnings of a path, shortest first: `['account'], ['account', 'members']`. */
export function beginningsOf(path: readonly string[]): ReadonlyArray<readonly string[]> {
  return path.slice(1).map((_, end) => path.slice(0, end + 1));
}

/** A path as a key. No property name contains the separator that keeps ['a.b'] and ['a', 'b'] apart. */
export function pathKey(path: readonly string[]): string {
  return path.join('\0');
}
