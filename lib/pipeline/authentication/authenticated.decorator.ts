import { ACCESS } from '../../core/access.js';
import { setMetadata } from '../../core/metadata.js';

/**
 * Admits every caller who proves who they are, whatever their roles. On a controller it stands for all its routes, of which
 * `@Public(reason)` may open one.
 *
 * @example
 * ```ts
 * @Controller('me') @Authenticated() class MeController {…}
 * ```
 */
export function Authenticated(): MethodDecorator & ClassDecorator {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    setMetadata(ACCESS.authenticated, true, target, descriptor);
  };
}
