import type { RoleName } from '../core/principal.js';
import type { OwnerPath, WherePath, WhereValue } from './owner-path.js';

/**
 * A rule as data: one tree from which the object check, the list query and the explanation are made.
 *
 * A rule is read over one choice of related rows: everything that one `all` says of `account.members` it says of the same
 * member, as a SQL join does. A value that is not there makes its condition false.
 *
 * @example
 * ```ts
 * const node: RuleNode = { kind: 'any', rules: [{ kind: 'owner', path: ['userId'] }, { kind: 'role', role: 'support' }] };
 * ```
 */
export type RuleNode =
  | { readonly kind: 'any'; readonly rules: readonly RuleNode[] }
  | { readonly kind: 'all'; readonly rules: readonly RuleNode[] }
  | { readonly kind: 'owner'; readonly path: readonly string[] }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'where'; readonly property: readonly string[]; readonly value: RuleValue };

/** What a `where` rule compares with. `null` is "has no value". */
export type RuleValue = string | number | boolean | null;

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
  /** One of the rules holds. Without rules: never. */
  any(...rules: ReadonlyArray<Rule<T>>): Rule<T>;
  /** All rules hold, for the same related rows. */
  all(first: Rule<T>, ...rules: ReadonlyArray<Rule<T>>): Rule<T>;
  /** The caller's id is at the path; without one, at the resource's own `owner` path. */
  owner(path?: OwnerPath<T>): Rule<T>;
  /** The caller has the role, or one that inherits it. */
  role(name: RoleName): Rule<T>;
  /** The property has the value. */
  where<Path extends WherePath<T>>(property: Path, value: WhereValue<T, Path>): Rule<T>;
}

/** A builder whose `r.owner()` means the given path. */
export function ruleBuilder<T>(owner: readonly string[]): RuleBuilder<T> {
  const group = (kind: 'any' | 'all', rules: ReadonlyArray<Rule<T>>): Rule<T> => ({
    node: { kind, rules: rules.map((rule) => rule.node) },
  });
  return {
    any: (...rules) => group('any', rules),
    all: (...rules) => group('all', rules),
    owner: (path) => ({ node: { kind: 'owner', path: path === undefined ? owner : path.split('.') } }),
    role: (role) => ({ node: { kind: 'role', role } }),
    where: (property, value) => ({
      node: { kind: 'where', property: property.split('.'), value: value as RuleValue },
    }),
  };
}

/** The rules without children below a rule, itself included, from left to right. */
export function leavesOf(node: RuleNode): readonly RuleLeaf[] {
  return node.kind === 'any' || node.kind === 'all' ? node.rules.flatMap(leavesOf) : [node];
}

/** A rule without children. */
export type RuleLeaf = Exclude<RuleNode, { kind: 'any' | 'all' }>;

/** The path that a rule without children reads, or `undefined` where it reads none. */
export function pathOf(leaf: RuleLeaf): readonly string[] | undefined {
  if (leaf.kind === 'owner') return leaf.path;
  return leaf.kind === 'where' ? leaf.property : undefined;
}
