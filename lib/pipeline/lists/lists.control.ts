import type { Type } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { ACCESS } from '../../core/access.js';
import { NOBODY, type Audience } from '../../core/audience.js';
import { SecurityConfigError } from '../../core/config-error.js';
import type { Compiled, Control, RequestView, Stage } from '../../core/control.js';
import type { Decision } from '../../core/decision.js';
import type { ExposedOf } from '../../core/exposed-property.js';
import { keepListing, Listing, type ListPlan } from '../../core/listing.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import { admitsOwnOnly } from '../../policy/own-rows.js';
import type { Resource } from '../../policy/compiled-resource.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import { CursorCodec } from './cursor-codec.js';
import { filtersOn } from './filterable.decorator.js';
import { namingCheck, refusal, shownWhere } from './list-admission.js';
import { listDeclaration, type ListDeclaration } from './list-declaration.js';
import { PageQuery } from './page-query.js';
import { RequestCursors } from './request-cursors.js';
import { sortOn } from './sortable.decorator.js';

/** What a client may ask of the lists of one route. */
export interface ListsSection {
  /** The filters and orders, by the names that a client writes. */
  readonly filters: readonly string[];
  readonly sorts: readonly string[];
}

declare module '../../core/route-plan.js' {
  interface RoutePlanSections {
    lists: ListsSection;
  }
}

/** What {@link ListsControl} is told of the application. */
export interface ListsContext {
  readonly resources: ResourceRegistry;
  readonly exposedOf: ExposedOf;
  readonly roles: RoleHierarchy;
  readonly secret: Uint8Array | undefined;
  /** Whether other instances have to read what this one makes. */
  readonly shared: boolean;
  /** The status of `input.invalid`, where an option says so. */
  readonly status: number | undefined;
}

const NOTHING: ListsSection = { filters: [], sorts: [] };

/**
 * What a client may say about a list: which page, which filter, which order. Everything is checked before the handler runs: a cursor that
 * this list has not given to this caller, and a filter or an order by what the caller is not shown.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/
 */
export class ListsControl implements Control<'lists'> {
  readonly name = 'lists';
  readonly #codec: CursorCodec;
  /** Whether a list gives cursors that end with this process. */
  transient = false;

  constructor(private readonly context: ListsContext) {
    this.#codec = new CursorCodec(context.secret ?? randomBytes(32));
  }

  /**
   * @throws {SecurityConfigError} `option.missing` where instances share state and no secret; `exposure.invalid`, `input.invalid` or
   * `resource.invalid` for a filter or an order that cannot be
   */
  compile(route: RouteDeclaration): Compiled<ListsSection> {
    const entities = route.ofMethod<ReadonlyArray<Type<object>>>(ACCESS.lists) ?? [];
    const asked = route.parameters
      .filter(({ source, property, type }) => source === 'query' && property === undefined && isClass(type))
      .map(({ type }) => type as Type);
    for (const type of asked) checkUse(type, entities.length > 0, route);
    const query = asked.find(isPageQuery);
    const resources = entities.flatMap((entity) => this.context.resources.of(entity) ?? []);
    if (query === undefined || resources.length === 0) return { section: NOTHING, findings: [] };
    if (resources.length > 1) {
      throw new SecurityConfigError(
        'input.invalid',
        route.id,
        `pages ${resources.map(({ name }) => name).join(' and ')} by one ${query.name}, whose cursor can mean one list`,
        'write a route for each list, or a query class without cursor',
      );
    }
    this.#checkSecret(route);
    const [resource] = resources as [Resource];
    const { resources: registry, exposedOf, roles } = this.context;
    const declaration = listDeclaration(query, resource, registry.subclassesOf(resource), exposedOf, roles);
    const { plan, sort } = declaration;
    const sorts = [...(sort?.byValue.keys() ?? [])];
    resource.checkListing(
      plan.filters,
      sorts.filter((value) => !value.startsWith('-')),
    );
    return {
      section: { filters: declaration.filters.map(({ key }) => key), sorts },
      findings: [],
      stage: this.#stage(route.id, resource, declaration),
    };
  }

  /** The section in words: `{ lists: 'filter: status; order: createdAt, -createdAt' }`. */
  describe({ filters, sorts }: ListsSection): Readonly<Record<string, string>> {
    const words = [
      ...(filters.length > 0 ? [`filter: ${filters.join(', ')}`] : []),
      ...(sorts.length > 0 ? [`order: ${sorts.join(', ')}`] : []),
    ];
    return words.length > 0 ? { lists: words.join('; ') } : {};
  }

  #stage(routeId: string, resource: Resource, { plan, bound, filters, sort }: ListDeclaration): Stage {
    const { status } = this.context;
    const codec = this.#codec;
    const { entity, owner } = resource;
    const list = `${routeId} ${resource.name}`;
    const rule = resource.rule('read');
    const ownOnly = (audience: Audience) => rule !== undefined && admitsOwnOnly(rule, owner, audience);
    const shown = shownWhere(ownOnly);
    const unknown = namingCheck({ filters, sort, status, shown });
    const unsorted = { ...plan, sort: undefined };
    // The order of the class tells what it is by, as one does that the client names.
    const planFor = (query: RequestView['query'], audience: Audience): ListPlan =>
      sort?.byDefault && !Object.hasOwn(query, sort.key) && !shown(sort.byDefault, audience)
        ? unsorted
        : plan;
    const refused = refusal('/cursor', 'cursor', 'is no cursor of this list', status);
    return ({ request: { query }, facts }): Decision => {
      const audience = facts.audience ?? NOBODY;
      const unnamed = unknown(query, audience);
      if (unnamed) return unnamed;
      const condition = facts.where?.get(entity);
      // The handler cannot ask for a page by anything else.
      if (typeof condition !== 'object' || condition === null || facts.principal === null) return undefined;
      const cursors = new RequestCursors(codec, list, facts.principal.id, query, bound, refused);
      if (Object.hasOwn(query, 'cursor') && !cursors.open(query['cursor'])) return refused;
      keepListing(condition, (facts.listing = new Listing(planFor(query, audience), cursors)));
      return undefined;
    };
  }

  #checkSecret({ id }: RouteDeclaration): void {
    if (this.context.secret !== undefined) return;
    if (this.context.shared) {
      throw new SecurityConfigError(
        'option.missing',
        'lists.secret',
        `is missing, and ${id} gives cursors that only this process could read, where several share state`,
        'write lists: { secret: process.env.CURSOR_SECRET }, 32 random bytes, the same in every instance',
      );
    }
    this.transient = true;
  }
}

function isClass(type: unknown): boolean {
  return typeof type === 'function' && typeof type.prototype === 'object';
}

function isPageQuery(type: Type): boolean {
  return type === PageQuery || type.prototype instanceof PageQuery;
}

/** A filter that nobody checks would be one for everybody. */
function checkUse(type: Type, listed: boolean, { id }: RouteDeclaration): void {
  const prototype = type.prototype as object;
  const declares = filtersOn(prototype).length > 0 || sortOn(prototype) !== undefined;
  if (!declares || (listed && isPageQuery(type))) return;
  throw new SecurityConfigError(
    'input.invalid',
    type.name,
    `has @Filterable or @Sortable, of which ${id} takes no notice`,
    `write class ${type.name} extends PageQuery, and @Lists(…) on the route`,
  );
}
