import type { ExecutionContext } from '@nestjs/common';
import type { PlanBook, Stage } from '../../core/control.js';
import type { Denial } from '../../core/decision.js';
import { guardCallOf } from '../../core/guard-call.js';
import type { FailureToll, Reporter } from '../../core/reporter.js';
import { SecurityDenial } from '../../core/security-denial.js';
import { settleDenial } from '../../core/settle-denial.js';
import { NOBODY_CALLS, UNDECLARED } from './admission.js';
import type { AuthorizationSection } from './authorization.section.js';

/** What `RolesGuard` and `OwnershipGuard` need to decide without `SecurityGuard`. */
export interface LoneGuardPorts {
  readonly plans: PlanBook;
  readonly toll: FailureToll;
  readonly reporter: Reporter;
}

/**
 * Runs one half of a route's authorization, unless `SecurityGuard` has run all of it. Without facts, plan or principal nobody is
 * admitted.
 *
 * @throws {SecurityDenial} `access.undeclared`, `token.missing`, or what the half decides
 */
export async function guardAlone(
  context: ExecutionContext,
  ports: LoneGuardPorts,
  half: (section: AuthorizationSection) => Stage | undefined,
): Promise<boolean> {
  const call = guardCallOf(context);
  const { raw, facts } = call;
  if (facts.authorized) return true;
  const refuse = async (denial: Denial): Promise<never> => {
    throw new SecurityDenial(await settleDenial(denial, facts, raw, ports.toll, ports.reporter));
  };
  const plan = facts.plan ?? ports.plans.planOf(context);
  if (!plan) return refuse(UNDECLARED);
  // `@Loaded()` and the exposure of the answer read it.
  facts.plan = plan;
  if (facts.principal === null) return refuse(NOBODY_CALLS);
  const denial = await half(plan.sections.authorization)?.(call);
  return denial ? refuse(denial) : true;
}
