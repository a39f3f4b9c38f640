import { Inject, Injectable, Logger, type Type } from '@nestjs/common';
import { ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import { SecurityConfigError } from './core/config-error.js';
import { STATE_STORE, type StateStore } from './core/state-store.js';
import { StateTrip } from './kit/state/state-trip.js';
import { AuthenticationControl } from './pipeline/authentication/authentication.control.js';
import { AuthorizationControl } from './pipeline/authorization/authorization.control.js';
import { DeadlineControl } from './pipeline/edge/deadline.control.js';
import { InputControl } from './pipeline/input/input.control.js';
import { SecurityValidationPipe } from './pipeline/input/validation.pipe.js';
import { LimitsControl } from './pipeline/limits/limits.control.js';
import { ListsControl } from './pipeline/lists/lists.control.js';
import { ExposureControl } from './pipeline/output/exposure/exposure.control.js';
import { ExposureInterceptor } from './pipeline/output/exposure/exposure.interceptor.js';
import { ProblemFilter } from './pipeline/output/problems/problem.filter.js';
import { planRoute, type Controls } from './pipeline/pipeline.js';
import { RoutePlans } from './pipeline/route-plans.js';
import { SecurityGuard } from './pipeline/security.guard.js';
import { ResourceRegistry } from './policy/resource-registry.js';
import { acceptedOutputs, acceptedRoutes } from './posture/audit.options.js';
import { enforceAudit } from './posture/boot-audit.js';
import { auditFilters, placeEnhancers } from './posture/enhancer-order.js';
import { MountedRoutes } from './posture/mounted-routes.js';
import { scanRoutes } from './posture/route-scan.js';
import { auditSessions } from './posture/sessions.js';
import { auditSharedCaches } from './posture/shared-cache.js';
import { auditUnguardedSurface } from './posture/unguarded-surface.js';
import type { SecuritySettings } from './security.options.js';
import { SECURITY_SETTINGS } from './security.tokens.js';

/** How long the start waits for a store to say what is wrong with it. */
const CHECK_MS = 2000;

/** Everything that is decided before the first request: the order of the enhancers, the plan of each route, the audit. */
@Injectable()
export class Boot {
  /** One control a room. */
  readonly controls: Controls;
  #planned = false;

  constructor(
    @Inject(SECURITY_SETTINGS) private readonly settings: SecuritySettings,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly moduleRef: ModuleRef,
    private readonly registry: ResourceRegistry,
    private readonly plans: RoutePlans,
    private readonly mounted: MountedRoutes,
    private readonly trip: StateTrip,
    @Inject(STATE_STORE) private readonly store: StateStore,
    private readonly guard: SecurityGuard,
    private readonly pipe: SecurityValidationPipe,
    private readonly interceptor: ExposureInterceptor,
    private readonly filter: ProblemFilter,
    deadline: DeadlineControl,
    authentication: AuthenticationControl,
    limits: LimitsControl,
    input: InputControl,
    authorization: AuthorizationControl,
    private readonly lists: ListsControl,
    output: ExposureControl,
  ) {
    this.controls = { deadline, authentication, limits, input, authorization, lists, output };
  }

  /** @throws {SecurityConfigError} `module.duplicate`, `audit.failed`, `resource.invalid`, `exposure.invalid`, `input.invalid` */
  plan(module: Type): void {
    refuseSecond(module, this.modules);
    this.planRoutes();
  }

  /**
   * Plans the routes, unless they are planned: those of an application that never gets a server, for whoever wants to read them.
   *
   * @throws {SecurityConfigError} as {@link plan}
   */
  planRoutes(): void {
    if (this.#planned) return;
    const { settings, modules, config, guard, pipe, interceptor, filter } = this;
    this.#planned = true;
    this.registry.connect((token) => this.moduleRef.get(token as Type, { strict: false }));
    placeEnhancers(config, { guard, pipe, interceptor, filter }, settings.problems.before);
    const routes = scanRoutes(modules, config, settings.declared, acceptedOutputs(settings.baseline));
    const findings = routes.flatMap((route) => {
      const { planned, findings: found } = planRoute(route, this.controls, this.trip);
      this.plans.add(planned);
      return found;
    });
    const addresses = routes.flatMap((route) => route.addresses);
    enforceAudit(
      [
        ...findings,
        ...auditFilters(config, routes, settings.problems.before),
        ...auditUnguardedSurface(modules),
        ...auditSharedCaches(config, this.plans.all()),
        ...auditSessions(modules, addresses, settings.authentication, settings.accounts.sessions),
        ...this.mounted.plan(addresses, acceptedRoutes(settings.baseline)),
      ],
      settings.baseline,
    );
  }

  /** @throws {SecurityConfigError} `audit.failed` */
  auditWithoutHttp(): void {
    if (!this.#planned) enforceAudit(auditUnguardedSurface(this.modules), this.settings.baseline);
  }

  /** Warns of cursors that no other process can read, and of a store that cannot keep what it is given: one that may evict keys loses revocations and lockouts. */
  async warn(): Promise<void> {
    const logger = new Logger('SecurityModule');
    if (this.lists.transient) {
      logger.warn('Without lists.secret the cursors of lists end with this process.');
    }
    for (const warning of await this.#checkStore()) logger.warn(warning);
  }

  /** A store that is down must not hold up the start: it is down for the requests too, and they say so. */
  async #checkStore(): Promise<readonly string[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<readonly string[]>((resolve) => {
      timer = setTimeout(() => resolve(['The state store does not answer.']), CHECK_MS);
    });
    try {
      return await Promise.race([this.store.check?.() ?? [], late]);
    } catch {
      return ['The state store could not be checked.'];
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws {SecurityConfigError} `audit.failed` */
  auditMounted(): void {
    if (this.#planned) enforceAudit(this.mounted.auditExpress(), this.settings.baseline);
  }
}

function refuseSecond(module: Type, modules: ModulesContainer): void {
  const count = [...modules.values()].filter(({ metatype }) => metatype === module).length;
  if (count > 1) {
    throw new SecurityConfigError(
      'module.duplicate',
      'SecurityModule',
      `is imported ${count} times: every limit would be charged as often`,
      'keep one SecurityModule.forRoot(), in the root module; it is global',
    );
  }
}
