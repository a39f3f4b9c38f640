import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { PLAN_BOOK, type PlanBook } from '../../core/control.js';
import { FAILURE_TOLL, REPORTER, type FailureToll, type Reporter } from '../../core/reporter.js';
import { guardAlone, type LoneGuardPorts } from './lone-guard.js';

/**
 * Checks the `@Roles` and `@Scopes` of a route, and nothing else. It does nothing where `SecurityGuard` has run. Put
 * `JwtAuthGuard` before it.
 *
 * @throws {SecurityDenial} `access.role`, `access.scope` (403), `token.missing` (401), `access.undeclared` (no HTTP, no plan)
 * @see https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/
 * @example
 * ```ts
 * @UseGuards(JwtAuthGuard, RolesGuard) @Roles('support') @Get('reports') reports() {…}
 * ```
 */
@Injectable()
export class RolesGuard implements CanActivate {
  readonly #ports: LoneGuardPorts;

  constructor(
    @Inject(PLAN_BOOK) plans: PlanBook,
    @Inject(FAILURE_TOLL) toll: FailureToll,
    @Inject(REPORTER) reporter: Reporter,
  ) {
    this.#ports = { plans, toll, reporter };
  }

  canActivate(context: ExecutionContext): Promise<boolean> {
    return guardAlone(context, this.#ports, ({ admit }) => admit);
  }
}
