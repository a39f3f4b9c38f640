import type { Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PLAN_BOOK } from './core/control.js';
import { FAILURE_TOLL, REPORTER, type FailureToll, type Reporter } from './core/reporter.js';
import { STATE_STORE, type StateStore } from './core/state-store.js';
import { SecurityEvents } from './kit/events/security-events.js';
import { memoryState } from './kit/state/memory-state.js';
import { AuthenticationControl } from './pipeline/authentication/authentication.control.js';
import { JwtAuthGuard } from './pipeline/authentication/jwt-auth.guard.js';
import { createJwtStrategy, JWT_STRATEGY } from './pipeline/authentication/jwt.strategy.js';
import { TokenVerifier } from './pipeline/authentication/token-verifier.js';
import { AuthorizationControl } from './pipeline/authorization/authorization.control.js';
import { EdgeHook } from './pipeline/edge/edge.hook.js';
import { CompiledInputs } from './pipeline/input/compiled-inputs.js';
import { InputControl } from './pipeline/input/input.control.js';
import { SecurityValidationPipe } from './pipeline/input/validation.pipe.js';
import { AddressDoor } from './pipeline/limits/address-door.js';
import { AddressToll } from './pipeline/limits/failure-toll.js';
import { LimitsControl } from './pipeline/limits/limits.control.js';
import { ExposureControl } from './pipeline/output/exposure/exposure.control.js';
import { ExposureInterceptor } from './pipeline/output/exposure/exposure.interceptor.js';
import { AdapterErrors } from './pipeline/output/problems/adapter-errors.js';
import { ProblemFilter } from './pipeline/output/problems/problem.filter.js';
import { ProblemWriter } from './pipeline/output/problems/problem-writer.js';
import { Refusals } from './pipeline/output/problems/refusals.js';
import { RoutePlans } from './pipeline/route-plans.js';
import { SecurityGuard } from './pipeline/security.guard.js';
import { ResourceRegistry } from './policy/resource-registry.js';
import { RoleHierarchy } from './policy/roles.js';
import { MountedRoutes } from './posture/mounted-routes.js';
import { Posture } from './posture/posture.js';
import { Boot } from './security.boot.js';
import type { SecuritySettings } from './security.options.js';
import { SECURITY_SETTINGS } from './security.tokens.js';

const shared: Provider[] = [
  {
    provide: STATE_STORE,
    inject: [SECURITY_SETTINGS],
    useFactory: ({ state }: SecuritySettings) => state ?? memoryState(),
  },
  {
    provide: SecurityEvents,
    inject: [SECURITY_SETTINGS],
    useFactory: ({ events }: SecuritySettings) => new SecurityEvents(events.sink),
  },
  { provide: REPORTER, useExisting: SecurityEvents },
  {
    provide: RoleHierarchy,
    inject: [SECURITY_SETTINGS],
    useFactory: ({ authorization }: SecuritySettings) => new RoleHierarchy(authorization.roles),
  },
  {
    provide: ResourceRegistry,
    inject: [SECURITY_SETTINGS],
    useFactory: ({ authorization }: SecuritySettings) => new ResourceRegistry(authorization.resources),
  },
  { provide: RoutePlans, useFactory: () => new RoutePlans() },
  { provide: PLAN_BOOK, useExisting: RoutePlans },
];

const edge: Provider[] = [
  {
    provide: EdgeHook,
    inject: [HttpAdapterHost, SECURITY_SETTINGS, AddressDoor, Refusals, RoutePlans],
    useFactory: (
      host: HttpAdapterHost,
      settings: SecuritySettings,
      door: AddressDoor,
      refusals: Refusals,
      plans: RoutePlans,
    ) => new EdgeHook(host, settings.edge, door, refusals, plans.consumed),
  },
];

const authentication: Provider[] = [
  {
    provide: TokenVerifier,
    inject: [SECURITY_SETTINGS],
    useFactory: (settings: SecuritySettings) => new TokenVerifier(settings.authentication),
  },
  { provide: JWT_STRATEGY, inject: [TokenVerifier], useFactory: createJwtStrategy },
  JwtAuthGuard,
  {
    provide: AuthenticationControl,
    inject: [JwtAuthGuard],
    useFactory: (guard: JwtAuthGuard) => new AuthenticationControl(guard),
  },
];

const limits: Provider[] = [
  { provide: AddressDoor, useFactory: () => new AddressDoor() },
  {
    provide: LimitsControl,
    inject: [SECURITY_SETTINGS, STATE_STORE, AddressDoor],
    useFactory: ({ throttling }: SecuritySettings, store: StateStore, door: AddressDoor) =>
      new LimitsControl(throttling, store, door),
  },
  {
    provide: FAILURE_TOLL,
    inject: [SECURITY_SETTINGS, STATE_STORE, AddressDoor],
    useFactory: ({ throttling }: SecuritySettings, store: StateStore, door: AddressDoor) =>
      new AddressToll(throttling, store, door),
  },
];

const input: Provider[] = [
  {
    provide: CompiledInputs,
    inject: [SECURITY_SETTINGS],
    useFactory: (settings: SecuritySettings) => new CompiledInputs(settings.input),
  },
  {
    provide: InputControl,
    inject: [CompiledInputs],
    useFactory: (inputs: CompiledInputs) => new InputControl(inputs),
  },
  SecurityValidationPipe,
];

const authorization: Provider[] = [
  {
    provide: AuthorizationControl,
    inject: [ResourceRegistry, RoleHierarchy],
    useFactory: (registry: ResourceRegistry, roles: RoleHierarchy) =>
      new AuthorizationControl(registry, roles),
  },
];

const output: Provider[] = [
  {
    provide: ExposureControl,
    inject: [ResourceRegistry, RoleHierarchy],
    useFactory: (registry: ResourceRegistry, roles: RoleHierarchy) =>
      new ExposureControl({ owns: (entity) => registry.of(entity)?.owns, roles: roles.names }),
  },
  ExposureInterceptor,
  {
    provide: Refusals,
    inject: [FAILURE_TOLL, REPORTER, SECURITY_SETTINGS],
    useFactory: (toll: FailureToll, reporter: Reporter, { development }: SecuritySettings) =>
      new Refusals(toll, reporter, new ProblemWriter(development), development),
  },
  {
    provide: ProblemFilter,
    inject: [Refusals, EdgeHook],
    useFactory: (refusals: Refusals, hook: EdgeHook) => new ProblemFilter(refusals, hook),
  },
  {
    provide: AdapterErrors,
    inject: [HttpAdapterHost, Refusals, EdgeHook, REPORTER],
    useFactory: (host: HttpAdapterHost, refusals: Refusals, hook: EdgeHook, reporter: Reporter) =>
      new AdapterErrors(host, refusals, hook, reporter),
  },
];

const boot: Provider[] = [
  {
    provide: SecurityGuard,
    inject: [RoutePlans, FAILURE_TOLL, REPORTER],
    useFactory: (plans: RoutePlans, toll: FailureToll, reporter: Reporter) =>
      new SecurityGuard(plans, toll, reporter),
  },
  {
    provide: MountedRoutes,
    inject: [HttpAdapterHost],
    useFactory: (host: HttpAdapterHost) => new MountedRoutes(host),
  },
  Boot,
  {
    provide: Posture,
    inject: [RoutePlans, Boot],
    useFactory: (plans: RoutePlans, { controls }: Boot) => new Posture(plans, controls),
  },
];

/** The provider list. It is the same for every application: what an option turns off is nothing at boot. */
export const PROVIDERS: Provider[] = [
  ...shared,
  ...edge,
  ...authentication,
  ...limits,
  ...input,
  ...authorization,
  ...output,
  ...boot,
];

/** What the application may inject, and what the guards need where an application names them in `@UseGuards`. */
export const EXPORTS = [
  SECURITY_SETTINGS,
  STATE_STORE,
  REPORTER,
  PLAN_BOOK,
  FAILURE_TOLL,
  JWT_STRATEGY,
  TokenVerifier,
  LimitsControl,
  CompiledInputs,
  SecurityEvents,
  Posture,
  JwtAuthGuard,
  SecurityValidationPipe,
];
