import type { CursorValue } from '../core/listing.js';
import type { SortForm } from './list-values.js';

/** The direction of one key. */
export type Direction = 'ASC' | 'DESC';

/** A property that rows are in order by. */
export type OrderKey = readonly [property: string, direction: Direction];

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
  /** The most bytes of a position in it, as JSON with the name. */
  readonly longest: number;
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

/** Compiles an order, given how rows are in order by each of its keys. */
export function keyset(keys: readonly OrderKey[], forms: readonly SortForm[]): Keyset {
  const name = orderName(keys);
  return {
    name,
    keys,
    // Each value behind a comma, in brackets.
    longest: forms.reduce((sum, { longest }) => sum + 1 + longest, Buffer.byteLength(JSON.stringify([name]))),
    valuesOf: (row) => keys.map(([property], at) => cursorValue(property, forms[at]!, row)),
    behind(position) {
      const values = forms.map(({ parse }, at) => parse(position[at]));
      if (values.includes(undefined)) return undefined;
      const equal = keys.map(([property], at): Comparison => ({ property, is: 'equals', value: values[at] }));
      return keys.map(([property, direction], at) => [
        ...equal.slice(0, at),
        { property, is: direction === 'ASC' ? 'more' : 'less', value: values[at] },
      ]);
    },
  };
}

function cursorValue(property: string, { parse }: SortForm, row: object): CursorValue {
  const value = (row as Readonly<Record<string, unknown>>)[property];
  const kept = value instanceof Date ? value.getTime() : typeof value === 'bigint' ? String(value) : value;
  if (parse(kept) !== undefined) return kept as CursorValue;
  throw new TypeError(`${property} of a row has no value that a cursor can hold: sort by another property.`);
}
