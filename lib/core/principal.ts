import type { CredentialMethod } from './credential.js';
import type { SecurityTypes } from './security-types.js';

/** A role name: the union declared in {@link SecurityTypes}, else any `string`. */
export type RoleName = SecurityTypes extends { role: infer R extends string } ? R : string;

/**
 * Who is calling, as proven by a credential. Frozen; `@CurrentUser()` hands it to a handler.
 *
 * `authenticatedAt` is in seconds since the epoch (the token's `auth_time`, else its `iat`; when the secret of an API key was made).
 *
 * @example
 * ```ts
 * const alice: Principal = {
 *   id: 'alice', roles: ['user'], scopes: [], claims: { sub: 'alice' }, method: 'jwt', authenticatedAt: 1_790_000_000,
 * };
 * ```
 */
export interface Principal {
  /** The stable identifier, never empty: the token's `sub`; where there are several issuers, `iss`, `|` and `sub`. */
  readonly id: string;
  /** Roles as the credential names them; the hierarchy is applied by the rules, not here. */
  readonly roles: readonly RoleName[];
  /** OAuth scopes (RFC 6749 §3.3). */
  readonly scopes: readonly string[];
  /** The tenant, where the credential names one. */
  readonly tenant?: string;
  /** Every verified claim of the credential. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** How the caller proved who they are. */
  readonly method: CredentialMethod;
  /** The id of the API key, where the method is one: what its own limits count. No secret. */
  readonly keyId?: string;
  /** When, in seconds since the epoch. */
  readonly authenticatedAt: number;
}
