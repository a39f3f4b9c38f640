import type { CursorValue } from '../core/listing.js';

/** The direction of one key. */
export type Direction = 'ASC' | 'DESC';

/** A property that rows are in order by. */
export type OrderKey = readonly [property: string, direction: Direction];

/** A column that a list is filtered or in order by. */
export interface ListColumn {
  readonly property: string;
  /** The value as the database takes it, or `undefined` where the column cannot hold it. */
  readonly parse: (value: unknown) => unknown;
}

/** One comparison of a list. With `in` the value is a list. */
export interface Comparison {
  readonly property: string;
  readonly is: 'equals' | 'in' | 'from' | 'to' | 'more' | 'less';
  readonly value: unknown;
}

/** An order in which every row has its own place: the keys, outermost first, the id last. */
export interface Keyset {
  /** `createdAt DESC, id DESC`: a cursor of another order is none of this one. */
  readonly name: string;
  readonly keys: readonly OrderKey[];
  /**
   * What a cursor keeps of a row.
   *
   * @throws {TypeError} for a row whose value no cursor brings back: the next page would lose rows
   */
  valuesOf(row: object): CursorValue[];
  /** The rows behind a position: all comparisons of one of the lists hold. `undefined` where a value cannot be one. */
  behind(position: readonly CursorValue[]): ReadonlyArray<readonly Comparison[]> | undefined;
}

/** The name of an order. */
export function orderName(keys: readonly OrderKey[]): string {
  return keys.map(([property, direction]) => `${property} ${direction}`).join(', ');
}

/** Compiles an order, given the columns of its keys. */
export function keyset(keys: readonly OrderKey[], columns: readonly ListColumn[]): Keyset {
  return {
    name: orderName(keys),
    keys,
    valuesOf: (row) => columns.map((column) => cursorValue(column, row)),
    behind(position) {
      const values = columns.map(({ parse }, at) => parse(position[at]));
      if (values.includes(undefined)) return undefined;
      const equal = keys.map(([property], at): Comparison => ({ property, is: 'equals', value: values[at] }));
      return keys.map(([property, direction], at) => [
        ...equal.slice(0, at),
        { property, is: direction === 'ASC' ? 'more' : 'less', value: values[at] },
      ]);
    },
  };
}

/** The longest text, in characters, that rows are in order by: a cursor holds it, and a client sends the cursor in a URL. */
export const LONGEST_TEXT = 200;

/** Whether a cursor can hold a text. In characters, as databases count the length of a column, and not in units of UTF-16. */
export function fitsCursor(text: string): boolean {
  return text.length <= 2 * LONGEST_TEXT && Array.from(text).length <= LONGEST_TEXT;
}

const LAST_MILLISECOND = 253_402_300_799_999;

/** A date as a cursor keeps it, in milliseconds. */
export function parseMilliseconds(value: unknown): Date | undefined {
  const fits = Number.isSafeInteger(value) && Math.abs(value as number) <= LAST_MILLISECOND;
  return fits ? new Date(value as number) : undefined;
}

/** A date that a client filters by. */
export function parseDate(value: unknown): Date | undefined {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value : undefined;
}

function cursorValue({ property, parse }: ListColumn, row: object): CursorValue {
  const value = (row as Readonly<Record<string, unknown>>)[property];
  const kept = value instanceof Date ? value.getTime() : typeof value === 'bigint' ? String(value) : value;
  if (parse(kept) !== undefined) return kept as CursorValue;
  throw new TypeError(`${property} of a row has no value that a cursor can hold: sort by another property.`);
}
