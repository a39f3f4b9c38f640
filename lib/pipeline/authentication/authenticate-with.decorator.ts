import { ACCESS } from '../../core/access.js';
import type { CredentialMethod } from '../../core/credential.js';
import { setMetadata } from '../../core/metadata.js';

/**
 * How a caller may prove who they are: `'jwt'`, an access token (what every route takes without this), `'api-key'`, an API key, or either.
 * It says how, not who: the route still needs `@Authenticated()`, `@Roles` or another rule. On a method it replaces that of the controller.
 *
 * The kind of credential decides which verifier is asked. Two credentials in one request are 400, one that the route does not take is 401.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/
 * @example
 * ```ts
 * @Get() @AuthenticateWith('jwt', 'api-key') @Scopes('orders:read') list() {…}
 * ```
 */
export function AuthenticateWith(
  ...methods: readonly [CredentialMethod, ...CredentialMethod[]]
): MethodDecorator & ClassDecorator {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    setMetadata(ACCESS.methods, methods, target, descriptor);
  };
}
