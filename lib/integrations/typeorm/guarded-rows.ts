import { Equal, In } from 'typeorm';
import { eachWith, type Condition } from './narrow.js';

/** The conditions under which a row is one of these objects, by their ids. */
export function rowsOf(objects: readonly object[], ids: readonly string[]): readonly Condition[] {
  const rows = objects as ReadonlyArray<Readonly<Record<string, unknown>>>;
  if (ids.length > 1) return rows.map((row) => Object.fromEntries(ids.map((id) => [id, Equal(row[id])])));
  const id = ids[0]!;
  return [{ [id]: rows.length === 1 ? Equal(rows[0]![id]) : In(rows.map((row) => row[id])) }];
}

/** All of the conditions together, each of which may be a list of alternatives, for these rows. */
export function narrowed(
  conditions: readonly unknown[],
  rows: readonly Condition[],
): Condition | readonly Condition[] {
  const alternatives = (conditions as ReadonlyArray<Condition | readonly Condition[]>).reduce<
    readonly Condition[]
  >((present, one) => eachWith(present, (Array.isArray(one) ? one : [one]) as readonly Condition[]), rows);
  return alternatives.length === 1 ? alternatives[0]! : alternatives;
}
