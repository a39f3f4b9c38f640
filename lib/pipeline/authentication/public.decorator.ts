import { ACCESS } from '../../core/access.js';
import { SecurityConfigError } from '../../core/config-error.js';
import { setMetadata } from '../../core/metadata.js';

/**
 * Opens a route, or every route of a controller, to anybody. Credentials that come with a request are not looked at: nobody is
 * identified. The reason stands in the inventory.
 *
 * @throws {SecurityConfigError} `option.invalid` when the reason is empty.
 * @example
 * ```ts
 * @Get('health') @Public('load balancer probe') @Returns(Health) health() {…}
 * ```
 */
export function Public(reason: string): MethodDecorator & ClassDecorator {
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new SecurityConfigError(
      'option.invalid',
      '@Public',
      'has no reason',
      "write why anybody may call it: @Public('load balancer probe')",
    );
  }
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    setMetadata(ACCESS.public, reason, target, descriptor);
  };
}
