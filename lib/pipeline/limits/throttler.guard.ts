import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import { PLAN_BOOK, type PlanBook } from '../../core/control.js';
import { guardCallOf } from '../../core/guard-call.js';
import { REPORTER, type Reporter } from '../../core/reporter.js';
import { SecurityDenial } from '../../core/security-denial.js';
import { StateTrip } from '../../kit/state/state-trip.js';
import { LimitsControl } from './limits.control.js';

/**
 * `ThrottlerGuard`, reading the same `@Throttle` and `@SkipThrottle`, with every limit of a route compiled at boot and counted in
 * one batch. It does nothing for a request that is already counted, so that it may stand on a route that `SecurityGuard` guards.
 *
 * @throws {SecurityDenial} `limit.exceeded` and `limit.concurrency` (429, `Retry-After`), `state.unavailable` (503), `access.undeclared` (no HTTP, no plan)
 * @example
 * ```ts
 * @UseGuards(SecurityThrottlerGuard)
 * @Throttle({ address: { limit: 5, ttl: 60_000 } })
 * @Post('login') login() {…}
 * ```
 */
@Injectable()
export class SecurityThrottlerGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    @Inject(LimitsControl) private readonly control: LimitsControl,
    @Inject(PLAN_BOOK) private readonly plans: PlanBook,
    @Inject(REPORTER) private readonly reporter: Reporter,
    @Inject(StateTrip) private readonly trip: StateTrip,
  ) {
    super(options, storage, reflector);
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const call = guardCallOf(context);
    const { facts, raw } = call;
    const plan = facts.plan ?? this.plans.planOf(context);
    if (!plan) throw new SecurityDenial({ reason: 'access.undeclared' });
    const denial = this.control.ask(plan.sections.limits, call) ?? (await this.trip.run(facts));
    if (!denial) return true;
    this.reporter.denied(denial, facts, raw);
    throw new SecurityDenial(denial);
  }
}
