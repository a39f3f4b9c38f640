import type { Finding } from '../../core/finding.js';
import { nameOrNumber, nearest } from '../../core/options.js';
import { nearestOf, type RouteDeclaration } from '../../core/route-declaration.js';
import { MAX_LOG_LIMIT } from '../../core/state-store.js';
import { BLOCK_BOUNDS, LIMIT_BOUNDS, PERIOD_BOUNDS } from './limit-bounds.js';
import type { ThrottlerSettings } from './limits.options.js';

// Where @Throttle and @SkipThrottle of @nestjs/throttler 6 keep what they are told; a limit's name follows each.
const KEYS = {
  limit: 'THROTTLER:LIMIT',
  ttl: 'THROTTLER:TTL',
  blockDuration: 'THROTTLER:BLOCK_DURATION',
  getTracker: 'THROTTLER:TRACKER',
  generateKey: 'THROTTLER:KEY_GENERATOR',
} as const;
const LOG_BOUNDS = { min: 1, max: MAX_LOG_LIMIT } as const;
const SKIP = 'THROTTLER:SKIP';
// The name that a bare @SkipThrottle() skips.
const BARE = 'default';

/** What a route says about one named limit. */
export type Override = Pick<ThrottlerSettings, 'limit' | 'ttl' | 'blockDuration'>;

/** Whether a route skips a limit; a bare `@SkipThrottle()` skips every one. */
export function skips(route: RouteDeclaration, name: string): boolean {
  const said = [
    route.ofMethod<boolean>(SKIP + name),
    route.ofMethod<boolean>(SKIP + BARE),
    route.ofController<boolean>(SKIP + name),
    route.ofController<boolean>(SKIP + BARE),
  ].find((skip) => skip !== undefined);
  return said === true;
}

/** The limit that `@Throttle` sets on a route in place of a named one; what it leaves out stays as the option says. */
export function overrideOf(
  route: RouteDeclaration,
  throttler: ThrottlerSettings,
): { override: Override | undefined; findings: Finding[] } {
  const findings: Finding[] = [];
  const refuse = (what: string, fix: string) =>
    findings.push({
      code: 'limits.invalid',
      where: route.id,
      message: `@Throttle({ ${throttler.name} }) ${what}.`,
      fix,
    });
  const numberOf = (key: keyof Override, bounds: { min: number; max: number }) => {
    const value = nearestOf<unknown>(route, KEYS[key] + throttler.name);
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && (value as number) >= bounds.min && (value as number) <= bounds.max) {
      return value as number;
    }
    const fix = `Write a whole number from ${bounds.min} to ${bounds.max}: limits are decided at boot.`;
    refuse(`sets ${key} to ${nameOrNumber(value)}`, fix);
    return undefined;
  };
  const [limit, ttl] = [
    numberOf('limit', throttler.algorithm === 'log' ? LOG_BOUNDS : LIMIT_BOUNDS),
    numberOf('ttl', PERIOD_BOUNDS),
  ];
  const blockDuration = numberOf('blockDuration', BLOCK_BOUNDS);
  for (const key of ['getTracker', 'generateKey'] as const) {
    if (nearestOf(route, KEYS[key] + throttler.name) === undefined) continue;
    refuse(
      `has ${key}, which is not read`,
      `Name a limit of its own: throttlers: [{ name, by: ({ request }) => … }].`,
    );
  }
  if (limit === undefined && ttl === undefined && blockDuration === undefined)
    return { override: undefined, findings };
  return {
    override: {
      limit: limit ?? throttler.limit,
      ttl: ttl ?? throttler.ttl,
      blockDuration: blockDuration ?? throttler.blockDuration,
    },
    findings,
  };
}

/** A finding for each name in `@Throttle` and `@SkipThrottle` that no limit has: the decorator would do nothing. */
export function unknownNames(route: RouteDeclaration, names: readonly string[]): Finding[] {
  const unknown = ({ name, skipped }: Named) => !names.includes(name) && !(skipped && name === BARE);
  return namedOn(route)
    .filter(unknown)
    .map(({ name, skipped }) => {
      const decorator = skipped ? '@SkipThrottle' : '@Throttle';
      return {
        code: 'limits.unknown-throttler',
        where: route.id,
        message: `${decorator} names '${name}', and no limit has that name.`,
        fix: `Write ${decorator}({ ${nearest(name, names) ?? names[0]}: ${skipped ? 'true' : '{ limit, ttl }'} }); the limits are: ${names.join(', ')}.`,
      };
    });
}

/** Whether a route names a limit in `@Throttle`, be it without figures: `@Throttle({ login: {} })`. */
export function throttles(route: RouteDeclaration, name: string): boolean {
  return namedOn(route).some((named) => !named.skipped && named.name === name);
}

/** The same of a handler or class as the stock guard knows it, without a plan. */
export function isThrottled(carrier: object, name: string): boolean {
  return Reflect.hasMetadata(KEYS.ttl + name, carrier);
}

interface Named {
  readonly name: string;
  /** By `@SkipThrottle`, not `@Throttle`. */
  readonly skipped: boolean;
}

/** The names that the decorators of a route and its controller carry. They are in the metadata keys, also where no figure is given. */
function namedOn(route: RouteDeclaration): Named[] {
  // The handler may wrap the method that carries the decorators.
  const declared = (route.controller.prototype as Record<string, object | undefined>)[route.methodName];
  const carriers = [route.controller, route.handler, ...(declared ? [declared] : [])];
  const keys = new Set(carriers.flatMap((carrier) => Reflect.getMetadataKeys(carrier) as unknown[]));
  return [...keys].flatMap((key): Named[] => {
    if (typeof key !== 'string') return [];
    if (key.startsWith(SKIP)) return [{ name: key.slice(SKIP.length), skipped: true }];
    return key.startsWith(KEYS.ttl) ? [{ name: key.slice(KEYS.ttl.length), skipped: false }] : [];
  });
}
