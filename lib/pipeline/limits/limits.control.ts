import type { Compiled, Control, GuardCall } from '../../core/control.js';
import type { Decision, MaybePromise } from '../../core/decision.js';
import { rawResponse } from '../../core/request-facts.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { Consume, Consumed, StateStore } from '../../core/state-store.js';
import type { AddressDoor } from './address-door.js';
import { consume, decide } from './consume.js';
import { headerPolicies, writeDraftHeaders, writeLegacyHeaders } from './limit-headers.js';
import type { ThrottlingSettings } from './limits.options.js';
import { keyOf, RouteLimits, sharedAddressLimits, type RouteLimit } from './route-limits.js';

/** The limits of one route. */
export interface LimitsSection {
  readonly limits: readonly RouteLimit[];
  /** The `RateLimit-Policy` of a request to which every limit applies. */
  readonly policies: string;
}

declare module '../../core/route-plan.js' {
  interface RoutePlanSections {
    limits: LimitsSection;
  }
}

/**
 * How much a caller may call: counts a request against every limit of its route in one batch, all or none.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
 */
export class LimitsControl implements Control<'limits'> {
  readonly name = 'limits';
  readonly #routeLimits: RouteLimits;
  readonly #addressLimits: number;

  constructor(
    private readonly settings: ThrottlingSettings,
    private readonly store: StateStore,
    private readonly door: AddressDoor,
  ) {
    this.#routeLimits = new RouteLimits(settings.throttlers);
    this.#addressLimits = sharedAddressLimits(settings.throttlers).length;
  }

  compile(route: RouteDeclaration): Compiled<LimitsSection> {
    const { limits, findings } = this.#routeLimits.of(route);
    const kept = limits.filter(({ by, shared }) => by === 'address' && shared).length;
    if (kept < this.#addressLimits) this.door.exempt(route.addresses);
    const section: LimitsSection = { limits, policies: headerPolicies(limits) };
    if (limits.length === 0) return { section, findings };
    return { section, findings, stage: (call) => this.charge(section, call) };
  }

  describe({ limits }: LimitsSection): Readonly<Record<string, string>> {
    const words = limits.map(
      ({ name, limit, period, shared }) =>
        `${name} ${limit}/${period / 1000}s${shared ? '' : ' for this route'}`,
    );
    return { limits: words.join(', ') || 'none' };
  }

  /** Counts the request, once: a second call for the same request does nothing. */
  charge(section: LimitsSection, call: GuardCall): MaybePromise<Decision> {
    if (call.facts.charged) return undefined;
    const limits: RouteLimit[] = [];
    const batch: Consume[] = [];
    for (const routeLimit of section.limits) {
      const key = keyOf(routeLimit, call);
      if (key === undefined) continue;
      const { limit, period, block } = routeLimit;
      limits.push(routeLimit);
      batch.push({ op: 'consume', key, limit, period, block });
    }
    call.facts.charged = true;
    if (batch.length === 0) return undefined;
    return consume(this.store, batch, (results) => {
      this.#writeHeaders(section, call, limits, results);
      return decide(limits, results, call.facts.address, this.door);
    });
  }

  #writeHeaders(
    section: LimitsSection,
    { context }: GuardCall,
    limits: readonly RouteLimit[],
    results: readonly Consumed[],
  ): void {
    if (this.settings.headers === false) return;
    const response = rawResponse(context.switchToHttp().getResponse());
    if (this.settings.headers === 'legacy') return writeLegacyHeaders(response, limits, results);
    const every = limits.length === section.limits.length;
    writeDraftHeaders(response, every ? section.policies : headerPolicies(limits), limits, results);
  }
}
