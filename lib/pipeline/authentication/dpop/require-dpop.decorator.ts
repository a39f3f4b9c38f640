import { ACCESS } from '../../../core/access.js';
import { setMetadata } from '../../../core/metadata.js';

/**
 * Admits callers whose token is bound to a key that they prove to hold, and nobody else: no bearer token, no API key. Needs
 * `authentication.dpop`; it needs a caller, so `@Authenticated()` beside it is not needed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-7
 * @example
 * ```ts
 * @RequireDpop() @Post('payouts') pay() {…}
 * ```
 */
export function RequireDpop(): MethodDecorator & ClassDecorator {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    setMetadata(ACCESS.requireDpop, true, target, descriptor);
  };
}
