import type { Type } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { SecurityConfigError } from '../core/config-error.js';
import type { ResourceDefinition } from './resource.js';
import { leavesOf, type RuleNode } from './rule.js';

/** Whether the instances of one class are instances of another. */
export function isSubclass(type: Type<object>, base: Type<object>): boolean {
  return Object.prototype.isPrototypeOf.call(Object(base.prototype) as object, type.prototype as object);
}

/**
 * Refuses a resource that says something else than the resource whose class it extends. What loads and lists the base hands out its subclasses
 * as well, and asks the rules of the base: they have to be the same tree, and the functions in it the same functions. A subclass may have
 * actions of its own, but for `read` where the base has none: what the base hands out leaves without being asked for it.
 *
 * @throws {SecurityConfigError} `resource.invalid`
 */
export function checkSubclass(
  definition: ResourceDefinition<object>,
  base: ResourceDefinition<object>,
): void {
  const [name, baseName] = [definition.entity.name, base.entity.name];
  const differs = (option: string, problem: string, first = '') =>
    new SecurityConfigError(
      'resource.invalid',
      `${name}.${option}`,
      `${problem}, and ${name} extends ${baseName}: a route that names ${baseName} hands out each ${name} by what ${baseName} says`,
      `${first}write in both what ${baseName} says, with r.where('kind', …) in its rules for what differs; or leave defineResource(${name}, …) out, so that the rules of ${baseName} hold; or let both classes extend one that is no resource`,
    );
  for (const option of ['owner', 'conceal'] as const) {
    if (!isDeepStrictEqual(definition[option], base[option]))
      throw differs(option, `is another than that of ${baseName}`);
  }
  for (const [action, rule] of base.rules) {
    const own = definition.rules.get(action);
    if (own === undefined) throw differs(`can.${action}`, `is missing and is there in ${baseName}`);
    if (!isDeepStrictEqual(own, rule))
      throw differs(`can.${action}`, `is another rule than that of ${baseName}`, functionsOf(own, rule));
  }
  if (definition.rules.has('read') && !base.rules.has('read'))
    throw differs('can.read', `is a rule, and ${baseName} has none`);
}

/** What to do about functions that two rules have. */
function functionsOf(...rules: readonly RuleNode[]): string {
  const has = (rule: RuleNode) => leavesOf(rule).some(({ kind }) => kind === 'fn');
  return rules.every(has)
    ? 'name the functions of r.fn outside of the rules, const isMine = (doc, caller) => …, since one that is written in them is another for each class; or '
    : '';
}
