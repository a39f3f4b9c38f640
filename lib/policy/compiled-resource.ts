import type { Type } from '@nestjs/common';
import { NOBODY, type Audience } from '../core/audience.js';
import { SecurityConfigError } from '../core/config-error.js';
import type { Principal } from '../core/principal.js';
import type {
  GuardedQuery,
  ListQuery,
  LoaderFactory,
  Resolve,
  ResourceContext,
  ResourceLoader,
} from '../core/resource-loader.js';
import { explain, failedBy, type Explain, type Explanation, type ExplanationOptions } from './explanation.js';
import type { ColumnFilter } from './list-columns.js';
import { missingPath } from './missing-path.js';
import { compilePredicate, type Predicate } from './predicate.js';
import type { ResourceDefinition } from './resource.js';
import { leavesOf, pathOf, type RuleNode } from './rule.js';

/** One declared resource, compiled: its checks, and from {@link Resource.connect} on its loader and queries. */
export class Resource {
  readonly entity: Type<object>;
  /** The name of the class. */
  readonly name: string;
  /** The properties that together are the id. */
  readonly ids: readonly string[];
  /** The path to the id of the owner. */
  readonly owner: readonly string[];
  readonly conceal: boolean;
  /** The actions that have a rule. */
  readonly actions: ReadonlySet<string>;
  /** The roles that the rules name. */
  readonly roles: ReadonlySet<string>;
  /** Whether the caller is the owner of an object. A property, so that it can be handed on. */
  readonly owns: (object: object, principal: Principal) => boolean;
  private readonly explanations = new Map<string | undefined, Explain>();
  /** The actions whose rules ask functions of the application, which may throw. */
  private readonly functional: ReadonlySet<string>;
  private readonly predicates: ReadonlyMap<string, Predicate>;
  private readonly queries = new Map<string | undefined, ListQuery>();
  private connection: { loader: ResourceLoader<object>; resolve: Resolve } | undefined;

  constructor(
    private readonly definition: ResourceDefinition<object>,
    /** The classes of the resources that this one extends, whose rules it has. */
    readonly bases: ReadonlySet<unknown> = new Set(),
  ) {
    this.entity = definition.entity;
    this.name = definition.entity.name;
    this.ids = definition.ids;
    this.owner = definition.owner;
    this.conceal = definition.conceal;
    this.actions = new Set(definition.rules.keys());
    const leaves = [...definition.rules.values()].flatMap(leavesOf);
    this.roles = new Set(leaves.flatMap((leaf) => (leaf.kind === 'role' ? [leaf.role] : [])));
    const asksFunctions = ([, rule]: readonly [string, RuleNode]) =>
      leavesOf(rule).some(({ kind }) => kind === 'fn');
    this.functional = new Set([...definition.rules].filter(asksFunctions).map(([action]) => action));
    const isOwner = compilePredicate({ kind: 'owner', path: definition.owner });
    this.owns = (object, principal) => isOwner(object, principal, NOBODY);
    this.predicates = new Map(
      [...definition.rules].map(([action, node]) => [action, compilePredicate(node)] as const),
    );
  }

  /** Loads objects by id, in order. Throws before the registry is connected. */
  get loader(): ResourceLoader<object> {
    return this.connected().loader;
  }

  /** Whether the caller may do this with the object. An action without a rule: no. */
  can(action: string, object: object, principal: Principal, audience: Audience): boolean {
    const predicate = this.predicates.get(action);
    return predicate !== undefined && predicate(object, principal, audience);
  }

  /**
   * Why the caller may or may not do this with the object, or without an action why they own it or not. `undefined` where the
   * action has no rule.
   */
  explain(
    action: string | undefined,
    object: object,
    principal: Principal,
    audience: Audience,
    options?: ExplanationOptions,
  ): Explanation | undefined {
    const rule = this.rule(action);
    if (rule === undefined) return undefined;
    let explains = this.explanations.get(action);
    if (!explains) this.explanations.set(action, (explains = explain(rule)));
    return explains(object, principal, audience, options);
  }

  /** Which function threw, where the rule has no answer because of it. Ask where {@link can} says no: it asks the rule once more. */
  failure(
    action: string | undefined,
    object: object,
    principal: Principal,
    audience: Audience,
  ): string | undefined {
    if (action === undefined || !this.functional.has(action)) return undefined;
    return failedBy(this.explain(action, object, principal, audience)!);
  }

  /**
   * The query for the rows that the action admits, or without an action for those that the caller owns, compiled on the first call:
   * call it at boot. `undefined` where the action has no rule or the loader no queries.
   *
   * @throws {SecurityConfigError} `resource.invalid` where the rule cannot be asked of the data source
   */
  where(action: string | undefined): ListQuery | undefined {
    const rule = this.rule(action);
    const { factory } = this;
    if (rule === undefined || !factory?.query) return undefined;
    let query = this.queries.get(action);
    if (!query) {
      checkAskable(`${this.name}.can.${action ?? 'owner'}`, rule);
      query = factory.query(this.context(), rule);
      this.queries.set(action, query);
    }
    return query;
  }

  /**
   * The query for the rows of some objects, as long as every one of the actions admits them (`undefined`: as long as the caller owns
   * them). `undefined` where the loader has no such queries.
   *
   * @throws {SecurityConfigError} `resource.invalid` where a rule cannot be asked of the data source
   */
  guarded(actions: ReadonlyArray<string | undefined>): GuardedQuery | undefined {
    const { factory } = this;
    const queries = actions.map((action) => this.where(action));
    if (!factory?.narrow || queries.length === 0 || queries.includes(undefined)) return undefined;
    const narrow = factory.narrow(this.context());
    return (objects, principal, audience) =>
      narrow(
        queries.map((query) => query!(principal, audience)),
        objects,
      );
  }

  /** The rule of an action as data, or without an action that of ownership; `undefined` where it has none. */
  rule(action: string | undefined): RuleNode | undefined {
    return action === undefined ? { kind: 'owner', path: this.owner } : this.definition.rules.get(action);
  }

  /** The path that the action's rule reads and an object does not have: a column or a relation that was not loaded. */
  missing(action: string, object: object): string | undefined {
    const rule = this.definition.rules.get(action);
    return rule && missingPath(rule, object);
  }

  /** The properties that say whose an object is: the first of the owner path, and those that hold the same. */
  ownerProperties(): readonly string[] {
    return this.propertiesOf(this.owner[0]!);
  }

  /** A property and those that hold the same: the columns of a relation, the relations of a column. */
  propertiesOf(property: string): readonly string[] {
    const { factory } = this;
    return factory?.columnsOf ? [property, ...factory.columnsOf(this.context(), property)] : [property];
  }

  /** What holds the rows at the end of a path through relations; `undefined` where it is not known. */
  tableAt(path: readonly string[]): unknown {
    return this.factory?.tableAt?.(this.context(), path);
  }

  /** The subclasses of its class of which the data source makes some of its rows. */
  subclasses(): ReadonlyArray<Type<object>> {
    return this.factory?.subclassesOf?.(this.context()) ?? [];
  }

  /**
   * Asks the data source, at boot, whether clients may filter and sort so.
   *
   * @throws {SecurityConfigError} `resource.invalid`
   */
  checkListing(filters: readonly ColumnFilter[], sorts: readonly string[]): void {
    this.factory?.checkListing?.(this.context(), filters, sorts);
  }

  /** @internal */
  connect(resolve: Resolve): void {
    const { load, entity, ids } = this.definition;
    const loader: Partial<ResourceLoader<object>> | undefined =
      typeof load === 'function' ? resolve(load) : load.create({ entity, ids, paths: this.paths(), resolve });
    if (typeof loader?.parseId !== 'function' || typeof loader.loadMany !== 'function') {
      throw new SecurityConfigError(
        'resource.invalid',
        `${this.name}.load`,
        'gives no loader',
        'write an injectable class with parseId(raw) and loadMany(ids), and list it in the providers of a module',
      );
    }
    this.connection = { loader: loader as ResourceLoader<object>, resolve };
  }

  /** `undefined` where the loader is a class of the application, which has no queries. */
  private get factory(): LoaderFactory<object> | undefined {
    const { load } = this.definition;
    return typeof load === 'function' ? undefined : load;
  }

  private context(): ResourceContext {
    return { entity: this.entity, ids: this.ids, resolve: this.connected().resolve };
  }

  private paths(): ReadonlyArray<readonly string[]> {
    const rules: Iterable<RuleNode> = this.definition.rules.values();
    const paths = [this.definition.owner, ...[...rules].flatMap(leavesOf).map(pathOf)];
    return [...new Map(paths.flatMap((path) => (path ? [[path.join('.'), path] as const] : []))).values()];
  }

  private connected(): { loader: ResourceLoader<object>; resolve: Resolve } {
    if (this.connection) return this.connection;
    throw new Error(`The resource ${this.name} is used before ResourceRegistry.connect() has run.`);
  }
}

function checkAskable(where: string, rule: RuleNode): void {
  for (const leaf of leavesOf(rule)) {
    if (leaf.kind !== 'fn' || leaf.query) continue;
    throw new SecurityConfigError(
      'resource.invalid',
      where,
      `has r.fn('${leaf.name}') without a query, and a list needs one`,
      `write r.fn('${leaf.name}', (object, caller) => …, (caller) => ({ … })), or say it with r.where, r.same and r.owner`,
    );
  }
}
