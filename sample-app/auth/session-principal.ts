import type { SessionPrincipal } from 'nestjs-gatehouse';
import { API_KEY_SCOPES } from '../api-keys/api-key.dto.js';
import type { ShopRole } from '../security-types.js';

/** What the access tokens of a user say: their tenant, the roles that they have now, and all that they may share with an API key. */
export function sessionPrincipal({
  id,
  tenantId,
  roles,
}: {
  readonly id: string;
  readonly tenantId: string;
  readonly roles: readonly ShopRole[];
}): SessionPrincipal {
  return { id, tenant: tenantId, roles, scopes: API_KEY_SCOPES };
}
