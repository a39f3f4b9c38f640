import type { Type } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Audience } from './audience.js';
import type { MaybePromise } from './decision.js';
import type { ListFilter } from './listing.js';
import type { Principal } from './principal.js';

/**
 * Loads the objects of one resource for the guard. Guards run before pipes, so the loader also parses the id.
 *
 * @example
 * ```ts
 * @Injectable()
 * class OrderLoader implements ResourceLoader<Order> {
 *   constructor(private readonly orders: OrderStore) {}
 *   parseId(raw: unknown) {
 *     return typeof raw === 'string' && isUuid(raw) ? raw : undefined;
 *   }
 *   loadMany(ids: readonly string[]) {
 *     return Promise.all(ids.map((id) => this.orders.find(id)));
 *   }
 * }
 * ```
 */
export interface ResourceLoader<T extends object, Id = unknown> {
  /** Whether `loadMany` locks where it is asked to. Without it `lock: 'update'` does not boot. */
  readonly locks?: boolean;
  /** The id in its own type, or `undefined` where what came cannot be one (answered like a missing object). */
  parseId(raw: unknown): Id | undefined;
  /**
   * One entry an id, in the same order; `undefined` or `null` where there is none. Throws where the data source fails: 503.
   *
   * @param lock only where a route asks for it: lock the rows in the transaction of that request
   */
  loadMany(ids: readonly Id[], lock?: LoadLock): MaybePromise<ReadonlyArray<T | undefined | null>>;
}

/** What `lock: 'update'` of a route asks of the loader. */
export interface LoadLock {
  readonly mode: 'update';
  /** Node's own request: by it the application finds the transaction that it keeps open until the handler is done. */
  readonly request: IncomingMessage;
}

/** Gives the query condition under which a caller may read rows, in the form that the data source takes. */
export type ListQuery = (principal: Principal, audience: Audience) => unknown;

/** Gives the query condition that admits the rows of these objects, as long as the caller may do with them what was checked. */
export type GuardedQuery = (objects: readonly object[], principal: Principal, audience: Audience) => unknown;

/** Finds a provider of the application. */
export type Resolve = <P>(token: Type<P> | string | symbol) => P;

/** A provider of the application; `undefined` where nothing provides it: Nest's message does not say what to do then, the caller's does. */
export function providedBy<P>(resolve: Resolve, token: Type<P> | string | symbol): P | undefined {
  try {
    return resolve<P>(token);
  } catch {
    return undefined;
  }
}

/** What a data source integration is told about a resource. */
export interface ResourceContext<T extends object = object> {
  readonly entity: Type<T>;
  /** The properties that together are the id. */
  readonly ids: readonly string[];
  readonly resolve: Resolve;
}

/** How a data source integration (`fromTypeorm()`) makes its loader at boot, and its list query where it can. */
export interface LoaderFactory<T extends object> {
  create(
    context: ResourceContext<T> & {
      /** The paths that rules follow: what the loader has to load with the object. `[['userId'], ['account', 'members', 'userId']]`. */
      readonly paths: ReadonlyArray<readonly string[]>;
    },
  ): ResourceLoader<T>;
  /** Compiles a rule (the data form of `policy/rule.ts`) into a query; left out where the data source has none. */
  query?(context: ResourceContext<T>, rule: unknown): ListQuery;
  /**
   * Makes one condition of those that `query` gave, all of which must hold, for the rows of these objects alone. Left out where
   * the data source has none.
   */
  narrow?(
    context: ResourceContext<T>,
  ): (conditions: readonly unknown[], objects: readonly object[]) => unknown;
  /**
   * The properties of the entity that hold the same as this one: the columns of a relation, and the relations whose columns the entity
   * has and this one is among. Whoever writes one of them writes this one.
   */
  columnsOf?(context: ResourceContext<T>, property: string): readonly string[];
  /**
   * What holds the rows at the end of a path through relations, and of an empty path the resource's own; `undefined` where it ends elsewhere.
   * It is the same for all whose rows are the same. Left out: it is not known whose rows rules read.
   */
  tableAt?(context: ResourceContext<T>, path: readonly string[]): unknown;
  /** The classes beside its own that its rows are made of: the children of a table that holds several. Left out: none are known. */
  subclassesOf?(context: ResourceContext<T>): ReadonlyArray<Type<object>>;
  /** Refuses, at boot, filters and properties that the data source cannot filter or sort by as a client's query would have it. */
  checkListing?(
    context: ResourceContext<T>,
    filters: ReadonlyArray<Pick<ListFilter, 'property' | 'operator'>>,
    sorts: readonly string[],
  ): void;
}
