// The public names, in the order in which a request meets them.
export { SecurityModule, type SecurityAsyncOptions } from './security.module.js';
export type { SecurityOptions } from './security.options.js';

// `export *` alone lets an application augment the interface under this package's name.
export * from './core/security-types.js';
export type { Principal, RoleName } from './core/principal.js';
export type { Audience } from './core/audience.js';
export { SecurityConfigError, type ConfigErrorCode } from './core/config-error.js';
export type { Finding, FindingCode } from './core/finding.js';
export type { Denial, MaybePromise } from './core/decision.js';
export type { DenialReason } from './core/reason.js';
export { SecurityDenial } from './core/security-denial.js';
export { ProblemException } from './core/problem-exception.js';
export type { FieldError, Problem } from './core/problem.js';
export type { Clock } from './core/clock.js';
export type { RequestView } from './core/control.js';
export { factsOf, rawRequest, type RequestFacts } from './core/request-facts.js';
export { guardedWrite } from './core/guarded-write.js';
export { Page, type PageOf } from './core/page.js';
export {
  listingOf,
  type CursorValue,
  type FilterOperator,
  type Listing,
  type ListPlan,
} from './core/listing.js';
export type {
  GuardedQuery,
  LoadLock,
  ListQuery,
  LoaderFactory,
  ResourceContext,
  ResourceLoader,
} from './core/resource-loader.js';
export type { Consumed, StateOp, StateResult, StateStore } from './core/state-store.js';
export type { EventSink, SecurityEvent, SecurityOccurrence } from './core/security-event.js';

export { ANYONE, OWNER } from './policy/audiences.js';
export { defineResource, type ResourceDefinition, type ResourceOptions } from './policy/resource.js';
export type { OwnerPath } from './policy/owner-path.js';
export type { CallerProperty, Rule, RuleBuilder } from './policy/rule.js';

export { SecurityEvents, type SecurityEventListener } from './kit/events/security-events.js';
export type { EventsOptions } from './kit/events/events.options.js';
export { JsonLines } from './kit/events/json-lines.js';
export { addressKey } from './kit/http/address.js';
export { addressRange } from './kit/http/address-range.js';
export { timeWindow, type TimeWindowOptions, type Weekday } from './kit/time/time-window.js';
export {
  DecisionPoint,
  DecisionUnavailable,
  type AskDecision,
  type DecisionPointOptions,
  type UnavailableKind,
} from './kit/decisions/decision-point.js';
export type { Algorithm } from './kit/keys/algorithm.js';
export { keyRing, type KeyRing, type KeyRingOptions } from './kit/keys/key-ring.js';
export type { SigningAlgorithm } from './kit/keys/signing-key.js';
export type { Jwk } from './kit/keys/verification-key.js';
export type { OutageOptions } from './kit/state/outage.options.js';
export { memoryState, type MemoryStateOptions } from './kit/state/memory-state.js';

export type { EdgeOptions } from './pipeline/edge/edge.options.js';
export type { CorsOptions } from './pipeline/edge/cors.options.js';
export type { TimeoutOptions } from './pipeline/edge/timeouts.options.js';
export { Deadline } from './pipeline/edge/deadline.decorator.js';

export { SecurityGuard } from './pipeline/security.guard.js';

export { Public } from './pipeline/authentication/public.decorator.js';
export { AuthenticateWith } from './pipeline/authentication/authenticate-with.decorator.js';
export { Authenticated } from './pipeline/authentication/authenticated.decorator.js';
export { StepUp } from './pipeline/authentication/step-up/step-up.decorator.js';
export type { StepUpOptions } from './pipeline/authentication/step-up/step-up.decorator.js';
export { RequireDpop } from './pipeline/authentication/dpop/require-dpop.decorator.js';
export { CurrentUser } from './pipeline/authentication/current-user.decorator.js';
export { Revocation } from './pipeline/authentication/revocation.js';
export { JwtAuthGuard } from './pipeline/authentication/jwt-auth.guard.js';
export type { AuthenticationOptions } from './pipeline/authentication/authentication.options.js';
export type { IntrospectionOptions } from './pipeline/authentication/introspection.options.js';
export type { TokenProfile, TrustedIssuer } from './pipeline/authentication/issuer.options.js';

export type { DpopOptions } from './pipeline/authentication/dpop/dpop.options.js';
export type { MtlsOptions } from './pipeline/authentication/mtls/mtls.options.js';

export { SecurityThrottlerGuard } from './pipeline/limits/throttler.guard.js';
export { Cost } from './pipeline/limits/cost.decorator.js';
export { Lockout, type SignIn } from './pipeline/limits/lockout/lockout.js';
export type { LockoutOptions } from './pipeline/limits/lockout/lockout.options.js';
export type {
  LimitSubject,
  LimitView,
  NamedThrottler,
  ThrottlingOptions,
} from './pipeline/limits/limits.options.js';
export type { SimpleLimit } from './pipeline/limits/limit-bounds.js';

export { Roles } from './pipeline/authorization/roles.decorator.js';
export { Scopes } from './pipeline/authorization/scopes.decorator.js';
export { Can } from './pipeline/authorization/can.decorator.js';
export { Owns } from './pipeline/authorization/owns.decorator.js';
export type { CheckOptions, IdOrigin, IdPlace } from './pipeline/authorization/resource-check.js';
export { Policy } from './pipeline/authorization/policies/policy.decorator.js';
export {
  allow,
  deny,
  type Obligation,
  type ObligationName,
  type PolicyDecision,
  type RefusalCode,
} from './pipeline/authorization/policies/policy-decision.js';
export type {
  AccessPolicy,
  PolicyClass,
  PolicyContext,
  RoutePolicy,
} from './pipeline/authorization/policies/access-policy.js';
export type { ObligationHandler } from './pipeline/authorization/policies/obligations.js';
export { Loaded } from './pipeline/authorization/loaded.decorator.js';
export { Guarded } from './pipeline/authorization/guarded.decorator.js';
export { Lists } from './pipeline/authorization/lists.decorator.js';
export { Where } from './pipeline/authorization/where.decorator.js';
export { WritesTo } from './pipeline/authorization/writes-to.decorator.js';
export { WritableBy } from './pipeline/authorization/writable-by.decorator.js';
export type { WritableOptions, WritingAudience } from './pipeline/authorization/writable-by.decorator.js';
export { Preset } from './pipeline/authorization/preset.decorator.js';
export type { PresetValue } from './pipeline/authorization/preset.decorator.js';
export { References } from './pipeline/authorization/references.decorator.js';
export type { ReferenceOptions } from './pipeline/authorization/references.decorator.js';
export { Unbound } from './pipeline/authorization/unbound.decorator.js';
export { RolesGuard } from './pipeline/authorization/roles.guard.js';
export { OwnershipGuard } from './pipeline/authorization/ownership.guard.js';
export type { AuthorizationOptions } from './pipeline/authorization/authorization.options.js';

export { PageQuery } from './pipeline/lists/page-query.js';
export { Filterable } from './pipeline/lists/filterable.decorator.js';
export type { FilterOptions } from './pipeline/lists/filterable.decorator.js';
export { Sortable } from './pipeline/lists/sortable.decorator.js';
export type { ListsOptions } from './pipeline/lists/lists.options.js';

export { Consumes } from './pipeline/input/consumes.decorator.js';
export { SecurityValidationPipe } from './pipeline/input/validation.pipe.js';
export type { InputOptions } from './pipeline/input/input.options.js';

export { ExposeFor } from './pipeline/output/exposure/expose-for.decorator.js';
export type { ExposeOptions, ExposureAudience } from './pipeline/output/exposure/expose-for.decorator.js';
export { Returns } from './pipeline/output/exposure/returns.decorator.js';
export type {
  ExposedType,
  ReturnedType,
  ReturnsOptions,
} from './pipeline/output/exposure/returns.decorator.js';
export { RawResponse } from './pipeline/output/exposure/raw-response.decorator.js';
export { ExposureInterceptor } from './pipeline/output/exposure/exposure.interceptor.js';
export { ProblemFilter } from './pipeline/output/problems/problem.filter.js';
export type { ProblemsOptions } from './pipeline/output/problems/problems.options.js';

export {
  PasswordHasher,
  type NewPassword,
  type PasswordVerdict,
} from './accounts/passwords/password-hasher.js';
export type { BreachedPasswords } from './accounts/passwords/breached-passwords.js';
export { commonPasswords } from './accounts/passwords/common-passwords.js';
export type { PasswordsOptions } from './accounts/passwords/passwords.options.js';
export { ApiKeyService, type ApiKeyRotation, type MadeApiKey } from './accounts/api-keys/api-key.service.js';
export type { NewApiKey } from './accounts/api-keys/new-api-key.js';
export type { ApiKeyInfo } from './accounts/api-keys/api-key-info.js';
export type { ApiKeysOptions } from './accounts/api-keys/api-keys.options.js';
export { memoryApiKeys } from './accounts/api-keys/memory-api-keys.js';
export type { ApiKeyStore, RotatedSecret, StoredApiKey } from './accounts/api-keys/api-key-store.js';
export {
  SessionService,
  type LoadPrincipal,
  type SessionTokens,
} from './accounts/sessions/session.service.js';
export type { SessionPrincipal } from './accounts/sessions/access-token.js';
export type { SessionCookieOptions } from './accounts/sessions/cookie.options.js';
export type { SessionsOptions } from './accounts/sessions/sessions.options.js';
export type { AccountsOptions } from './accounts/accounts.options.js';

export { Posture, type PostureRow } from './posture/posture.js';
export type { AcceptedFinding, AuditOptions } from './posture/audit.options.js';
export type { DeclaredController } from './posture/declared-controllers.js';
