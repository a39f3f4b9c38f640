import type { StepUpRule } from './step-up.decorator.js';

/**
 * Whether a token's claims say that its user signed in as a rule asks. What a token does not say does not hold: `iat` in the place of
 * `auth_time` would make every refreshed token a new sign-in. `now` in seconds since the epoch.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9470#section-6.1
 */
export function isSteppedUp(
  { acr, maxAge, amr }: StepUpRule,
  claims: Readonly<Record<string, unknown>>,
  now: number,
): boolean {
  const { acr: reached, auth_time: at, amr: used, iat } = claims;
  if (acr.length > 0 && !(typeof reached === 'string' && acr.includes(reached))) return false;
  // No sign-in is still to come. The verifier has held `iat` to the clock tolerance, for issuers whose clock is ahead.
  const latest = Math.max(now, typeof iat === 'number' ? iat : 0);
  if (maxAge !== undefined && !(typeof at === 'number' && now - at <= maxAge && at <= latest)) return false;
  return amr.length === 0 || (Array.isArray(used) && amr.every((method) => used.includes(method)));
}

/**
 * What a challenge says of a rule, without its scheme: RFC 9470 has no parameter for `amr`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9470#section-3
 */
export function stepUpParameters({ acr, maxAge }: StepUpRule): string {
  const asked = [
    'error="insufficient_user_authentication"',
    ...(acr.length > 0 ? [`acr_values="${acr.join(' ')}"`] : []),
    ...(maxAge === undefined ? [] : [`max_age="${maxAge}"`]),
  ];
  return asked.join(', ');
}
