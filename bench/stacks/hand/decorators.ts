import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';

/** Where the decorators of this stack keep what they say. */
export const KEYS = { public: 'hand:public', roles: 'hand:roles', owns: 'hand:owns' } as const;

/** Opens a route. */
export const Public = () => SetMetadata(KEYS.public, true);
/** One of these roles is needed. */
export const Roles = (...roles: string[]) => SetMetadata(KEYS.roles, roles);
/** The path parameter names an order of the caller. */
export const OwnsOrder = (parameter: string) => SetMetadata(KEYS.owns, parameter);

/** The caller, as the JWT strategy has left it. */
export interface HandUser {
  readonly id: string;
  readonly roles: readonly string[];
}

/** A request that may have a caller. */
export interface HandRequest {
  user?: HandUser;
  readonly ip: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Hands the caller to a handler. */
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<HandRequest>().user,
);
