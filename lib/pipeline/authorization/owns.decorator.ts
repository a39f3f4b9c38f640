import type { Type } from '@nestjs/common';
import type { HandlerTaking, HandlerTakingMany } from './handler-taking.js';
import {
  checkDecorator,
  type CheckOptions,
  type GuardOnlyOptions,
  type ManyOptions,
  type OneOptions,
} from './resource-check.js';

/**
 * Loads the object that the request names, once, and admits its owner and nobody else, whatever role they have. The handler
 * takes the object with `@Loaded()`.
 *
 * An object that the caller may read but does not own is 403; any other foreign object is the same 404 as a missing one.
 *
 * @throws {SecurityConfigError} `access.invalid` for no class or contradicting options.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/
 * @example
 * ```ts
 * @Delete(':id') @Owns(Order) remove(@Loaded() order: Order) {…}
 * @Post('bulk-cancel') @Owns(Order, { from: { body: 'ids' }, many: true }) cancel(@Loaded() orders: Order[], @Body() dto: Ids) {…}
 * ```
 */
export function Owns<T extends object>(entity: Type<T>, options?: OneOptions): HandlerTaking<T>;
export function Owns<T extends object>(entity: Type<T>, options: ManyOptions): HandlerTakingMany<T>;
export function Owns<T extends object>(
  entity: Type<T>,
  options: GuardOnlyOptions,
): MethodDecorator & ClassDecorator;
export function Owns(entity: Type<object>, options: CheckOptions = {}): MethodDecorator & ClassDecorator {
  return checkDecorator('@Owns', entity, undefined, options);
}
