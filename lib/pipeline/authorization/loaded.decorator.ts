import type { Type } from '@nestjs/common';
import { argumentDecorator } from './handler-argument.js';

/**
 * Hands the object that `@Can` or `@Owns` loaded and checked to the handler; a list for `many`. The class may be left out where
 * the parameter's type tells it.
 *
 * @throws {SecurityConfigError} `access.invalid` for anything but a class.
 * @example
 * ```ts
 * @Get(':id') @Can('read', Order) get(@Loaded() order: Order) { return order; }
 * ```
 */
export function Loaded(...entity: [Type<object>?]): ParameterDecorator {
  return argumentDecorator('loaded', entity[0], entity.length > 0);
}
