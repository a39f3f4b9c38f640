import type { RoleName } from '../../core/principal.js';
import type { StoredApiKey } from './api-key-store.js';

/** What may be told of an API key: all but its secret and the hashes. */
export interface ApiKeyInfo {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly roles: readonly RoleName[];
  readonly tenant: string | null;
  readonly createdAt: Date;
  /** When its secret was made. */
  readonly secretAt: Date;
  /** Until when the secret before works; `null`: there is none. */
  readonly previousUntil: Date | null;
  readonly expiresAt: Date;
  /** Up to a minute old. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** What may be told of a stored key. */
export function infoOf(key: StoredApiKey): ApiKeyInfo {
  const { id, owner, name, scopes, roles, tenant } = key;
  return {
    id,
    owner,
    name,
    scopes: [...scopes],
    roles: [...roles],
    tenant,
    createdAt: new Date(key.createdAt),
    secretAt: new Date(key.secretAt),
    previousUntil: dateOf(key.previousUntil),
    expiresAt: new Date(key.expiresAt),
    lastUsedAt: dateOf(key.lastUsedAt),
    revokedAt: dateOf(key.revokedAt),
  };
}

function dateOf(time: number | null | undefined): Date | null {
  return (time ?? null) === null ? null : new Date(time!);
}
