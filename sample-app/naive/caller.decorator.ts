import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { decodeJwt } from 'jose';

/** Who calls, according to the token. */
export interface Caller {
  readonly id: string | undefined;
  readonly roles: readonly string[];
}

/** An API key of the twin. */
export interface NaiveApiKey {
  readonly id: string;
  key: string;
  readonly owner: string | undefined;
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
  if (known) return { id: known.owner, roles: known.roles };
  if (!authorization) return { id: undefined, roles: [] };
  const { sub, roles } = decodeJwt<{ roles?: string[] }>(authorization.replace(/^Bearer /i, ''));
  return { id: sub, roles: roles ?? [] };
});
