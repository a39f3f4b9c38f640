import { ACCESS } from '../../../core/access.js';
import { addMetadata } from '../../../core/metadata.js';
import { accessError, CIRCULAR } from '../access-error.js';
import type { Consistent, PolicyClass } from './access-policy.js';

/**
 * Admits callers whom every named policy admits, beside what roles, scopes and rules demand: decorators AND. They are asked in this order,
 * the controller's first, after the objects of the route are loaded and checked.
 *
 * A refusal is 403, `access.policy`, and no answer 503, `access.policy-unavailable`; both are 404, `access.policy-hidden`, where the caller
 * may not even read what the route has loaded.
 *
 * @throws {SecurityConfigError} `access.invalid` for what is no class
 * @see https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/
 * @example
 * ```ts
 * @Post(':id/refund') @Roles('support') @Can('refund', Order) @Policy(RefundWindow)
 * refund(@Loaded() order: Order) {…}
 * ```
 */
export function Policy<const P extends readonly [PolicyClass, ...PolicyClass[]]>(
  ...policies: P & { readonly [I in keyof P]: Consistent<P[I]> }
): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const classes: readonly unknown[] = policies;
    if (classes.length === 0 || classes.some((policy) => typeof policy !== 'function')) {
      throw accessError(
        target,
        key,
        'has @Policy without a class',
        `write @Policy(RefundWindow); ${CIRCULAR}`,
      );
    }
    addMetadata(ACCESS.policies, policies, target, descriptor);
  };
}
