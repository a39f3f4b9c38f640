import { Equal, LessThan, MoreThan, type DataSource, type EntityMetadata, type FindOperator } from 'typeorm';
import type { CursorValue } from '../../core/listing.js';
import { sortColumn, type ListingColumn } from './listing-columns.js';

/** The direction of one key. */
export type Direction = 'ASC' | 'DESC';

/** An order in which every row has its own place: the keys, outermost first, the id last. */
export interface Keyset {
  /** `createdAt DESC, id DESC`: a cursor of another order is none of this one. */
  readonly name: string;
  readonly order: Readonly<Record<string, Direction>>;
  /** What a cursor keeps of a row. */
  valuesOf(row: object): CursorValue[];
  /** The conditions, of which one must hold, for the rows behind a position; `undefined` where a value cannot be one. */
  behind(
    position: readonly CursorValue[],
  ): ReadonlyArray<Readonly<Record<string, FindOperator<unknown>>>> | undefined;
}

const KNOWN = new WeakMap<EntityMetadata, Map<string, Keyset>>();

/**
 * The keyset of an order. Compiled once: there are as many as orders in the code.
 *
 * @throws {SecurityConfigError} `resource.invalid` for a column that rows cannot be in order by
 */
export function keysetOf(
  dataSource: DataSource,
  metadata: EntityMetadata,
  keys: ReadonlyArray<readonly [property: string, direction: Direction]>,
): Keyset {
  const name = keys.map(([property, direction]) => `${property} ${direction}`).join(', ');
  const known = KNOWN.get(metadata) ?? new Map<string, Keyset>();
  KNOWN.set(metadata, known);
  let keyset = known.get(name);
  if (!keyset) known.set(name, (keyset = compile(dataSource, metadata, keys, name)));
  return keyset;
}

function compile(
  dataSource: DataSource,
  metadata: EntityMetadata,
  keys: ReadonlyArray<readonly [string, Direction]>,
  name: string,
): Keyset {
  const columns: readonly ListingColumn[] = keys.map(([property]) =>
    sortColumn(dataSource, metadata, property),
  );
  return {
    name,
    order: Object.fromEntries(keys),
    valuesOf: (row) =>
      columns.map(({ property }) => {
        const value = (row as Record<string, unknown>)[property];
        return value instanceof Date ? value.getTime() : (value as CursorValue);
      }),
    behind(position) {
      const values = columns.map(({ parse }, at) => parse(position[at]));
      if (values.includes(undefined)) return undefined;
      return keys.map(([property, direction], at) => ({
        ...Object.fromEntries(keys.slice(0, at).map(([equal], before) => [equal, Equal(values[before])])),
        [property]: direction === 'ASC' ? MoreThan(values[at]) : LessThan(values[at]),
      }));
    },
  };
}
