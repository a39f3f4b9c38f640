import type { Type } from '@nestjs/common';
import { ACCESS } from '../../core/access.js';
import { addMetadata } from '../../core/metadata.js';
import { accessError, CIRCULAR } from './access-error.js';

/**
 * Declares that a handler lists objects of a resource: those that its `read` rule admits. `@Where()` hands the condition to the
 * handler, made from the rule that also checks single objects.
 *
 * @throws {SecurityConfigError} `access.invalid` for anything but a class.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/
 * @example
 * ```ts
 * @Get() @Lists(Order) @Returns([Order]) list(@Where() mine: WhereOf<Order>) { return this.orders.find({ where: mine }); }
 * ```
 */
export function Lists(entity: Type<object>, ...more: readonly never[]): MethodDecorator {
  return (target, key, descriptor) => {
    if (more.length > 0) {
      const fix = 'write @Lists(Order): it lists what the rule read admits, and has no options';
      throw accessError(target, key, 'has @Lists with more than a class', fix);
    }
    if (typeof entity !== 'function') {
      throw accessError(target, key, 'has @Lists without a class', `write @Lists(Order); ${CIRCULAR}`);
    }
    addMetadata(ACCESS.lists, entity, target, descriptor);
  };
}
