import type { Type } from '@nestjs/common';
import { accessError } from './access-error.js';
import type { HandlerTaking, HandlerTakingMany } from './handler-taking.js';
import {
  checkDecorator,
  type CheckOptions,
  type GuardOnlyOptions,
  type ManyOptions,
  type OneOptions,
} from './resource-check.js';

/**
 * Loads the object that the request names, once, and admits callers whom the resource's rule for the action admits. The handler
 * takes the object with `@Loaded()`; one that does not does not compile, unless `guardOnly: true` says so.
 *
 * Missing, malformed and not readable are one 404; readable, but not for this action, is 403. With `conceal: false` in the
 * resource a foreign object is 403.
 *
 * @throws {SecurityConfigError} `access.invalid` for no class, no action or contradicting options.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/
 * @example
 * ```ts
 * @Patch(':id') @Can('update', Order) patch(@Loaded() order: Order, @Body() dto: PatchOrder) {…}
 * @Get(':orderId/items') @Can('read', Order, { from: { param: 'orderId' } }) items(@Loaded() order: Order) {…}
 * @Post('close') @Can('close', Order, { from: { body: 'ids' }, many: true }) close(@Loaded() orders: Order[]) {…}
 * ```
 */
export function Can<T extends object>(
  action: string,
  entity: Type<T>,
  options?: OneOptions,
): HandlerTaking<T>;
export function Can<T extends object>(
  action: string,
  entity: Type<T>,
  options: ManyOptions,
): HandlerTakingMany<T>;
export function Can<T extends object>(
  action: string,
  entity: Type<T>,
  options: GuardOnlyOptions,
): MethodDecorator & ClassDecorator;
export function Can(
  action: string,
  entity: Type<object>,
  options: CheckOptions = {},
): MethodDecorator & ClassDecorator {
  // Without an action it would be an @Owns, which nobody wrote.
  if (typeof action !== 'string' || action === '') {
    return (target: object, key?: string | symbol) => {
      throw accessError(target, key, 'has @Can without an action', "write @Can('read', Order)");
    };
  }
  return checkDecorator('@Can', entity, action, options);
}
