import type { ServerResponse } from 'node:http';
import type { Consumed } from '../../core/state-store.js';
import type { Rate } from '../../kit/state/gcra.js';

/** The part of a limit that the headers show. */
export interface ShownLimit extends Rate {
  readonly name: string;
  /** Made by {@link headerPolicy}; `undefined` where the limit is not shown. */
  readonly policy: string | undefined;
}

/**
 * A limit as `RateLimit-Policy` states it.
 *
 * @example
 * ```ts
 * headerPolicy('user', { limit: 300, period: 60_000, block: 0 }); // '"user";q=300;w=60'
 * ```
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function headerPolicy(name: string, rate: Rate): string {
  return `"${name}";q=${rate.limit};w=${wholeSeconds(rate.period)}`;
}

/** Whole seconds, never too few. */
export function wholeSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}

/** The whole `RateLimit-Policy`; empty where no limit is shown. */
export function headerPolicies(limits: readonly ShownLimit[]): string {
  return limits.flatMap(({ policy }) => policy ?? []).join(', ');
}

/**
 * Writes the draft's headers: `policies` (of {@link headerPolicies}), and every shown limit with what is left (`r`) and the seconds
 * until it is whole again (`t`).
 */
export function writeDraftHeaders(
  response: ServerResponse,
  policies: string,
  limits: readonly ShownLimit[],
  results: readonly Consumed[],
): void {
  if (policies === '') return;
  let states = '';
  for (let i = 0; i < limits.length; i++) {
    if (limits[i]!.policy === undefined) continue;
    const { remaining, resetAfter } = results[i]!;
    states += `${states === '' ? '' : ', '}"${limits[i]!.name}";r=${remaining};t=${wholeSeconds(resetAfter)}`;
  }
  response.setHeader('RateLimit-Policy', policies);
  response.setHeader('RateLimit', states);
}

/** Writes `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds) of the shown limit that has the least left. */
export function writeLegacyHeaders(
  response: ServerResponse,
  limits: readonly ShownLimit[],
  results: readonly Consumed[],
): void {
  let tightest = -1;
  for (let i = 0; i < limits.length; i++) {
    if (limits[i]!.policy === undefined) continue;
    if (tightest === -1 || results[i]!.remaining < results[tightest]!.remaining) tightest = i;
  }
  if (tightest === -1) return;
  response.setHeader('X-RateLimit-Limit', limits[tightest]!.limit);
  response.setHeader('X-RateLimit-Remaining', results[tightest]!.remaining);
  response.setHeader('X-RateLimit-Reset', wholeSeconds(results[tightest]!.resetAfter));
}
