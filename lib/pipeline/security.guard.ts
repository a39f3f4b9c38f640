import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { GuardCall, Stage } from '../core/control.js';
import type { Denial, MaybePromise } from '../core/decision.js';
import { guardCallOf } from '../core/guard-call.js';
import type { FailureToll, Reporter } from '../core/reporter.js';
import { SecurityDenial } from '../core/security-denial.js';
import { settleDenial } from '../core/settle-denial.js';
import type { RoutePlans } from './route-plans.js';

/**
 * The first global guard: takes a request through the stages of its route's plan. What has no plan is refused, whatever it is:
 * an unknown route, a gateway, a message handler, a resolver.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/
 */
export class SecurityGuard implements CanActivate {
  constructor(
    private readonly plans: RoutePlans,
    private readonly toll: FailureToll,
    private readonly reporter: Reporter,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const call = guardCallOf(context);
    const planned = this.plans.find(context);
    if (!planned) return this.#refuse({ reason: 'access.undeclared' }, call);
    call.facts.enter(planned.plan);
    return this.#pass(planned.stages, 0, call);
  }

  /** Runs the stages; a promise is made only where a stage made one. */
  #pass(stages: readonly Stage[], from: number, call: GuardCall): boolean | Promise<boolean> {
    for (let i = from; i < stages.length; i++) {
      const decision = stages[i]!(call);
      if (decision instanceof Promise) {
        return decision.then((denial) =>
          denial ? this.#refuse(denial, call) : this.#pass(stages, i + 1, call),
        );
      }
      if (decision) return this.#refuse(decision, call);
    }
    return true;
  }

  #refuse(denial: Denial, { facts, raw }: GuardCall): Promise<boolean> {
    const settled: MaybePromise<Denial> = settleDenial(denial, facts, raw, this.toll, this.reporter);
    if (settled instanceof Promise) {
      return settled.then((final) => {
        throw new SecurityDenial(final);
      });
    }
    return Promise.reject(new SecurityDenial(settled));
  }
}
