/** A number of requests, or of failures, in `ttl` milliseconds. */
export interface SimpleLimit {
  readonly limit: number;
  readonly ttl: number;
}

/** What a limit of requests may be. */
export const LIMIT_BOUNDS = { min: 1, max: 1_000_000 } as const;
/** What a period may be, milliseconds. With {@link LIMIT_BOUNDS} the sums stay whole numbers that a double holds. */
export const PERIOD_BOUNDS = { min: 1, max: 31 * 86_400_000 } as const;
/** What a block may be, milliseconds. */
export const BLOCK_BOUNDS = { min: 0, max: PERIOD_BOUNDS.max } as const;

const SITE_SHARE = 16;

/**
 * The units of a whole site (an IPv6 /48), where one subscriber (a /64) has `units`.
 *
 * @example
 * ```ts
 * unitsOfSite(1000); // 16000
 * ```
 */
export function unitsOfSite(units: number): number {
  return Math.min(LIMIT_BOUNDS.max, units * SITE_SHARE);
}
