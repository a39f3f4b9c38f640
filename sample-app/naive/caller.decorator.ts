import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { SEEDED_TENANTS } from '../database/seed-data.js';

/** Who calls, according to the token. */
export interface Caller {
  readonly id: string | undefined;
  readonly tenant: string | undefined;
  readonly roles: readonly string[];
}

/** Whose it is where nobody says so: with a tenant, because the column wants one. */
export const GUEST = { id: '00000000-0000-4000-8000-000000000000', tenant: SEEDED_TENANTS.north } as const;

/** An API key of the twin. */
export interface NaiveApiKey {
  readonly id: string;
  key: string;
  readonly owner: string | undefined;
  readonly tenant: string | undefined;
  readonly roles: readonly string[];
}

/** All of them, as they are. */
export const NAIVE_API_KEYS: NaiveApiKey[] = [];

/**
 * Reads the bearer token and believes it: `decodeJwt` verifies nothing. Else an API key, wherever it stands. Without either it is nobody, and
 * nobody is let through.
 */
export const TokenUser = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { headers, query } = context.switchToHttp().getRequest<{
    headers: { authorization?: string; 'x-api-key'?: string };
    query: { api_key?: string };
  }>();
  const { authorization } = headers;
  const given = headers['x-api-key'] ?? query.api_key;
  const known = given === undefined ? undefined : NAIVE_API_KEYS.find(({ key }) => key === given);
  if (known) return { id: known.owner, tenant: known.tenant, roles: known.roles };
  if (!authorization) return { id: undefined, tenant: undefined, roles: [] };
  const { sub, tenant, roles } = decodeJwt<{ roles?: string[]; tenant?: string }>(
    authorization.replace(/^Bearer /i, ''),
  );
  return { id: sub, tenant, roles: roles ?? [] };
});
