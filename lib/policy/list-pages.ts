import { SecurityConfigError } from '../core/config-error.js';
import { LONGEST_POSITION, type Listing, type ListFilter, type ListPlan } from '../core/listing.js';
import { Page } from '../core/page.js';
import { keyset, orderName, type Comparison, type Keyset, type OrderKey } from './keyset.js';
import type { ColumnFilter, ListColumns } from './list-columns.js';
import type { ParseListed } from './list-values.js';

/** One request for a page, for a data source to write as a query. */
export interface AskedPage {
  readonly limit: number;
  readonly keyset: Keyset;
  /** The client's filters, all of which hold. */
  readonly filters: readonly Comparison[];
  /** The rows behind the cursor; `undefined` on the first page. */
  readonly behind: ReadonlyArray<readonly Comparison[]> | undefined;
}

/** The order of the application where the client names none. */
export type DefaultOrder = Readonly<Partial<Record<string, OrderKey[1]>>>;

interface Filter {
  readonly filter: ListFilter;
  readonly parse: ParseListed;
}

interface CompiledList {
  readonly filters: readonly Filter[];
  /** By what the client names: `-total`. */
  readonly sorts: Map<string, Keyset>;
  /** By the order of the application: most write it once, and hand over the same object, which is not read again. */
  readonly defaults: WeakMap<DefaultOrder, Keyset>;
}

const MOST_VALUES = 100;
const BY_ID: DefaultOrder = {};

/** The pages of one class of one data source: its columns and orders are looked up once, and not for each request. */
export class ListPages {
  readonly #lists = new WeakMap<ListPlan, CompiledList>();
  readonly #keysets = new Map<string, Keyset>();

  constructor(private readonly columns: ListColumns) {}

  /**
   * Looks, at boot, at what clients may ask for.
   *
   * @param sorts the properties that they may sort by
   * @param ids the properties that together are the id: the last keys of every order
   * @throws {SecurityConfigError} `resource.invalid` for a filter or an order that cannot be
   */
  check(filters: readonly ColumnFilter[], sorts: readonly string[], ids: readonly string[]): void {
    for (const filter of filters) this.columns.filter(filter);
    this.#ordered(ids, []);
    // The longer name of the two.
    for (const property of sorts) this.#ordered(ids, [[property, 'DESC']]);
  }

  /**
   * What a request asks for.
   *
   * @throws {SecurityDenial} `input.invalid` for a cursor of another order, or a filter value that the column cannot have
   * @throws {SecurityConfigError} `resource.invalid` for an order that rows cannot be paged by, or whose rows no cursor holds
   * @throws {TypeError} for a limit that is no whole number from 1
   */
  ask(listing: Listing, query: { readonly limit: number }, byDefault: DefaultOrder = BY_ID): AskedPage {
    const { limit } = query;
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new TypeError('The limit of the page is no whole number from 1.');
    const { plan } = listing;
    const list = this.#listOf(plan);
    const sent = query as unknown as Readonly<Record<string, unknown>>;
    const named = plan.sort === undefined ? undefined : sent[plan.sort];
    const order =
      typeof named === 'string' ? this.#sorted(list, plan, named) : this.#byDefault(list, plan, byDefault);
    const position = listing.after(order.name, order.keys.length);
    const behind = position && (order.behind(position) ?? listing.refuseCursor());
    return { limit, keyset: order, filters: filtersOf(list, sent, listing), behind };
  }

  #listOf(plan: ListPlan): CompiledList {
    let list = this.#lists.get(plan);
    if (!list) {
      const filters = plan.filters.map((filter) => ({ filter, parse: this.columns.filter(filter) }));
      this.#lists.set(plan, (list = { filters, sorts: new Map(), defaults: new WeakMap() }));
    }
    return list;
  }

  #sorted({ sorts }: CompiledList, plan: ListPlan, named: string): Keyset {
    let order = sorts.get(named);
    if (!order) {
      const key: OrderKey = named.startsWith('-') ? [named.slice(1), 'DESC'] : [named, 'ASC'];
      sorts.set(named, (order = this.#ordered(plan.ids, [key])));
    }
    return order;
  }

  #byDefault({ defaults }: CompiledList, plan: ListPlan, byDefault: DefaultOrder): Keyset {
    let order = defaults.get(byDefault);
    if (!order) defaults.set(byDefault, (order = this.#ordered(plan.ids, entriesOf(byDefault))));
    return order;
  }

  #ordered(ids: readonly string[], wanted: readonly OrderKey[]): Keyset {
    const last = wanted.at(-1)?.[1] ?? 'ASC';
    const rest = ids.filter((id) => !wanted.some(([property]) => property === id));
    const keys = [...wanted, ...rest.map((id) => [id, last] as const)];
    const name = orderName(keys);
    let order = this.#keysets.get(name);
    if (!order) {
      order = keyset(
        keys,
        keys.map(([property]) => this.columns.sort(property)),
      );
      if (order.longest > LONGEST_POSITION) throw tooLong(this.columns.name, order);
      this.#keysets.set(name, order);
    }
    return order;
  }
}

/** The page of what a query for one row more than `limit` gave. */
export function pageOf<T extends object>(
  rows: readonly T[],
  { limit, keyset: order }: AskedPage,
  listing: Listing,
): Page<T> {
  const items = rows.slice(0, limit);
  listing.admit(items);
  return new Page(
    items,
    rows.length > limit ? listing.cursor(order.name, order.valuesOf(items.at(-1)!)) : null,
  );
}

// The guard would refuse the cursor of its own list.
function tooLong(name: string, order: Keyset): SecurityConfigError {
  return new SecurityConfigError(
    'resource.invalid',
    name,
    `is in order by ${order.name}: a row of it may need ${order.longest} bytes of a cursor, which has ${LONGEST_POSITION}`,
    'sort by fewer texts, or by shorter ones: four of 200 characters fit, whatever they are',
  );
}

function entriesOf(order: DefaultOrder): readonly OrderKey[] {
  return Object.entries(order).map(([property, direction]) => {
    // It becomes SQL.
    if (direction === 'ASC' || direction === 'DESC') return [property, direction];
    throw new TypeError(`The order by ${property} is neither 'ASC' nor 'DESC'.`);
  });
}

function filtersOf(
  { filters }: CompiledList,
  sent: Readonly<Record<string, unknown>>,
  listing: Listing,
): readonly Comparison[] {
  return filters.flatMap(({ filter, parse }): readonly Comparison[] => {
    const { property, operator: is } = filter;
    const value = sent[filter.name];
    if (value === undefined || value === null) return [];
    const values = (is === 'in' && Array.isArray(value) ? (value as unknown[]) : [value]).map(parse);
    if (values.length > MOST_VALUES || values.includes(undefined)) listing.refuseFilter(filter);
    return [{ property, is, value: is === 'in' ? values : values[0] }];
  });
}
