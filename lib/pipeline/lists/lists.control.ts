import type { Type } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { ACCESS } from '../../core/access.js';
import { NOBODY } from '../../core/audience.js';
import { SecurityConfigError } from '../../core/config-error.js';
import type { Compiled, Control, Stage } from '../../core/control.js';
import type { Decision } from '../../core/decision.js';
import { keepListing, Listing } from '../../core/listing.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import { admitsOwnOnly } from '../../policy/own-rows.js';
import type { Resource, ResourceRegistry } from '../../policy/resource-registry.js';
import { CursorCodec } from './cursor-codec.js';
import { namingCheck, refusal } from './list-admission.js';
import { listDeclaration, type ExposedOf, type ListDeclaration } from './list-declaration.js';
import { PageQuery } from './page-query.js';
import { RequestCursors } from './request-cursors.js';

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
    const query = route.parameters.find(
      ({ source, property, type }) => source === 'query' && property === undefined && isPageQuery(type),
    )?.type as Type | undefined;
    const entities = query ? (route.ofMethod<readonly Type<object>[]>(ACCESS.lists) ?? []) : [];
    const resources = entities.flatMap((entity) => this.context.resources.of(entity) ?? []);
    if (query === undefined || resources.length === 0) return { section: NOTHING, findings: [] };
    this.#checkSecret(route);
    const lists = resources.map((resource) => {
      const declaration = listDeclaration(query, resource, this.context.exposedOf);
      resource.checkListing(
        declaration.plan.filters.map(({ property }) => property),
        [...(declaration.sort?.byValue.keys() ?? [])].filter((value) => !value.startsWith('-')),
      );
      return { resource, declaration };
    });
    const { filters, sort } = lists[0]!.declaration;
    return {
      section: { filters: filters.map(({ key }) => key), sorts: sort ? [...sort.byValue.keys()] : [] },
      findings: [],
      stage: this.#stage(route.id, lists),
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

  #stage(
    routeId: string,
    lists: ReadonlyArray<{ readonly resource: Resource; readonly declaration: ListDeclaration }>,
  ): Stage {
    const { status } = this.context;
    const refused = refusal('/cursor', 'cursor', 'is no cursor of this list', status);
    const codec = this.#codec;
    const compiled = lists.map(({ resource, declaration: { plan, bound, filters, sort } }) => {
      const rule = resource.rule('read');
      return {
        entity: resource.entity,
        list: `${routeId} ${resource.name}`,
        plan,
        bound,
        check: namingCheck({
          filters,
          sort,
          status,
          ownOnly: (audience) => rule !== undefined && admitsOwnOnly(rule, resource.owner, audience),
        }),
      };
    });
    return ({ request, facts }): Decision => {
      const { query } = request;
      for (const { entity, list, plan, bound, check } of compiled) {
        const unnamed = check(query, facts.audience ?? NOBODY);
        if (unnamed) return unnamed;
        const condition = facts.where?.get(entity);
        // The handler cannot ask for a page by anything else.
        if (typeof condition !== 'object' || condition === null || facts.principal === null) continue;
        const cursors = new RequestCursors(codec, list, facts.principal.id, query, bound, refused);
        if (Object.hasOwn(query, 'cursor') && !cursors.open(query['cursor'])) return refused;
        keepListing(condition, (facts.listing = new Listing(plan, cursors)));
      }
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

function isPageQuery(type: unknown): boolean {
  return typeof type === 'function' && (type === PageQuery || type.prototype instanceof PageQuery);
}
