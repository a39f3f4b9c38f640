import type { Type } from '@nestjs/common';
import type { GuardCall } from '../../core/control.js';
import type { Finding } from '../../core/finding.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { Rate } from '../../kit/state/gcra.js';
import { addressKey } from '../../kit/http/address.js';
import { headerPolicy } from './limit-headers.js';
import type { LimitSubject, ThrottlerSettings } from './limits.options.js';
import { overrideOf, skips, throttles, unknownNames } from './throttle-metadata.js';

/** One limit of one route, with all that can be said of it before a request comes. */
export interface RouteLimit extends Rate {
  readonly name: string;
  readonly by: LimitSubject;
  /** What a subject's key begins with. */
  readonly prefix: string;
  /** Whether it is counted with other routes, or for this route alone. */
  readonly shared: boolean;
  /** Its item of `RateLimit-Policy`; `undefined` where the headers do not name it. */
  readonly policy: string | undefined;
}

/** The limit as every route has it that says nothing about it. */
export function sharedLimit(throttler: ThrottlerSettings): RouteLimit {
  const { name, by, ttl, limit, blockDuration, headers } = throttler;
  const rate = { limit, period: ttl, block: blockDuration };
  const policy = headers ? headerPolicy(name, rate) : undefined;
  return { name, by, ...rate, prefix: `${spaceOf(by)}:${name}:`, shared: true, policy };
}

/** The limits by address that all routes share: those that also count a request which fails before its route is known. */
export function sharedAddressLimits(throttlers: readonly ThrottlerSettings[]): RouteLimit[] {
  return throttlers.filter(({ by, scope }) => by === 'address' && scope === 'global').map(sharedLimit);
}

// Also the memory store's spaces: a flood of addresses must not crowd users out.
const spaceOf = (by: LimitSubject): string => (typeof by === 'string' ? by : 'custom');

/** Compiles the named limits for routes, and names routes so that two controllers of one name never share a count. */
export class RouteLimits {
  readonly #shared: ReadonlyMap<string, RouteLimit>;
  readonly #ordinals = new Map<string, Type[]>();

  constructor(private readonly throttlers: readonly ThrottlerSettings[]) {
    this.#shared = new Map(throttlers.map((throttler) => [throttler.name, sharedLimit(throttler)]));
  }

  of(route: RouteDeclaration): { limits: RouteLimit[]; findings: Finding[] } {
    const limits: RouteLimit[] = [];
    const names = this.throttlers.map(({ name }) => name);
    const findings = unknownNames(route, names);
    for (const throttler of this.throttlers) {
      const { override, findings: wrong } = overrideOf(route, throttler);
      findings.push(...wrong);
      if (skips(route, throttler.name)) continue;
      if (throttler.scope === 'declared' && !throttles(route, throttler.name)) continue;
      if (!override && throttler.scope === 'global') {
        limits.push(this.#shared.get(throttler.name)!);
        continue;
      }
      const own = sharedLimit({ ...throttler, ...override });
      const prefix = `${spaceOf(throttler.by)}:${throttler.name}@${this.#nameOf(route)}:`;
      limits.push({ ...own, prefix, shared: false });
    }
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

/** The key that a request is counted under, or `undefined` where the limit does not apply to it. */
export function keyOf(
  limit: RouteLimit,
  { facts, request }: Pick<GuardCall, 'facts' | 'request'>,
): string | undefined {
  if (limit.by === 'address') return limit.prefix + addressKey(facts.address);
  if (limit.by === 'user') return facts.principal ? limit.prefix + facts.principal.id : undefined;
  const subject: unknown = limit.by({ facts, request });
  if (subject === undefined) return undefined;
  // An unvalidated body may hold anything where a string is expected; none of it escapes the limit.
  return limit.prefix + (typeof subject === 'string' ? subject : typeof subject);
}
