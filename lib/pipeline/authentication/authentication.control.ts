import { ACCESS, accessOf } from '../../core/access.js';
import type { Compiled, Control, Stage } from '../../core/control.js';
import type { Finding } from '../../core/finding.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import { currentUser } from './current-user.decorator.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';

/** Whether a route asks who is calling. */
export interface AuthenticationSection {
  /** Why anybody may call it; `undefined`: the caller must prove who they are. */
  readonly publicReason: string | undefined;
}

declare module '../../core/route-plan.js' {
  interface RoutePlanSections {
    authentication: AuthenticationSection;
  }
}

/**
 * Who is calling: asks for a token on every route that is not public, and finds the routes that do not say or say two things. What is
 * not clear is closed.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/
 */
export class AuthenticationControl implements Control<'authentication'> {
  readonly name = 'authentication';

  /** `identify` is that of `JwtAuthGuard`. */
  constructor(private readonly guard: { identify: Stage }) {}

  compile(route: RouteDeclaration): Compiled<AuthenticationSection> {
    const access = accessOf(route);
    const findings = [...undeclared(route, access.declared), ...contradictions(route, access)];
    const publicReason = findings.length === 0 ? access.publicReason : undefined;
    const section = { publicReason };
    return publicReason === undefined
      ? { section, findings, stage: (call) => this.guard.identify(call) }
      : { section, findings };
  }

  describe({ publicReason }: AuthenticationSection): Readonly<Record<string, string>> {
    return { authentication: publicReason === undefined ? 'bearer token' : `public: ${publicReason}` };
  }
}

function undeclared(route: RouteDeclaration, declared: boolean): Finding[] {
  if (declared) return [];
  return [
    {
      code: 'access.undeclared',
      where: route.id,
      message: 'does not say who may call it',
      fix: "@Authenticated(), @Roles('…'), @Can('…', …), @Owns(…), or @Public('why anybody may call it')",
    },
  ];
}

function contradictions(
  route: RouteDeclaration,
  { publicReason, rules }: { readonly publicReason: string | undefined; readonly rules: readonly string[] },
): Finding[] {
  if (publicReason === undefined) return [];
  const finding = (message: string, fix: string): Finding => ({
    code: 'access.contradiction',
    where: route.id,
    message,
    fix,
  });
  const found: Finding[] = [];
  if (rules.length > 0) {
    found.push(
      finding(
        `is @Public over ${rules.join(' and ')}, which need a caller`,
        `remove @Public, or ${rules.join(' and ')}`,
      ),
    );
  }
  const onMethod = route.ofMethod(ACCESS.public) !== undefined;
  const alsoClosed = onMethod
    ? route.ofMethod(ACCESS.authenticated)
    : route.ofController(ACCESS.authenticated);
  if (alsoClosed === true) {
    const place = onMethod ? 'method' : 'controller';
    found.push(
      finding(
        `is @Public and @Authenticated on the same ${place}`,
        'keep one: @Authenticated(), or @Public with its reason',
      ),
    );
  }
  if (route.parameters.some(({ factory }) => factory === currentUser)) {
    found.push(
      finding(
        'is @Public and takes @CurrentUser(), but nobody is identified there',
        '@Authenticated() instead of @Public',
      ),
    );
  }
  if (guardsOf(route).some(isJwtAuthGuard)) {
    found.push(
      finding(
        'is @Public and asks for a token with @UseGuards(JwtAuthGuard)',
        '@Authenticated() instead of @Public; or, for a route that anybody may call, no JwtAuthGuard on it or its controller',
      ),
    );
  }
  return found;
}

function guardsOf(route: RouteDeclaration): unknown[] {
  const key = '__guards__';
  return [...(route.ofController<unknown[]>(key) ?? []), ...(route.ofMethod<unknown[]>(key) ?? [])];
}

/** The class, one that extends it, or an instance of either. */
function isJwtAuthGuard(guard: unknown): boolean {
  const prototype: unknown = typeof guard === 'function' ? guard.prototype : guard;
  return prototype === JwtAuthGuard.prototype || prototype instanceof JwtAuthGuard;
}
