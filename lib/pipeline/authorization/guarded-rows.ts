import type { Type } from '@nestjs/common';
import { NOBODY } from '../../core/audience.js';
import type { Decision, Denial, MaybePromise } from '../../core/decision.js';
import type { Finding } from '../../core/finding.js';
import { errorKind } from '../../core/error-kind.js';
import { keepGuarded } from '../../core/guarded-write.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type { GuardedQuery } from '../../core/resource-loader.js';
import type { Resource } from '../../policy/compiled-resource.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import { loaderFailure } from './loader-failure.js';
import type { LoadOutcome, ResourceLoad } from './resource-load.js';

/** The condition that one `@Guarded` of a route takes. */
export interface CompiledGuard {
  /** Where its resource stands among the loads, and its objects among the sources. */
  readonly load: number;
  readonly source: number;
  readonly resource: Resource;
  readonly query: GuardedQuery;
}

/**
 * Finds the query of each `@Guarded`: that of every `@Can` and `@Owns` of the objects.
 *
 * @throws {SecurityConfigError} `resource.invalid` where a rule cannot be asked of the data source
 */
export function compileGuards(
  where: string,
  entities: ReadonlySet<Type<object>>,
  loads: readonly ResourceLoad[],
  registry: ResourceRegistry,
): { readonly guards: readonly CompiledGuard[]; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const guards = [...entities].flatMap((entity) => {
    const load = loads.findIndex(({ resource }) => resource.entity === entity);
    const source = loads[load]?.sources.findIndex(({ kept }) => kept) ?? -1;
    const resource = registry.of(entity)!;
    const actions = loads[load]?.sources[source]?.checks.map(({ action }) => action) ?? [];
    const known = actions.every((action) => action === undefined || resource.actions.has(action));
    const query = known ? resource.guarded(actions) : undefined;
    if (query) return [{ load, source, resource, query }];
    if (known) findings.push(noCondition(where, entity.name));
    return [];
  });
  return { guards, findings };
}

/** Makes the conditions of one request. One that says nothing would mean every row: it is refused. */
export function askGuards(
  guards: readonly CompiledGuard[],
  outcomes: readonly LoadOutcome[],
  facts: RequestFacts,
): Decision {
  const { audience = NOBODY } = facts;
  const principal = facts.principal!;
  const guarded = new Map<unknown, unknown>();
  for (const { load, source, resource, query } of guards) {
    const outcome = outcomes[load]!;
    if (outcome.denial) return outcome.denial;
    let condition: unknown;
    try {
      condition = query(outcome.objects[source]!, principal, audience);
    } catch (error) {
      return loaderFailure(resource, errorKind(error));
    }
    if (typeof condition !== 'object' || condition === null) {
      return loaderFailure(resource, 'the query gave no condition');
    }
    guarded.set(resource.entity, condition);
    keepGuarded(condition, {
      count: outcome.objects[source]!.length,
      refusal: () => whyFewer(resource, outcome.idsOf(source), facts),
    });
  }
  facts.guarded = guarded;
  return undefined;
}

function whyFewer(
  resource: Resource,
  ids: readonly unknown[],
  { principal, audience = NOBODY }: RequestFacts,
): MaybePromise<Denial> {
  const unseen = resource.conceal ? 'access.hidden' : 'access.foreign';
  const decide = (rows: unknown): Denial => {
    if (!Array.isArray(rows) || rows.length !== ids.length) {
      return loaderFailure(resource, 'the loader gave no entry for each id');
    }
    for (const row of rows as readonly unknown[]) {
      if (typeof row !== 'object' || row === null) return { reason: 'access.missing', note: resource.name };
      if (!resource.can('read', row, principal!, audience)) return { reason: unseen, note: resource.name };
    }
    return { reason: 'access.changed', note: resource.name };
  };
  return Promise.resolve()
    .then(() => resource.loader.loadMany(ids))
    .then(decide, (error: unknown) => loaderFailure(resource, errorKind(error)));
}

function noCondition(where: string, entity: string): Finding {
  return {
    code: 'access.no-query',
    where,
    message: `@Guarded() needs a condition, and the loader of ${entity} makes none.`,
    fix: `write load: fromTypeorm(), fromDrizzle(…) or fromPrisma(…) in defineResource(${entity}, { … }), or give its loader factory query and narrow`,
  };
}
