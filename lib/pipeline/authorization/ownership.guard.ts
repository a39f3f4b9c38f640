import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { PLAN_BOOK, type PlanBook } from '../../core/control.js';
import { FAILURE_TOLL, REPORTER, type FailureToll, type Reporter } from '../../core/reporter.js';
import { guardAlone, type LoneGuardPorts } from './lone-guard.js';

/**
 * Loads and checks the resources of a route, `@Can`, `@Owns` and `@Lists`, asks its policies, checks the writable properties of its
 * body, and does nothing else. It does nothing where `SecurityGuard` has run. Put `JwtAuthGuard` before it.
 *
 * @throws {SecurityDenial} `access.id`, `access.missing`, `access.hidden` (one 404), `access.foreign`, `access.action`,
 * `access.property`, `access.policy` (403), `access.policy-hidden` (404), `access.loader`, `access.rule-unavailable`, `access.policy-unavailable` (503), `token.missing` (401), `access.undeclared` (no HTTP, no plan)
 * @see https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/
 * @example
 * ```ts
 * @UseGuards(JwtAuthGuard, OwnershipGuard) @Owns(Order) @Delete(':id') remove(@Loaded() order: Order) {…}
 * ```
 */
@Injectable()
export class OwnershipGuard implements CanActivate {
  readonly #ports: LoneGuardPorts;

  constructor(
    @Inject(PLAN_BOOK) plans: PlanBook,
    @Inject(FAILURE_TOLL) toll: FailureToll,
    @Inject(REPORTER) reporter: Reporter,
  ) {
    this.#ports = { plans, toll, reporter };
  }

  canActivate(context: ExecutionContext): Promise<boolean> {
    return guardAlone(context, this.#ports, ({ grant }) => grant);
  }
}
