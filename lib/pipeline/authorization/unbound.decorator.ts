import { addMetadata, metadataKey } from '../../core/metadata.js';
import { accessError } from './access-error.js';

/** Where `@Unbound` keeps its declarations: a list of {@link UnboundParameter}. */
export const UNBOUND = metadataKey('unbound');

/** A path parameter that names no object of a resource, and why. */
export interface UnboundParameter {
  readonly parameter: string;
  readonly reason: string;
}

/**
 * Says that a path parameter names nothing that anyone owns, so that no `@Can` or `@Owns` has to check it. The reason stands in
 * the inventory. Without it, a path parameter that no check reads stops the boot.
 *
 * @throws {SecurityConfigError} `access.invalid` without a parameter or a reason.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/
 * @example
 * ```ts
 * @Get('rates/:currency') @Authenticated() @Unbound('currency', 'a public currency code') rate() {…}
 * ```
 */
export function Unbound(parameter: string, reason: string): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (typeof parameter !== 'string' || parameter === '') {
      throw accessError(target, key, 'has @Unbound without a parameter', "write @Unbound('currency', 'why')");
    }
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw accessError(
        target,
        key,
        'has @Unbound without a reason',
        `write @Unbound('${parameter}', 'why')`,
      );
    }
    const declared: UnboundParameter = { parameter, reason };
    addMetadata(UNBOUND, declared, target, descriptor);
  };
}
