import { systemClock, type Clock } from '../../core/clock.js';
import type { Decision } from '../../core/decision.js';
import type { FrontDoor } from '../../core/reporter.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type { RouteAddress } from '../../core/route-declaration.js';
import type { Rate } from '../../core/state-store.js';
import { addressKey, siteKey } from '../../kit/http/address.js';
import { BoundedEntries } from '../../kit/state/bounded-entries.js';
import { Cells, chargeCells } from '../../kit/state/gcra.js';
import { Meters } from '../../kit/state/meters.js';
import { unitsOfSite, type SimpleLimit } from './limit-bounds.js';
import { limitDenial } from './limit-charge.js';
import { RoutePattern, segmentsOf } from './route-pattern.js';

const MOST_REFUSED = 10_000;
const MOST_COUNTED = 100_000;

interface Refused {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * What stands before the body is read, without a trip to the store. It counts what each address (and IPv6 /48) sends to this instance, whatever
 * becomes of it; and it remembers which addresses have spent the limits that the store counts, and until when (beyond 10,000 of them
 * the guard refuses): those limits that are the same for each request. Routes that skip or replace one are let past the memory, and not
 * past the count.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
 */
export class AddressDoor implements FrontDoor {
  readonly #refused = new BoundedEntries<Refused>(MOST_REFUSED);
  readonly #exempt: RoutePattern[] = [];
  readonly #counted = new Meters(MOST_COUNTED, () => new Cells());
  readonly #rate: Rate | undefined;
  readonly #siteRate: Rate | undefined;

  constructor(
    limit: SimpleLimit | undefined,
    private readonly clock: Clock = systemClock,
  ) {
    if (!limit) return;
    this.#rate = rateOf(limit.limit, limit.ttl);
    this.#siteRate = rateOf(unitsOfSite(limit.limit), limit.ttl);
  }

  /** Turns an address (its {@link addressKey}) away for some milliseconds. */
  refuse(address: string, name: string, milliseconds: number): void {
    const now = this.clock();
    const until = now + milliseconds;
    const known = this.#refused.get(address);
    if (known && known.until >= until) return;
    if (known) this.#refused.delete(address);
    this.#refused.add(address, { name, until }, now);
  }

  /** Lets requests through that may be for these addresses of a route. At boot. */
  exempt(addresses: readonly RouteAddress[]): void {
    this.#exempt.push(...addresses.map((address) => new RoutePattern(address)));
  }

  check(facts: RequestFacts, method: string, path: string): Decision {
    const counts = this.#rate !== undefined;
    if (!counts && this.#refused.size === 0) return undefined;
    const now = this.clock();
    const address = addressKey(facts.address);
    const tooMany = counts ? this.#count(address, now) : undefined;
    const denial = tooMany ?? this.#remembered(address, now);
    if (denial === undefined) return undefined;
    // The count of this instance is for every route: what may be meant by a path would be a way past it.
    if (!tooMany && this.#mayBeExempt(method, path)) return undefined;
    // The store would deny it and count nothing, or is to be spared a flood: the refusal needs no trip to say so.
    facts.charged = true;
    return denial;
  }

  #count(address: string, now: number): Decision {
    const denial = this.#charge(address, this.#rate!, now);
    const site = denial ? undefined : siteKey(address);
    return site === undefined ? denial : this.#charge(site, this.#siteRate!, now);
  }

  #charge(key: string, rate: Rate, now: number): Decision {
    const { allowed, retryAfter } = chargeCells(this.#counted.of(key, rate, now), rate, 1, now);
    return allowed ? undefined : limitDenial('door', retryAfter);
  }

  #remembered(address: string, now: number): Decision {
    const refused = this.#refused.get(address);
    if (!refused) return undefined;
    if (refused.until > now) return limitDenial(refused.name, refused.until - now);
    this.#refused.delete(address);
    return undefined;
  }

  #mayBeExempt(method: string, path: string): boolean {
    if (this.#exempt.length === 0) return false;
    const segments = segmentsOf(path);
    return this.#exempt.some((pattern) => pattern.mayMatch(method, segments));
  }
}

function rateOf(limit: number, period: number): Rate {
  return { algorithm: 'gcra', limit, period, burst: limit, block: 0 };
}
