import type { Denial } from '../../core/decision.js';
import type { Principal, RoleName } from '../../core/principal.js';
import type { IssuerSettings } from './issuer.options.js';
import { refusedType } from './other-tokens.js';
import type { TokenDenials } from './token-denials.js';
import type { JsonObject } from './token-format.js';

/** What a token's claims come to. Times in seconds since the epoch. */
export interface Claimed {
  readonly principal: Principal;
  /** The token counts before this moment, tolerance not included. */
  readonly expires: number;
  /** The token counts from this moment on, tolerance not included. */
  readonly begins: number;
}

const MAX_NAME = 256;
const MAX_WORDS = 256;

/**
 * Checks the claims of a token whose signature is good: issuer and audience exactly, `exp`, `iat` and `sub` there and of the right form,
 * a life no longer than allowed. `now` in seconds since the epoch.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-4
 */
export function checkClaims(
  claims: JsonObject,
  settings: IssuerSettings,
  denials: TokenDenials,
  now: number,
): Claimed | { readonly denial: Denial } {
  const no = (reason: Parameters<TokenDenials['of']>[0], note?: string) => ({
    denial: denials.of(reason, note),
  });
  const { iss, aud, sub, exp, iat, nbf = iat, auth_time: authenticatedAt = iat } = claims;
  if (iss !== settings.issuer) return no('token.issuer');
  const audiences = typeof aud === 'string' ? [aud] : words(aud);
  if (!audiences) return no('token.claims', 'aud is neither text nor a list of texts');
  if (!audiences.some((audience) => settings.audiences.has(audience))) return no('token.audience');
  const other = refusedType(claims, settings.profile, settings.confirmations);
  if (other !== undefined) return no('token.type', other);
  if (!isName(sub)) {
    return no('token.claims', 'sub is no text of 1 to 256 characters');
  }
  if (!isTime(exp) || !isTime(iat) || !isTime(nbf) || !isTime(authenticatedAt)) {
    return no('token.claims', 'exp or iat is missing, or one of exp, iat, nbf, auth_time is no time');
  }
  if (exp <= now - settings.clockTolerance) return no('token.expired');
  const begins = Math.max(iat, nbf);
  if (begins > now + settings.clockTolerance) return no('token.not-yet-valid');
  if (exp <= begins) return no('token.claims', 'exp is not after iat and nbf');
  if (exp - iat > settings.maxTtl) {
    return no(
      'token.lifetime',
      `it lives longer than authentication.maxTtl allows: ${settings.maxTtl} seconds`,
    );
  }
  const roles = words(at(claims, settings.rolesClaim) ?? []);
  const scopes = scopesOf(at(claims, settings.scopesClaim) ?? []);
  if (!roles || !scopes)
    return no('token.claims', 'the roles are no list of texts, or the scopes neither text nor such a list');
  const tenant = settings.tenantClaim && at(claims, settings.tenantClaim);
  if (tenant !== undefined && !isName(tenant))
    return no('token.claims', 'the tenant is no text of 1 to 256 characters');
  const principal: Principal = {
    id: settings.idPrefix + sub,
    roles: roles as readonly RoleName[],
    scopes,
    ...(tenant !== undefined && { tenant }),
    claims,
    method: 'jwt',
    authenticatedAt,
  };
  return { principal: freeze(principal), expires: exp, begins };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_NAME;
}

/** RFC 7519 NumericDate. JSON's 1e999 is Infinity, which never expires. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function words(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_WORDS) return undefined;
  return value.every((word) => typeof word === 'string' && word !== '') ? (value as string[]) : undefined;
}

/** RFC 6749 §3.3 text, words parted by a space; or the list that some issuers write. */
function scopesOf(value: unknown): readonly string[] | undefined {
  return words(typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : value);
}

function at(claims: JsonObject, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonObject)[key];
  }
  return value;
}

/** Every request of a token shares one principal, so nothing may be written to it. The parser has bounded the depth. */
function freeze<T extends object>(value: T): T {
  if (Array.isArray(value)) for (const item of value) freezeInner(item);
  else for (const key in value) freezeInner(value[key]);
  return Object.freeze(value);
}

function freezeInner(value: unknown): void {
  if (typeof value === 'object' && value !== null) freeze(value);
}
