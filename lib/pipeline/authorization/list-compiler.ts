import type { Type } from '@nestjs/common';
import { ACCESS } from '../../core/access.js';
import type { Decision } from '../../core/decision.js';
import { errorKind } from '../../core/error-kind.js';
import type { Finding } from '../../core/finding.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type { ListQuery } from '../../core/resource-loader.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import { NOBODY } from '../../core/audience.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import { declaredOf, NOBODY_CALLS } from './admission.js';
import { loaderFailure } from './loader-failure.js';
import { unknownAction, unknownResource } from './load-compiler.js';

/** One `@Lists` of a route. */
export interface CompiledList {
  readonly entity: Type<object>;
  readonly query: ListQuery;
}

/** What the `@Lists` of a route come to. */
export interface CompiledLists {
  readonly entities: ReadonlyArray<Type<object>>;
  readonly lists: readonly CompiledList[];
  readonly findings: readonly Finding[];
  /** Whether a list has no query: the route then admits nobody. */
  readonly broken: boolean;
}

/**
 * Finds the query of each `@Lists`.
 *
 * @throws {SecurityConfigError} `resource.invalid` where the rule cannot be asked of the data source
 */
export function compileLists(route: RouteDeclaration, registry: ResourceRegistry): CompiledLists {
  const entities = [...new Set(declaredOf<Type<object>>(route, ACCESS.lists))];
  const findings: Finding[] = [];
  const lists: CompiledList[] = [];
  for (const entity of entities) {
    const decorator = `@Lists(${entity.name})`;
    const resource = registry.of(entity);
    const query = resource?.where('read');
    if (query) lists.push({ entity, query });
    else if (!resource) findings.push(unknownResource(route.id, entity.name, decorator));
    else if (!resource.actions.has('read'))
      findings.push(unknownAction(route.id, decorator, 'read', resource));
    else findings.push(noQuery(route.id, decorator, entity.name));
  }
  return { entities, lists, findings, broken: lists.length < entities.length };
}

/** Makes the condition of each list for the caller. One that says nothing would mean every row: it is refused. */
export function askLists(lists: readonly CompiledList[], facts: RequestFacts): Decision {
  const { principal, audience = NOBODY } = facts;
  if (principal === null) return NOBODY_CALLS;
  const where = new Map<unknown, unknown>();
  for (const { entity, query } of lists) {
    let condition: unknown;
    try {
      condition = query(principal, audience);
    } catch (error) {
      return loaderFailure(entity, errorKind(error));
    }
    if (condition === undefined || condition === null) {
      return loaderFailure(entity, 'the query gave no condition');
    }
    where.set(entity, condition);
  }
  facts.where = where;
  return undefined;
}

function noQuery(where: string, decorator: string, entity: string): Finding {
  return {
    code: 'access.no-query',
    where,
    message: `${decorator} needs a query, and the loader of ${entity} makes none.`,
    fix: `write load: fromTypeorm() in defineResource(${entity}, { … }), or give its loader factory a query`,
  };
}
