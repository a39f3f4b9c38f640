import { randomUUID } from 'node:crypto';
import type { RoleName } from '../../core/principal.js';
import { isScope } from '../../core/scope.js';
import type { KeyRing } from '../../kit/keys/key-ring.js';
import { CSRF_CLAIM } from '../../pipeline/authentication/csrf.js';
import type { IssuerSettings } from '../../pipeline/authentication/issuer.options.js';

/**
 * Whose session it is, and what their access tokens say.
 *
 * @example
 * ```ts
 * const alice: SessionPrincipal = { id: user.id, roles: user.roles };
 * ```
 */
export interface SessionPrincipal {
  /** The stable identifier, 1 to 256 characters: `sub`. Where there are several issuers, it does not begin with ours and `|`, as the `id` of its `Principal` does. */
  readonly id: string;
  readonly roles?: readonly RoleName[];
  /** Each without blanks (RFC 6749 §3.3). */
  readonly scopes?: readonly string[];
  /** 1 to 256 characters, where `authentication.tenantClaim` says which claim holds it. */
  readonly tenant?: string;
  /** Further claims. None that the session writes itself. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What an access token says of its session. Times in seconds since the epoch. */
export interface SessionClaims {
  readonly session: string;
  readonly authenticatedAt: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The digest of its CSRF token, where it travels in a cookie. */
  readonly csrf: string | undefined;
}

const OURS = [
  'iss',
  'aud',
  'sub',
  'client_id',
  'iat',
  'nbf',
  'exp',
  'jti',
  'sid',
  'auth_time',
  'cnf',
  'act',
  'events',
  CSRF_CLAIM,
];
const MAX_ID = 256;

/**
 * Signs an access token in the profile of RFC 9068, with the claims that the verifier reads. The client of an own login is the
 * application itself, so that `client_id` is its issuer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-2.2
 * @throws {TypeError} for an id or a tenant that no token can carry, for what is no scope, and for claims that are not the application's to write
 */
export function signAccessToken(
  ring: KeyRing,
  { issuer, idPrefix, audiences, rolesClaim, scopesClaim, tenantClaim }: IssuerSettings,
  { id, roles = [], scopes = [], tenant, claims = {} }: SessionPrincipal,
  { session, authenticatedAt, issuedAt, expiresAt, csrf }: SessionClaims,
): string {
  if (typeof id !== 'string' || id.trim() === '' || id.length > MAX_ID)
    throw new TypeError('The id of a session’s principal is a text of 1 to 256 characters.');
  if (idPrefix !== '' && id.startsWith(idPrefix))
    throw new TypeError(
      'The id of a session’s principal is that of the account: it does not begin with our issuer.',
    );
  const taken = [...OURS, rolesClaim[0]!, scopesClaim[0]!, ...(tenantClaim?.slice(0, 1) ?? [])].find((name) =>
    Object.hasOwn(claims, name),
  );
  if (taken !== undefined) throw new TypeError(`The claim ${taken} is not the application's to write.`);
  if (
    ![roles, scopes].every((each) => Array.isArray(each)) ||
    !roles.every((role) => typeof role === 'string')
  )
    throw new TypeError('The roles of a session’s principal are a list of texts, and so are its scopes.');
  if (!scopes.every(isScope))
    throw new TypeError(
      'A scope of a session’s principal is a text without blanks and quotation marks: one each.',
    );
  if (tenant !== undefined) {
    if (!tenantClaim)
      throw new TypeError('A session’s principal with a tenant needs authentication.tenantClaim.');
    if (typeof tenant !== 'string' || tenant.trim() === '' || tenant.length > MAX_ID)
      throw new TypeError('The tenant of a session’s principal is a text of 1 to 256 characters.');
  }
  const payload: Record<string, unknown> = {
    ...claims,
    iss: issuer,
    aud: audiences.size === 1 ? [...audiences][0] : [...audiences],
    sub: id,
    client_id: issuer,
    iat: issuedAt,
    exp: expiresAt,
    jti: randomUUID(),
    sid: session,
    auth_time: authenticatedAt,
    [CSRF_CLAIM]: csrf,
  };
  put(payload, rolesClaim, [...roles]);
  if (scopes.length > 0) put(payload, scopesClaim, scopes.join(' '));
  if (tenantClaim && tenant !== undefined) put(payload, tenantClaim, tenant);
  return ring.sign({ typ: 'at+jwt' }, payload);
}

function put(payload: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let place = payload;
  for (const key of path.slice(0, -1)) place = (place[key] ??= {}) as Record<string, unknown>;
  place[path.at(-1)!] = value;
}
