import type { ServerResponse } from 'node:http';
import type { Consumed, Rate } from '../../core/state-store.js';
import type { ThrottlingSettings } from './limits.options.js';
import type { Quota } from './quota.js';

/**
 * A limit as `RateLimit-Policy` states it.
 *
 * @example
 * ```ts
 * headerPolicy('user', { ...rate, limit: 300, period: 60_000 }); // '"user";q=300;w=60'
 * ```
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function headerPolicy(name: string, { limit, period }: Rate): string {
  return `"${name}";q=${limit};w=${wholeSeconds(period)}`;
}

/** Whole seconds, never too few. */
export function wholeSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}

/**
 * Writes the headers of every shown limit. Draft: what it admits (`RateLimit-Policy`), what is left (`r`) and the seconds until it is
 * whole again (`t`). Legacy: `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds) of the one that has the least left.
 */
export function writeHeaders(
  form: ThrottlingSettings['headers'],
  response: ServerResponse,
  limits: ReadonlyArray<{ readonly name: string }>,
  quotas: readonly Quota[],
  results: readonly Consumed[],
): void {
  if (form === 'draft') writeDraftHeaders(response, limits, quotas, results);
  else if (form === 'legacy') writeLegacyHeaders(response, quotas, results);
}

function writeDraftHeaders(
  response: ServerResponse,
  limits: ReadonlyArray<{ readonly name: string }>,
  quotas: readonly Quota[],
  results: readonly Consumed[],
): void {
  let policies = '';
  let states = '';
  for (let i = 0; i < quotas.length; i++) {
    const { policy } = quotas[i]!;
    if (policy === undefined) continue;
    const { remaining, resetAfter } = results[i]!;
    const comma = policies === '' ? '' : ', ';
    policies += comma + policy;
    states += `${comma}"${limits[i]!.name}";r=${remaining};t=${wholeSeconds(resetAfter)}`;
  }
  if (policies === '') return;
  response.setHeader('RateLimit-Policy', policies);
  response.setHeader('RateLimit', states);
}

function writeLegacyHeaders(
  response: ServerResponse,
  quotas: readonly Quota[],
  results: readonly Consumed[],
): void {
  let tightest = -1;
  for (let i = 0; i < quotas.length; i++) {
    if (quotas[i]!.policy === undefined) continue;
    if (tightest === -1 || results[i]!.remaining < results[tightest]!.remaining) tightest = i;
  }
  if (tightest === -1) return;
  response.setHeader('X-RateLimit-Limit', quotas[tightest]!.rate.limit);
  response.setHeader('X-RateLimit-Remaining', results[tightest]!.remaining);
  response.setHeader('X-RateLimit-Reset', wholeSeconds(results[tightest]!.resetAfter));
}
