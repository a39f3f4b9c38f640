import { ACCESS } from '../../core/access.js';
import { addMetadata } from '../../core/metadata.js';
import type { RoleName } from '../../core/principal.js';
import { accessError } from './access-error.js';

/**
 * Admits callers that have one of these roles, or a role that includes one. On a controller and a method, or several on one:
 * each has to admit the caller. Everyone else is answered 403.
 *
 * @throws {SecurityConfigError} `access.invalid` for no role, which does not compile either.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/
 * @example
 * ```ts
 * @Roles('support', 'admin') @Post(':id/refund') refund() {…}
 * ```
 */
export function Roles(role: RoleName, ...roles: RoleName[]): MethodDecorator & ClassDecorator {
  const named: readonly string[] = [role, ...roles];
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (named.some((name) => typeof name !== 'string' || name === '')) {
      throw accessError(target, key, 'has @Roles() without a role', "write @Roles('support')");
    }
    addMetadata(ACCESS.roles, named, target, descriptor);
  };
}
