import type { Decision, Denial } from '../../core/decision.js';
import type { Reporter } from '../../core/reporter.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type { StateAsk } from '../../core/state-ask.js';
import type { Consume, Consumed } from '../../core/state-store.js';
import { addressKey, siteKey } from '../../kit/http/address.js';
import type { MemoryState } from '../../kit/state/memory-state.js';
import { unavailable } from '../../kit/state/state-trip.js';
import type { AddressDoor } from './address-door.js';
import { wholeSeconds, writeHeaders } from './limit-headers.js';
import type { LimitView, ThrottlingSettings } from './limits.options.js';
import type { Quota } from './quota.js';
import type { RouteLimit } from './route-limit.js';

/** What all charges work with. */
export interface LimitDependencies {
  readonly headers: ThrottlingSettings['headers'];
  readonly door: AddressDoor;
  readonly reporter: Reporter;
  /** Counts for this instance while the store is down. */
  readonly local: MemoryState;
}

/** One request's charge against all its limits: what it asks of the store, and what the answers mean. */
export class LimitCharge implements StateAsk {
  readonly ops: Consume[] = [];
  readonly #limits: RouteLimit[] = [];
  readonly #quotas: Quota[] = [];

  /** `shown`: whether the answer's headers tell of it. */
  constructor(
    private readonly dependencies: LimitDependencies,
    private readonly facts: RequestFacts,
    private readonly shown: boolean,
  ) {}

  /** Adds a limit, where it applies to the request. */
  add(limit: RouteLimit, view: LimitView): void {
    const subject = limit.subjectOf(view);
    if (subject === undefined) return;
    const quota = limit.quotaFor(view);
    const cost = limit.costFor(view, quota);
    if (cost > 0) this.#charge(limit, quota, subject, cost);
  }

  /**
   * Adds one unit of a limit by address with a fixed quota, without a function of the application: the request may be anything.
   * `apart`: where it denies, the other limits are charged all the same.
   */
  addFailed(limit: RouteLimit, apart = false): void {
    this.#charge(limit, limit.quota!, addressKey(this.facts.address), 1, apart);
  }

  settle(results: readonly Consumed[]): Decision {
    if (this.shown && this.facts.response)
      writeHeaders(this.dependencies.headers, this.facts.response, this.#limits, this.#quotas, results);
    return this.#decide(results, true);
  }

  outage(error: unknown): Decision {
    for (const limit of this.#limits) if (limit.closed && limit.enforced) return unavailable(error);
    const share = this.ops.map((op, i): Consume => {
      const rate = this.#quotas[i]!.local;
      return { ...op, rate, cost: Math.min(op.cost, rate.burst) };
    });
    return this.#decide(this.dependencies.local.run(share) as readonly Consumed[], false);
  }

  #charge(limit: RouteLimit, quota: Quota, subject: string, cost: number, apart = false): void {
    const enforced = limit.enforced && !apart;
    this.#push(limit, quota, limit.prefix + subject, cost, enforced);
    const site = limit.by === 'address' ? siteKey(subject) : undefined;
    if (site !== undefined && limit.site) this.#push(limit, limit.site, limit.prefix + site, cost, enforced);
  }

  #push(limit: RouteLimit, quota: Quota, key: string, cost: number, enforced: boolean): void {
    this.#limits.push(limit);
    this.#quotas.push(quota);
    this.ops.push({ op: 'consume', key, rate: quota.rate, cost, enforced });
  }

  /** `shared`: by the count of all instances. What this one counts alone is not remembered past the outage. */
  #decide(results: readonly Consumed[], shared: boolean): Decision {
    for (let i = 0; i < results.length; i++) {
      const { allowed, retryAfter } = results[i]!;
      if (allowed) continue;
      const limit = this.#limits[i]!;
      if (!limit.enforced) {
        this.dependencies.reporter.record({ type: 'limit.reported', limit: limit.name }, this.facts);
        continue;
      }
      if (shared && isSpent(limit, this.ops[i]!))
        this.dependencies.door.refuse(addressKey(this.facts.address), limit.name, retryAfter);
    }
    const longest = longestWait(this.#limits, results);
    return longest === -1
      ? undefined
      : limitDenial(this.#limits[longest]!.name, results[longest]!.retryAfter);
  }
}

/** Whether every other request of the address would be refused as well: not where only a dear one was, or the site of others. */
function isSpent(limit: RouteLimit, { rate, cost }: Consume): boolean {
  return limit.atDoor && cost === 1 && rate === limit.quota?.rate;
}

/** Which of the limits that deny has the longest wait, -1 where none denies. Those that are only watched deny nothing. */
export function longestWait(
  limits: ReadonlyArray<{ enforced: boolean }>,
  results: readonly Consumed[],
): number {
  let longest = -1;
  for (let i = 0; i < results.length; i++) {
    const { allowed, retryAfter } = results[i]!;
    if (allowed || !limits[i]!.enforced) continue;
    if (longest === -1 || retryAfter > results[longest]!.retryAfter) longest = i;
  }
  return longest;
}

/** The 429 of one limit. */
export function limitDenial(name: string, retryAfter: number): Denial {
  return {
    reason: 'limit.exceeded',
    note: name,
    headers: { 'Retry-After': String(wholeSeconds(retryAfter)) },
  };
}
