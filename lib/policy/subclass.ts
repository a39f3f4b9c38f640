import type { Type } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { SecurityConfigError } from '../core/config-error.js';
import type { ResourceDefinition } from './resource.js';

/** Whether the instances of one class are instances of another. */
export function isSubclass(type: Type<object>, base: Type<object>): boolean {
  return Object.prototype.isPrototypeOf.call(Object(base.prototype) as object, type.prototype as object);
}

/**
 * Refuses a resource that says something else than the resource whose class it extends. What loads and lists the base hands out its subclasses
 * as well, and asks the rules of the base: they have to be the same tree, and the functions in it the same functions. A subclass may have
 * actions of its own.
 *
 * @throws {SecurityConfigError} `resource.invalid`
 */
export function checkSubclass(
  definition: ResourceDefinition<object>,
  base: ResourceDefinition<object>,
): void {
  const [name, baseName] = [definition.entity.name, base.entity.name];
  const differs = (option: string, problem: string) =>
    new SecurityConfigError(
      'resource.invalid',
      `${name}.${option}`,
      `${problem}, and ${name} extends ${baseName}: a route that names ${baseName} hands out each ${name} by what ${baseName} says`,
      `write in both what ${baseName} says, with r.where('kind', …) in its rules for what differs; or leave defineResource(${name}, …) out, so that the rules of ${baseName} hold; or let both classes extend one that is no resource`,
    );
  for (const option of ['owner', 'conceal'] as const) {
    if (!isDeepStrictEqual(definition[option], base[option]))
      throw differs(option, `is another than that of ${baseName}`);
  }
  for (const [action, rule] of base.rules) {
    const own = definition.rules.get(action);
    if (own === undefined) throw differs(`can.${action}`, `is missing and is there in ${baseName}`);
    if (!isDeepStrictEqual(own, rule))
      throw differs(`can.${action}`, `is another rule than that of ${baseName}`);
  }
}
