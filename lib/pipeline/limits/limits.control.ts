import type { Compiled, Control, GuardCall } from '../../core/control.js';
import type { Decision } from '../../core/decision.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { Concurrency } from './concurrency.js';
import { LimitCharge, type LimitDependencies } from './limit-charge.js';
import type { RouteLimit } from './route-limit.js';
import type { RouteLimits } from './route-limits.js';

/** The limits of one route. */
export interface LimitsSection {
  readonly limits: readonly RouteLimit[];
}

declare module '../../core/route-plan.js' {
  interface RoutePlanSections {
    limits: LimitsSection;
  }
}

/**
 * How much a caller may call: asks for a charge against every limit of the route, all or none, which travels with whatever else the
 * request asks of shared state.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
 */
export class LimitsControl implements Control<'limits'> {
  readonly name = 'limits';

  constructor(
    private readonly routeLimits: RouteLimits,
    private readonly dependencies: LimitDependencies,
    private readonly concurrency: Concurrency | undefined,
  ) {}

  compile(route: RouteDeclaration): Compiled<LimitsSection> {
    const { limits, findings } = this.routeLimits.of(route);
    const kept = limits.filter(({ atDoor }) => atDoor).length;
    const all = this.routeLimits.sharedByAddress.filter(({ atDoor }) => atDoor).length;
    if (kept < all) this.dependencies.door.exempt(route.addresses);
    const section: LimitsSection = { limits };
    const { concurrency } = this;
    if (limits.length > 0) return { section, findings, stage: (call) => this.ask(section, call) };
    // What is not counted may still not take all of the instance.
    return concurrency
      ? { section, findings, stage: ({ facts }) => concurrency.enter(facts) }
      : { section, findings };
  }

  describe({ limits }: LimitsSection): Readonly<Record<string, string>> {
    const words = limits.map(({ name, quota, shared, enforced }) => {
      const rate = quota ? `${quota.rate.limit}/${quota.rate.period / 1000}s` : 'by caller';
      return `${name} ${rate}${shared ? '' : ' for this route'}${enforced ? '' : ' (report)'}`;
    });
    return { limits: words.join(', ') || 'none' };
  }

  /** Asks for the charge, once: a second call for the same request does nothing. Refuses at once who has too many under way. */
  ask(section: LimitsSection, { facts, request }: GuardCall): Decision {
    if (facts.charged) return undefined;
    const tooMany = this.concurrency?.enter(facts);
    if (tooMany) return tooMany;
    const charge = new LimitCharge(this.dependencies, facts, true);
    const view = { facts, request };
    for (let i = 0; i < section.limits.length; i++) charge.add(section.limits[i]!, view);
    facts.charged = true;
    if (charge.ops.length > 0) facts.ask(charge);
    return undefined;
  }
}
