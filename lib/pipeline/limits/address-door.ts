import { systemClock, type Clock } from '../../core/clock.js';
import type { Decision } from '../../core/decision.js';
import type { FrontDoor } from '../../core/reporter.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type { RouteAddress } from '../../core/route-declaration.js';
import { addressKey } from '../../kit/http/address.js';
import { BoundedEntries } from '../../kit/state/bounded-entries.js';
import { limitDenial } from './consume.js';
import { RoutePattern, segmentsOf } from './route-pattern.js';

const MOST_ADDRESSES = 10_000;

interface Refused {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * Remembers in this process which addresses have spent their limit, and until when, so that they are turned away before a body is
 * read and without a trip to the store. It never refuses what the guard would admit: routes that skip or replace an address limit
 * are let through, and what it forgets (beyond 10,000 addresses) the guard refuses.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
 */
export class AddressDoor implements FrontDoor {
  readonly #refused = new BoundedEntries<Refused>(MOST_ADDRESSES);
  readonly #exempt: RoutePattern[] = [];

  constructor(private readonly clock: Clock = systemClock) {}

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
    if (this.#refused.size === 0) return undefined;
    const address = addressKey(facts.address);
    const refused = this.#refused.get(address);
    if (!refused) return undefined;
    const wait = refused.until - this.clock();
    if (wait <= 0) {
      this.#refused.delete(address);
      return undefined;
    }
    if (this.#mayBeExempt(method, path)) return undefined;
    // The store would deny it and count nothing: the refusal needs no trip to say so.
    facts.charged = true;
    return limitDenial(refused.name, wait);
  }

  #mayBeExempt(method: string, path: string): boolean {
    if (this.#exempt.length === 0) return false;
    const segments = segmentsOf(path);
    return this.#exempt.some((pattern) => pattern.mayMatch(method, segments));
  }
}
