import { ACCESS } from '../../core/access.js';
import { addMetadata } from '../../core/metadata.js';
import { isScope } from '../../core/scope.js';
import { accessError } from './access-error.js';

/**
 * Admits callers whose credential carries all of these scopes. Everyone else is answered 403 with the `insufficient_scope`
 * challenge of RFC 6750.
 *
 * @throws {SecurityConfigError} `access.invalid` for no scope, or for what RFC 6749 §3.3 does not allow in one.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1
 * @example
 * ```ts
 * @Scopes('orders:read', 'orders:write') @Patch(':id') patch() {…}
 * ```
 */
export function Scopes(scope: string, ...scopes: string[]): MethodDecorator & ClassDecorator {
  const named: readonly string[] = [scope, ...scopes];
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (!named.every(isScope)) {
      throw accessError(
        target,
        key,
        'has @Scopes with something that is no scope',
        "write each scope on its own, without blanks and quotes: @Scopes('orders:read', 'orders:write')",
      );
    }
    addMetadata(ACCESS.scopes, named, target, descriptor);
  };
}
