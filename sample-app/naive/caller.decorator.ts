import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { decodeJwt } from 'jose';

/** Who calls, according to the token. */
export interface Caller {
  readonly id: string | undefined;
  readonly roles: readonly string[];
}

/** Reads the bearer token and believes it: `decodeJwt` verifies nothing. No token is nobody, and nobody is let through. */
export const TokenUser = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { authorization } = context
    .switchToHttp()
    .getRequest<{ headers: { authorization?: string } }>().headers;
  if (!authorization) return { id: undefined, roles: [] };
  const { sub, roles } = decodeJwt<{ roles?: string[] }>(authorization.replace(/^Bearer /i, ''));
  return { id: sub, roles: roles ?? [] };
});
