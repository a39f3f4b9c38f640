import { ACCESS, accessOf, methodsOf } from '../../core/access.js';
import type { Compiled, Control } from '../../core/control.js';
import { CREDENTIAL_METHODS, type CredentialMethod } from '../../core/credential.js';
import type { Finding } from '../../core/finding.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import { acceptedCredentials } from './accepted-credentials.js';
import type { AuthenticationSettings } from './authentication.options.js';
import { currentUser } from './current-user.decorator.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { demandFindings, demandsOf, demandWords, type RouteDemands } from './route-demands.js';

/** Whether a route asks who is calling. */
export interface AuthenticationSection {
  /** Why anybody may call it; `undefined`: the caller must prove who they are. */
  readonly publicReason: string | undefined;
  /** How a caller may do that. */
  readonly methods: readonly CredentialMethod[];
  /** What is asked of them beyond that. */
  readonly demands: RouteDemands;
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

  constructor(
    private readonly guard: Pick<JwtAuthGuard, 'identify' | 'hasApiKeys' | 'takesCookies'>,
    private readonly settings: Pick<AuthenticationSettings, 'realm' | 'dpop'>,
  ) {}

  compile(route: RouteDeclaration): Compiled<AuthenticationSection> {
    const access = accessOf(route);
    const { dpop } = this.settings;
    const methods = methodsOf(route);
    const findings = [
      ...undeclared(route, access.declared),
      ...contradictions(route, access),
      ...unknownMethods(route, methods, this.guard.hasApiKeys),
      ...(this.guard.hasApiKeys && access.publicReason === undefined
        ? unscopedKeys(route, methods, access.rules)
        : []),
      ...demandFindings(route, methods, dpop),
    ];
    const publicReason = findings.length === 0 ? access.publicReason : undefined;
    const demands = demandsOf(route, dpop);
    const section = { publicReason, methods, demands };
    if (publicReason !== undefined) return { section, findings };
    const accepted = acceptedCredentials(methods, this.settings, demands);
    return { section, findings, stage: (call) => this.guard.identify(call, accepted) };
  }

  describe({ publicReason, methods, demands }: AuthenticationSection): Readonly<Record<string, string>> {
    if (publicReason !== undefined) return { authentication: `public: ${publicReason}` };
    const bearer = this.guard.takesCookies ? 'bearer token or cookie' : 'bearer token';
    const token = demands.dpopOnly ? 'token bound to a key (DPoP)' : bearer;
    const authentication = methods.map((method) => (method === 'jwt' ? token : 'API key')).join(' or ');
    const stepUp = demandWords(demands);
    return stepUp === '' ? { authentication } : { authentication, 'step-up': stepUp };
  }
}

function unknownMethods(route: RouteDeclaration, methods: readonly string[], hasApiKeys: boolean): Finding[] {
  const finding = (message: string, fix: string): Finding => ({
    code: 'access.unknown-method',
    where: route.id,
    message,
    fix,
  });
  const known: readonly string[] = CREDENTIAL_METHODS;
  if (methods.length === 0 || methods.some((method) => !known.includes(method))) {
    return [
      finding(
        'has @AuthenticateWith without a method, or with one that is none',
        "@AuthenticateWith('jwt', 'api-key')",
      ),
    ];
  }
  if (!methods.includes('api-key') || hasApiKeys) return [];
  return [
    finding(
      "is @AuthenticateWith('api-key'), and the application has no API keys",
      "accounts.apiKeys in forRoot(), or @AuthenticateWith('jwt')",
    ),
  ];
}

/** What a key may is its scopes: where none is asked for, every key of an owner could do there what its owner can. */
function unscopedKeys(
  route: RouteDeclaration,
  methods: readonly string[],
  rules: readonly string[],
): Finding[] {
  if (!methods.includes('api-key') || rules.includes('@Scopes')) return [];
  return [
    {
      code: 'access.key-unscoped',
      where: route.id,
      message: 'takes API keys and asks for no scope: a key made for anything else would do',
      fix: "@Scopes('orders:read')",
    },
  ];
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
  const sameMethods = onMethod ? route.ofMethod(ACCESS.methods) : route.ofController(ACCESS.methods);
  if (sameMethods !== undefined) {
    found.push(
      finding(
        'is @Public and @AuthenticateWith in the same place, but nobody is identified there',
        'keep one: @AuthenticateWith beside @Authenticated(), or @Public with its reason',
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
