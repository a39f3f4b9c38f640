import type { Type } from '@nestjs/common';
import { argumentDecorator } from './handler-argument.js';

/**
 * Hands the handler a query condition for the rows that `@Can` or `@Owns` checked, which has their ids and the rule in it, in the
 * form that the resource's loader gives: for UPDATE and DELETE, so that check and use are one. Hand what it changed to
 * `guardedWrite`. The class may be left out where the route loads one resource.
 *
 * @throws {SecurityConfigError} `access.invalid` for anything but a class.
 * @see https://cwe.mitre.org/data/definitions/367.html
 * @example
 * ```ts
 * @Delete(':id') @Owns(Order) async remove(@Loaded() order: Order, @Guarded() mine: WhereOf<Order>) {
 *   await guardedWrite(mine, this.orders.delete(mine));
 * }
 * ```
 */
export function Guarded(...entity: [Type<object>?]): ParameterDecorator {
  return argumentDecorator('guarded', entity[0], entity.length > 0);
}
