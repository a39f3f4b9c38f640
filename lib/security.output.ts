import type { Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FAILURE_TOLL, REPORTER, type FailureToll, type Reporter } from './core/reporter.js';
import { inProduction } from './core/production.js';
import { MemoryState } from './kit/state/memory-state.js';
import { EdgeHook } from './pipeline/edge/edge.hook.js';
import { ListsControl } from './pipeline/lists/lists.control.js';
import { exposedPropertiesOf } from './pipeline/output/exposure/exposed-properties.js';
import { ExposureControl } from './pipeline/output/exposure/exposure.control.js';
import { ExposureInterceptor } from './pipeline/output/exposure/exposure.interceptor.js';
import { AdapterErrors } from './pipeline/output/problems/adapter-errors.js';
import { ProblemFilter } from './pipeline/output/problems/problem.filter.js';
import { ProblemWriter } from './pipeline/output/problems/problem-writer.js';
import { Refusals } from './pipeline/output/problems/refusals.js';
import { ResourceRegistry } from './policy/resource-registry.js';
import { RoleHierarchy } from './policy/roles.js';
import type { SecuritySettings } from './security.options.js';
import { SECURITY_SETTINGS } from './security.tokens.js';

/** What a list may be asked, and what leaves of an answer. */
export const OUTPUT: Provider[] = [
  {
    provide: ListsControl,
    inject: [ResourceRegistry, RoleHierarchy, SECURITY_SETTINGS],
    useFactory: (
      resources: ResourceRegistry,
      roles: RoleHierarchy,
      { lists: { secret }, state, outage, input: { status } }: SecuritySettings,
    ) =>
      new ListsControl({
        resources,
        exposedOf: exposedPropertiesOf,
        roles,
        secret,
        shared: (state !== undefined && !(state instanceof MemoryState)) || outage.expectedInstances > 1,
        status,
      }),
  },
  {
    provide: ExposureControl,
    inject: [ResourceRegistry, RoleHierarchy],
    useFactory: (registry: ResourceRegistry, roles: RoleHierarchy) =>
      new ExposureControl({
        roles: roles.names,
        resource: (entity) => registry.of(entity),
        // In development and in tests it has to be seen.
        redact: inProduction(),
      }),
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
