import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '../../core/principal.js';
import { factsOf, rawRequest } from '../../core/request-facts.js';
import { SecurityDenial } from '../../core/security-denial.js';

/** Gives a handler its caller; the control knows a parameter by this function. Refuses where nobody is identified. */
export function currentUser(_data: unknown, context: ExecutionContext): Principal {
  const request = context.getType() === 'http' ? rawRequest(context.switchToHttp().getRequest()) : undefined;
  const principal = request && factsOf(request)?.principal;
  if (!principal)
    throw new SecurityDenial({
      reason: 'access.undeclared',
      note: '@CurrentUser() where nobody is identified',
    });
  return principal;
}

/**
 * Hands the caller, a frozen {@link Principal}, to a handler. On a public route it is a finding of the boot audit: nobody is identified
 * there.
 *
 * @throws {SecurityDenial} `access.undeclared` where nobody is identified.
 * @example
 * ```ts
 * @Get() me(@CurrentUser() user: Principal) { return this.users.find(user.id); }
 * ```
 */
export const CurrentUser: () => ParameterDecorator = createParamDecorator(currentUser);
