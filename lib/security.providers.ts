import type { Provider } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { PLAN_BOOK } from './core/control.js';
import { FAILURE_TOLL, REPORTER, type FailureToll, type Reporter } from './core/reporter.js';
import { STATE_STORE, type StateStore } from './core/state-store.js';
import { SecurityEvents } from './kit/events/security-events.js';
import { GuardedStore } from './kit/state/guarded-store.js';
import { MemoryState, memoryState } from './kit/state/memory-state.js';
import { StateTrip } from './kit/state/state-trip.js';
import { CredentialReader } from './pipeline/authentication/credential-reader.js';
import { CSRF_PROTECTION } from './pipeline/authentication/csrf.js';
import { JwtAuthGuard } from './pipeline/authentication/jwt-auth.guard.js';
import { JWT_STRATEGY } from './pipeline/authentication/jwt.strategy.js';
import { ProofOfPossession } from './pipeline/authentication/proof-of-possession.js';
import { Revocation } from './pipeline/authentication/revocation.js';
import { TokenVerifier } from './pipeline/authentication/token-verifier.js';
import { AuthorizationControl } from './pipeline/authorization/authorization.control.js';
import { DeadlineControl } from './pipeline/edge/deadline.control.js';
import { EdgeHook } from './pipeline/edge/edge.hook.js';
import { EdgeServers } from './pipeline/edge/edge.servers.js';
import { Overload } from './pipeline/edge/overload.js';
import { CompiledInputs } from './pipeline/input/compiled-inputs.js';
import { InputControl } from './pipeline/input/input.control.js';
import { SecurityValidationPipe } from './pipeline/input/validation.pipe.js';
import { AddressDoor } from './pipeline/limits/address-door.js';
import { Concurrency } from './pipeline/limits/concurrency.js';
import { AddressToll } from './pipeline/limits/failure-toll.js';
import type { LimitDependencies } from './pipeline/limits/limit-charge.js';
import { LimitsControl } from './pipeline/limits/limits.control.js';
import { Lockout } from './pipeline/limits/lockout/lockout.js';
import { failureLimit } from './pipeline/limits/route-limit.js';
import { RouteLimits } from './pipeline/limits/route-limits.js';
import { exposedPropertiesOf } from './pipeline/output/exposure/exposed-properties.js';
import { Refusals } from './pipeline/output/problems/refusals.js';
import { RoutePlans } from './pipeline/route-plans.js';
import { SecurityGuard } from './pipeline/security.guard.js';
import { ResourceRegistry } from './policy/resource-registry.js';
import { RoleHierarchy } from './policy/roles.js';
import { Explainer, EXPLAINER } from './posture/explainer.js';
import { MountedRoutes } from './posture/mounted-routes.js';
import { Posture } from './posture/posture.js';
import { AUTHENTICATION } from './security.authentication.js';
import { Boot } from './security.boot.js';
import { OUTPUT } from './security.output.js';
import type { SecuritySettings } from './security.options.js';
import { SECURITY_SETTINGS } from './security.tokens.js';

const LIMIT_DEPENDENCIES = Symbol('nestjs-gatehouse:limit-dependencies');

const shared: Provider[] = [
  {
    provide: STATE_STORE,
    inject: [SECURITY_SETTINGS, SecurityEvents],
    useFactory: stateStore,
  },
  {
    provide: StateTrip,
    inject: [STATE_STORE],
    useFactory: (store: StateStore) => new StateTrip(store),
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
    inject: [HttpAdapterHost, SECURITY_SETTINGS, AddressDoor, Refusals, RoutePlans, REPORTER],
    useFactory: (
      host: HttpAdapterHost,
      settings: SecuritySettings,
      door: AddressDoor,
      refusals: Refusals,
      plans: RoutePlans,
      reporter: Reporter,
    ) => {
      const overload = new Overload(settings.edge.maxEventLoopDelay, reporter);
      return new EdgeHook(host, settings.edge, door, refusals, plans.consumed, overload);
    },
  },
  {
    provide: EdgeServers,
    inject: [HttpAdapterHost, SECURITY_SETTINGS],
    useFactory: (host: HttpAdapterHost, settings: SecuritySettings) =>
      new EdgeServers(host, settings.edge.timeouts),
  },
  { provide: DeadlineControl, useFactory: () => new DeadlineControl() },
];

const limits: Provider[] = [
  {
    provide: AddressDoor,
    inject: [SECURITY_SETTINGS],
    useFactory: ({ throttling }: SecuritySettings) => new AddressDoor(throttling.door),
  },
  {
    provide: RouteLimits,
    inject: [SECURITY_SETTINGS],
    useFactory: ({ throttling, outage }: SecuritySettings) =>
      new RouteLimits(throttling.throttlers, outage.expectedInstances),
  },
  {
    provide: LIMIT_DEPENDENCIES,
    inject: [SECURITY_SETTINGS, AddressDoor, SecurityEvents],
    useFactory: (
      { throttling }: SecuritySettings,
      door: AddressDoor,
      reporter: SecurityEvents,
    ): LimitDependencies => ({
      headers: throttling.headers,
      door,
      reporter,
      local: memoryState(),
    }),
  },
  {
    provide: LimitsControl,
    inject: [SECURITY_SETTINGS, RouteLimits, LIMIT_DEPENDENCIES],
    useFactory: (
      { throttling: { concurrency } }: SecuritySettings,
      routeLimits: RouteLimits,
      dependencies: LimitDependencies,
    ) =>
      new LimitsControl(
        routeLimits,
        dependencies,
        concurrency === undefined ? undefined : new Concurrency(concurrency),
      ),
  },
  {
    provide: Lockout,
    inject: [SECURITY_SETTINGS, STATE_STORE],
    useFactory: ({ throttling }: SecuritySettings, store: StateStore) =>
      new Lockout(throttling.lockout, store),
  },
  {
    provide: FAILURE_TOLL,
    inject: [SECURITY_SETTINGS, RouteLimits, StateTrip, LIMIT_DEPENDENCIES],
    useFactory: (
      { throttling, outage }: SecuritySettings,
      { sharedByAddress }: RouteLimits,
      trip: StateTrip,
      dependencies: LimitDependencies,
    ) =>
      new AddressToll(
        sharedByAddress,
        failureLimit(throttling.failures, outage.expectedInstances),
        trip,
        dependencies,
      ),
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
    inject: [ResourceRegistry, RoleHierarchy, SECURITY_SETTINGS, ModuleRef],
    useFactory: (
      registry: ResourceRegistry,
      roles: RoleHierarchy,
      { development, authorization: { obligations } }: SecuritySettings,
      modules: ModuleRef,
    ) =>
      new AuthorizationControl(registry, roles, development, exposedPropertiesOf, {
        resolve: (token) => modules.get(token, { strict: false }),
        obligations,
      }),
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
  {
    provide: EXPLAINER,
    inject: [Boot, RoutePlans, ResourceRegistry, RoleHierarchy, Posture],
    useFactory: (
      start: Boot,
      plans: RoutePlans,
      resources: ResourceRegistry,
      roles: RoleHierarchy,
      posture: Posture,
    ) => new Explainer({ plan: () => start.planRoutes(), plans, resources, roles, posture }),
  },
];

/** The store with a deadline and a breaker around it, unless it is in this process. */
function stateStore({ state, outage }: SecuritySettings, events: SecurityEvents): StateStore {
  if (state === undefined) return memoryState();
  if (state instanceof MemoryState) return state;
  return new GuardedStore(state, outage.deadline, {
    began: () => events.record({ type: 'state.outage' }),
    ended: (milliseconds) => events.record({ type: 'state.recovered', milliseconds }),
  });
}

/** The provider list. It is the same for every application: what an option turns off is nothing at boot. */
export const PROVIDERS: Provider[] = [
  ...shared,
  ...edge,
  ...AUTHENTICATION,
  ...limits,
  ...input,
  ...authorization,
  ...OUTPUT,
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
  CredentialReader,
  CSRF_PROTECTION,
  TokenVerifier,
  ProofOfPossession,
  Revocation,
  Lockout,
  StateTrip,
  LimitsControl,
  CompiledInputs,
  SecurityEvents,
  Posture,
  EXPLAINER,
  JwtAuthGuard,
  SecurityValidationPipe,
];
