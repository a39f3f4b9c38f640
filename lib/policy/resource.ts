import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../core/config-error.js';
import { nameOf, nearest } from '../core/options.js';
import type { LoaderFactory, ResourceLoader } from '../core/resource-loader.js';
import type { IdProperty, OwnerPath } from './owner-path.js';
import { checkPath, checkRule } from './rule-check.js';
import { ruleBuilder, type Rule, type RuleBuilder, type RuleNode } from './rule.js';

/** What {@link defineResource} is told about a class. */
export interface ResourceOptions<T extends object> {
  /** The property that is the id, or the properties that together are it. */
  readonly id: IdProperty<T> | readonly [IdProperty<T>, ...Array<IdProperty<T>>];
  /** Where the owner's id is. Also decides `OWNER` in responses. */
  readonly owner: OwnerPath<T>;
  /** `fromTypeorm()`, or an injectable class that loads. */
  readonly load: LoaderFactory<T> | Type<ResourceLoader<T>>;
  /** The rule of each action. An action without a rule is denied to everybody. */
  readonly can: (r: RuleBuilder<T>) => Readonly<Record<string, Rule<T>>>;
  /** `true` (default): an object that the caller may not read is answered 404 like a missing one. `false`: 403. */
  readonly conceal?: boolean;
}

/** A resource as declared, checked: what `authorization.resources` takes. */
export interface ResourceDefinition<T extends object> {
  readonly entity: Type<T>;
  readonly ids: readonly string[];
  readonly owner: readonly string[];
  readonly load: LoaderFactory<T> | Type<ResourceLoader<T>>;
  readonly rules: ReadonlyMap<string, RuleNode>;
  readonly conceal: boolean;
}

const OPTIONS = ['id', 'owner', 'load', 'can', 'conceal'];

/**
 * Declares who may do what with the objects of a class. The rules are data: the object check, the list query and OWNER in
 * responses come from this one declaration, so they cannot disagree.
 *
 * @throws {SecurityConfigError} `resource.invalid`
 * @see https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/
 * @example
 * ```ts
 * const OrderResource = defineResource(Order, {
 *   id: 'id',
 *   owner: 'userId',
 *   load: fromTypeorm(),
 *   can: (r) => ({
 *     read: r.any(r.owner(), r.owner('account.members.userId'), r.role('support')),
 *     update: r.all(r.owner(), r.where('status', 'open')),
 *   }),
 * });
 * ```
 */
export function defineResource<T extends object>(
  entity: Type<T>,
  options: ResourceOptions<T>,
): ResourceDefinition<T> {
  const name = typeof entity === 'function' ? entity.name : 'defineResource(…)';
  const wrong = (path: string, problem: string, fix: string) =>
    new SecurityConfigError('resource.invalid', path, problem, fix);

  if (typeof entity !== 'function') {
    throw wrong(name, `is given ${nameOf(entity)}`, 'write the class first: defineResource(Order, { … })');
  }
  if (typeof options !== 'object' || options === null) {
    throw wrong(name, `is declared by ${nameOf(options)}`, `write an object with: ${OPTIONS.join(', ')}`);
  }
  for (const key of Object.keys(options)) {
    if (OPTIONS.includes(key)) continue;
    const near = nearest(key, OPTIONS);
    throw wrong(
      `${name}.${key}`,
      'is not an option',
      near ? `did you mean ${near}?` : `known: ${OPTIONS.join(', ')}`,
    );
  }

  const { id, owner: ownerPath, load, can, conceal = true } = options;
  const ids: readonly string[] = Array.isArray(id) ? (id as readonly string[]) : [id as string];
  if (
    ids.length === 0 ||
    new Set(ids).size < ids.length ||
    !ids.every((key) => typeof key === 'string' && key)
  ) {
    throw wrong(
      `${name}.id`,
      'names no property, or one twice',
      "write id: 'id', or id: ['tenantId', 'number']",
    );
  }
  for (const key of ids) checkPath(`${name}.id`, [key]);
  if (typeof ownerPath !== 'string') {
    throw wrong(
      `${name}.owner`,
      `is ${nameOf(ownerPath)}`,
      "write the path of the owner's id: owner: 'userId'",
    );
  }
  const owner = ownerPath.split('.');
  checkPath(`${name}.owner`, owner);
  if (typeof load !== 'function' && typeof load?.create !== 'function') {
    throw wrong(
      `${name}.load`,
      `is ${nameOf(load)}`,
      'write load: fromTypeorm(), or an injectable class with parseId and loadMany',
    );
  }
  if (typeof can !== 'function') {
    throw wrong(`${name}.can`, `is ${nameOf(can)}`, 'write can: (r) => ({ read: r.owner() })');
  }
  if (typeof conceal !== 'boolean')
    throw wrong(`${name}.conceal`, `is ${nameOf(conceal)}`, 'write true or false');

  const rules = new Map<string, RuleNode>();
  const declared: unknown = can(ruleBuilder<T>(owner));
  if (typeof declared !== 'object' || declared === null) {
    throw wrong(
      `${name}.can`,
      `returns ${nameOf(declared)}`,
      'return the rules: (r) => ({ read: r.owner() })',
    );
  }
  for (const [action, rule] of Object.entries(declared as Record<string, Rule<T> | undefined>)) {
    checkRule(`${name}.can.${action}`, rule?.node as RuleNode);
    rules.set(action, rule!.node);
  }
  return Object.freeze({ entity, ids, owner, load, rules, conceal });
}
