import { addressKey } from '../../kit/http/address.js';
import { unitsOfSite, type SimpleLimit } from './limit-bounds.js';
import type { LimitSubject, LimitView, ThrottlerSettings } from './limits.options.js';
import { Quotas, quotaOf, type Quota } from './quota.js';

// The names of throttlers tell users and keys apart.
const SPACES = { address: 'address', user: 'user', key: 'user' } as const;

/** One limit of one route, with all that can be said of it before a request comes. */
export class RouteLimit {
  readonly name: string;
  readonly by: LimitSubject;
  /** `false`: it is only watched. */
  readonly enforced: boolean;
  /** Whether a request is refused while nobody can count it. */
  readonly closed: boolean;
  /** Whether it is counted with other routes, or for this route alone. */
  readonly shared: boolean;
  /** What a subject's key begins with. */
  readonly prefix: string;
  /** What every caller has; `undefined` where that differs from caller to caller. */
  readonly quota: Quota | undefined;
  /** For an IPv6 /48; with an address alone. */
  readonly site: Quota | undefined;
  /** Whether an address that has spent it may be turned away unread: each request takes of it, and no function says how much. */
  readonly atDoor: boolean;
  readonly #quotas: Quotas | undefined;

  constructor(
    private readonly settings: ThrottlerSettings,
    /** The route that counts for itself; `undefined`: it is counted with other routes. */
    route: string | undefined,
    /** What a call costs, where the route says so. */
    private readonly routeCost: number | undefined,
    instances: number,
  ) {
    const { name, by, limit } = settings;
    this.name = name;
    this.by = by;
    this.enforced = settings.mode === 'enforce';
    this.closed = settings.onOutage === 'closed';
    // Also the memory store's spaces: a flood of addresses must not crowd users out.
    const space = typeof by === 'string' ? SPACES[by] : 'custom';
    this.shared = route === undefined;
    this.prefix = route === undefined ? `${space}:${name}:` : `${space}:${name}@${route}:`;
    if (typeof limit === 'function') this.#quotas = new Quotas(settings, instances);
    else this.quota = quotaOf(settings, limit, instances);
    this.atDoor = this.shared && by === 'address' && this.quota !== undefined && settings.cost === undefined;
    this.site =
      by === 'address' && typeof limit === 'number' ? siteQuota(settings, limit, instances) : undefined;
  }

  /** How much this caller has. */
  quotaFor(view: LimitView): Quota {
    return this.quota ?? this.#quotas!.of((this.settings.limit as (view: LimitView) => unknown)(view));
  }

  /**
   * What this request takes, never more than a rested limit admits; 0: the limit does not apply to it.
   *
   * @throws {TypeError} where the function of the option gave no cost
   */
  costFor(view: LimitView, quota: Quota): number {
    const { cost } = this.settings;
    const units = this.routeCost ?? (cost === undefined ? 1 : cost(view));
    if (!Number.isInteger(units) || units < 0)
      throw new TypeError(`the function cost of throttler '${this.name}' gave no whole number from 0`);
    return Math.min(units, quota.rate.burst);
  }

  /** Whom a request is counted under, or `undefined` where the limit does not apply to it. */
  subjectOf(view: LimitView): string | undefined {
    const { facts } = view;
    if (this.by === 'address') return addressKey(facts.address);
    // A key does not spend what its owner has, nor its owner what the key has.
    if (this.by === 'user') return facts.principal?.keyId === undefined ? facts.principal?.id : undefined;
    if (this.by === 'key') return facts.principal?.keyId;
    const subject: unknown = this.by(view);
    // An unvalidated body may hold anything where a string is expected; none of it escapes the limit.
    return subject === undefined || typeof subject === 'string' ? subject : typeof subject;
  }
}

function siteQuota(settings: ThrottlerSettings, limit: number, instances: number): Quota {
  // A log would have to hold every unit of a site; what it is there for is the subscriber.
  const source = {
    ...settings,
    algorithm: 'gcra',
    headers: false,
    burst: settings.burst && unitsOfSite(settings.burst),
  } as const;
  return quotaOf(source, unitsOfSite(limit), instances);
}

/** The limit of refused credentials by address. */
export function failureLimit(simple: SimpleLimit | undefined, instances: number): RouteLimit | undefined {
  if (simple === undefined) return undefined;
  const settings: ThrottlerSettings = {
    ...simple,
    name: 'failures',
    by: 'address',
    blockDuration: 0,
    algorithm: 'gcra',
    mode: 'enforce',
    onOutage: 'local',
    scope: 'global',
    headers: false,
  };
  // By a name that no throttler can have.
  return new RouteLimit(settings, '', undefined, instances);
}
