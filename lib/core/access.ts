import type { RouteDeclaration } from './route-declaration.js';
import type { CredentialMethod } from './credential.js';
import { metadataKey } from './metadata.js';
import { nearestOf } from './route-declaration.js';

/** Where the access decorators keep their declarations. In core, because several rooms read them and no room knows another. */
export const ACCESS = {
  /** `@Public(reason)`: the reason. */
  public: metadataKey('public'),
  /** `@Authenticated()`: `true`. */
  authenticated: metadataKey('authenticated'),
  /** `@AuthenticateWith(...)`: a list of methods. */
  methods: metadataKey('methods'),
  /** `@Roles(...)`: a list of lists; each inner list is "any of", the lists AND. */
  roles: metadataKey('roles'),
  /** `@Scopes(...)`: a list of lists; every scope is needed. */
  scopes: metadataKey('scopes'),
  /** `@Can`, `@Owns`: a list of resource checks. */
  checks: metadataKey('checks'),
  /** `@Policy(...)`: a list of lists of policy classes; every policy has to admit. */
  policies: metadataKey('policies'),
  /** `@Lists(Order)`: a list of entity classes. */
  lists: metadataKey('lists'),
  /** `@StepUp(...)`: a list of rules; each has to hold. */
  stepUp: metadataKey('step-up'),
  /** `@RequireDpop()`: `true`. */
  requireDpop: metadataKey('require-dpop'),
} as const;

const RULES = [
  ['@Roles', ACCESS.roles],
  ['@Scopes', ACCESS.scopes],
  ['@Can or @Owns', ACCESS.checks],
  ['@Policy', ACCESS.policies],
  ['@Lists', ACCESS.lists],
  ['@StepUp', ACCESS.stepUp],
  ['@RequireDpop', ACCESS.requireDpop],
] as const;

/** Who a route admits, before any rule is looked at. */
export interface AccessDeclaration {
  /** The reason of the `@Public` that applies. */
  readonly publicReason: string | undefined;
  /** The access rules declared on the method or the controller, by decorator name. */
  readonly rules: readonly string[];
  /** Whether anything at all is declared. */
  readonly declared: boolean;
}

const BY_DEFAULT: readonly CredentialMethod[] = ['jwt'];

/** How a caller of a route may prove who they are: `@AuthenticateWith` of the method, else of the controller, else access tokens alone. */
export function methodsOf(route: RouteDeclaration): readonly CredentialMethod[] {
  return nearestOf<readonly CredentialMethod[]>(route, ACCESS.methods) ?? BY_DEFAULT;
}

/**
 * Reads who a route admits. `@Public` on a method opens it in an `@Authenticated()` controller; `@Authenticated()` on a method
 * closes it in a `@Public` one.
 */
export function accessOf(route: RouteDeclaration): AccessDeclaration {
  const rules = RULES.filter(
    ([, key]) => route.ofMethod(key) !== undefined || route.ofController(key) !== undefined,
  );
  const closed = route.ofMethod<boolean>(ACCESS.authenticated) === true;
  const publicReason =
    route.ofMethod<string>(ACCESS.public) ?? (closed ? undefined : route.ofController<string>(ACCESS.public));
  const authenticated = closed || route.ofController<boolean>(ACCESS.authenticated) === true;
  return {
    publicReason,
    rules: rules.map(([name]) => name),
    declared: publicReason !== undefined || authenticated || rules.length > 0,
  };
}
