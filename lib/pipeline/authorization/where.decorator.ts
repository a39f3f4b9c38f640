import type { Type } from '@nestjs/common';
import { argumentDecorator } from './handler-argument.js';

/**
 * Hands the query condition of `@Lists` to the handler: the rows that the caller may read, in the form that the resource's
 * loader gives. The class may be left out where the route lists one resource.
 *
 * @throws {SecurityConfigError} `access.invalid` for anything but a class.
 * @example
 * ```ts
 * @Get() @Lists(Order) list(@Where() mine: WhereOf<Order>) { return this.orders.find({ where: mine }); }
 * ```
 */
export function Where(...entity: [Type<object>?]): ParameterDecorator {
  return argumentDecorator('where', entity[0], entity.length > 0);
}
