import type { Type } from '@nestjs/common';
import { methodsOf } from '../../core/access.js';
import type { Finding } from '../../core/finding.js';
import { nearestOf, type RouteDeclaration } from '../../core/route-declaration.js';
import { COST } from './cost.decorator.js';
import type { ThrottlerSettings } from './limits.options.js';
import { RouteLimit } from './route-limit.js';
import { overrideOf, skips, throttles, unknownNames } from './throttle-metadata.js';

/** Compiles the named limits for routes, and names routes so that two controllers of one name never share a count. */
export class RouteLimits {
  /** The limits by address that all routes share: those that also count a request which fails before its route is known. */
  readonly sharedByAddress: readonly RouteLimit[];
  readonly #shared: ReadonlyMap<string, RouteLimit>;
  readonly #ordinals = new Map<string, Type[]>();

  constructor(
    private readonly throttlers: readonly ThrottlerSettings[],
    private readonly instances: number,
  ) {
    this.#shared = new Map(
      throttlers.map((throttler) => [
        throttler.name,
        new RouteLimit(throttler, undefined, undefined, instances),
      ]),
    );
    this.sharedByAddress = throttlers
      .filter(({ by, scope, limit }) => by === 'address' && scope === 'global' && typeof limit === 'number')
      .map(({ name }) => this.#shared.get(name)!);
  }

  of(route: RouteDeclaration): { limits: RouteLimit[]; findings: Finding[] } {
    const limits: RouteLimit[] = [];
    const names = this.throttlers.map(({ name }) => name);
    const findings = unknownNames(route, names);
    const cost = nearestOf<number>(route, COST);
    const takesKeys = methodsOf(route).includes('api-key');
    for (const throttler of this.throttlers) {
      const { override, findings: wrong } = overrideOf(route, throttler);
      findings.push(...wrong);
      if (skips(route, throttler.name)) continue;
      // It would count nobody.
      if (throttler.by === 'key' && !takesKeys) continue;
      if (throttler.scope === 'declared' && !throttles(route, throttler.name)) continue;
      if (!override && throttler.scope === 'global') {
        limits.push(
          cost === undefined
            ? this.#shared.get(throttler.name)!
            : new RouteLimit(throttler, undefined, cost, this.instances),
        );
        continue;
      }
      limits.push(new RouteLimit({ ...throttler, ...override }, this.#nameOf(route), cost, this.instances));
    }
    findings.push(...limits.flatMap((limit) => tooDear(route, limit, cost)));
    return { limits, findings };
  }

  /** The same in every instance of an app, so that instances with one store count together. */
  #nameOf({ controller, methodName }: RouteDeclaration): string {
    const namesakes = this.#ordinals.get(controller.name) ?? [];
    if (!namesakes.includes(controller)) namesakes.push(controller);
    this.#ordinals.set(controller.name, namesakes);
    const ordinal = namesakes.indexOf(controller);
    return `${controller.name}${ordinal === 0 ? '' : `~${ordinal + 1}`}.${methodName}`;
  }
}

function tooDear(route: RouteDeclaration, { name, quota }: RouteLimit, cost = 1): Finding[] {
  if (quota === undefined || cost <= quota.rate.burst) return [];
  return [
    {
      code: 'limits.invalid',
      where: route.id,
      message: `@Cost(${cost}) is more than the limit '${name}' ever admits at once (${quota.rate.burst}).`,
      fix: `Write a cost of at most ${quota.rate.burst}, or a larger limit for this route: @Throttle({ ${name}: { limit, ttl } }).`,
    },
  ];
}
