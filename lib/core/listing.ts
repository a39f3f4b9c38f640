import type { Denial } from './decision.js';
import { freezePlain } from './freeze-plain.js';
import { SecurityDenial } from './security-denial.js';

/** What a cursor can hold of a row: the values that the rows are in order by. A date is its milliseconds. */
export type CursorValue = string | number | boolean;

/** The longest position of a cursor, in bytes of JSON: the name of the order and the values of a row. Four texts of 200 characters fit, whatever they are. */
export const LONGEST_POSITION = 6096;

/** How a filter compares a property with what the client sent. */
export type FilterOperator = 'equals' | 'in' | 'from' | 'to';

/** One filter of a list, as its query class declares it. */
export interface ListFilter {
  /** The property of the query class. */
  readonly name: string;
  /** The name that a client writes. */
  readonly key: string;
  /** The property of the listed entity. */
  readonly property: string;
  readonly operator: FilterOperator;
}

/** What a client may ask of one list. Compiled at boot. */
export interface ListPlan {
  /** The class of the listed rows. */
  readonly entity: unknown;
  /** The properties that together are the id: the last keys of every order. */
  readonly ids: readonly string[];
  /** The path to the owner of a row. */
  readonly owner: readonly string[];
  readonly filters: readonly ListFilter[];
  /** The property of the query class that names the order; `undefined` where the client has no say, and where the order that the class assigns is not for them. */
  readonly sort: string | undefined;
}

/** Makes and reads the cursors of one request. */
export interface CursorSeal {
  seal(content: readonly CursorValue[]): string;
  /** What the cursor of the request holds; `undefined` where it has none. */
  readonly position: readonly CursorValue[] | undefined;
  /** The answer to a cursor that does not fit. */
  readonly refused: Denial;
}

/**
 * One request for a page of a list: what comes after which row, and the cursor of the next page. `page()` of a data source
 * integration asks it; for another data source ask it yourself, {@link listingOf}.
 */
export class Listing {
  #admitted: WeakSet<object> | undefined;

  constructor(
    readonly plan: ListPlan,
    private readonly cursors: CursorSeal,
  ) {}

  /**
   * The values of the last row of the page before, one a key of the order; `undefined` on the first page.
   *
   * @param order names the keys and their directions, `createdAt DESC, id DESC`
   * @throws {SecurityDenial} `input.invalid` where the cursor was made for another order
   */
  after(order: string, keys: number): readonly CursorValue[] | undefined {
    const { position } = this.cursors;
    if (position === undefined) return undefined;
    if (position[0] !== order || position.length !== keys + 1) this.refuseCursor();
    return position.slice(1);
  }

  /** Notes the rows that the list's own query gave: its condition has admitted them. */
  admit(rows: readonly object[]): void {
    this.#admitted ??= new WeakSet();
    for (const row of rows) this.#admitted.add(row);
  }

  /** Whether the list's own query gave a row, itself and no copy. */
  hasAdmitted(row: object): boolean {
    return this.#admitted?.has(row) === true;
  }

  /**
   * The cursor that continues behind a row: opaque, signed, for this caller and this list alone.
   *
   * @throws {RangeError} for values of more than 6,096 bytes, as JSON with the order: the cursor would be refused
   */
  cursor(order: string, values: readonly CursorValue[]): string {
    return this.cursors.seal([order, ...values]);
  }

  /** The refusal of a cursor whose values cannot be those of a row. */
  refuseCursor(): never {
    throw new SecurityDenial(this.cursors.refused);
  }

  /** The refusal of a filter whose value no row can have. */
  refuseFilter({ key }: ListFilter): never {
    const error = {
      pointer: `/${key}`,
      code: 'filter',
      detail: 'is no value that this list can have',
    };
    throw new SecurityDenial({ ...this.cursors.refused, errors: [error], logged: undefined });
  }
}

// Not a property of the condition, which goes to the data source.
const LISTINGS = new WeakMap<object, Listing | 'shared'>();

/**
 * Remembers for which request a condition was made, which nobody changes any more. One that is handed out twice says nothing about either
 * request.
 */
export function keepListing(condition: object, listing: Listing): void {
  freezePlain(condition);
  LISTINGS.set(condition, LISTINGS.has(condition) ? 'shared' : listing);
}

/**
 * The page that a request asks for, by the condition that `@Where()` handed over.
 *
 * @throws {Error} for any other object, a copy included: only the condition itself limits the list
 * @example
 * ```ts
 * const listing = listingOf(mine);
 * const after = listing.after('createdAt DESC, id DESC', 2); // undefined, or [milliseconds, id]
 * ```
 */
export function listingOf(condition: unknown): Listing {
  const found = typeof condition === 'object' && condition !== null ? LISTINGS.get(condition) : undefined;
  if (found instanceof Listing) return found;
  throw new Error(
    found === 'shared'
      ? 'The query of this resource gives one and the same condition to several requests: make a new one for each.'
      : 'This is no condition of @Where() of a route with @Lists and a @Query() of PageQuery: hand over the condition itself, not a copy.',
  );
}
