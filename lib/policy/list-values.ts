import type { FilterOperator } from '../core/listing.js';
import type { ValueDomain } from './value-domain.js';

/** A value of a client or of a cursor as the database takes it; `undefined` where the column cannot hold it. */
export type ParseListed = (value: unknown) => unknown;

/** How a column can be filtered by. */
export interface FilterForm {
  readonly parse: ParseListed;
  /** The operators that have one meaning in every data source. */
  readonly operators: readonly FilterOperator[];
}

/** How rows can be in order by a column. */
export interface SortForm {
  readonly parse: ParseListed;
  /** The most bytes that a value takes in a cursor, as JSON. */
  readonly longest: number;
}

/** The longest text, in characters, that rows are in order by: a cursor holds it, and a client sends the cursor in a URL. */
export const LONGEST_TEXT = 200;

const ORDERED: readonly FilterOperator[] = ['equals', 'in', 'from', 'to'];
const LAST_MILLISECOND = 253_402_300_799_999;
// A UUID and its quotes; numbers and 64-bit integers as text are shorter.
const LONGEST_VALUE = 38;
// `\u0001`: JSON writes no character longer.
const LONGEST_CHARACTER = 6;

/** A filter by a column of dates. */
export const DATE_FILTER: FilterForm = {
  parse: (value) => (value instanceof Date && !Number.isNaN(value.getTime()) ? value : undefined),
  operators: ORDERED,
};

/** A filter by a column of numbers that need not be whole. */
export const NUMBER_FILTER: FilterForm = {
  parse: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined),
  operators: ORDERED,
};

/** A filter by a column of `true` and `false`: neither is more, and there is nothing to choose several of. */
export const BOOLEAN_FILTER: FilterForm = {
  parse: (value) => (typeof value === 'boolean' ? value : undefined),
  operators: ['equals'],
};

/** A filter by one of a few words. Which of two is more, only some databases say. */
export function wordFilter(words: readonly unknown[]): FilterForm {
  return { parse: (value) => (words.includes(value) ? value : undefined), operators: ['equals', 'in'] };
}

/** A filter by a column of texts, UUIDs or integers. */
export function domainFilter({ parse }: ValueDomain): FilterForm {
  return { parse, operators: ORDERED };
}

/** An order by a column of dates, which a cursor keeps in milliseconds. */
export const DATE_SORT: SortForm = {
  parse: (value) => {
    const fits = Number.isSafeInteger(value) && Math.abs(value as number) <= LAST_MILLISECOND;
    return fits ? new Date(value as number) : undefined;
  },
  longest: LONGEST_VALUE,
};

/** An order by a column of UUIDs or integers. */
export function domainSort({ parse }: ValueDomain): SortForm {
  return { parse, longest: LONGEST_VALUE };
}

/**
 * An order by a column of texts, where none is longer than a cursor can hold.
 *
 * @param length of the column, in characters; `undefined` where it has none, which an id alone may
 */
export function textSort(
  { holds }: ValueDomain,
  length: number | undefined,
  isId: boolean,
): SortForm | undefined {
  const known = length !== undefined && length > 0 && length <= LONGEST_TEXT;
  if (!known && !isId) return undefined;
  return {
    // An empty text is a value here, though it is no id.
    parse: (value) => (typeof value === 'string' && fitsCursor(value) && holds(value) ? value : undefined),
    longest: LONGEST_CHARACTER * (known ? length : LONGEST_TEXT) + 2,
  };
}

/** Whether a cursor can hold a text. In characters, as databases count the length of a column, and not in units of UTF-16. */
function fitsCursor(text: string): boolean {
  return text.length <= 2 * LONGEST_TEXT && Array.from(text).length <= LONGEST_TEXT;
}
