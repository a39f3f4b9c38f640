import { and, eq, inArray, or, type SQL, type Table } from 'drizzle-orm';
import type { RelationNode, TableNode } from './drizzle-relation.js';

/** The part of a Drizzle database that is used: the same in every driver. */
export interface DrizzleDatabase {
  select(): { from(table: never): { where(condition: SQL): PromiseLike<unknown> } };
}

/** A query of {@link DrizzleDatabase}, which runs when it is awaited. Its own types differ from driver to driver. */
export interface DrizzleSelect extends PromiseLike<unknown> {
  orderBy(...keys: SQL[]): DrizzleSelect;
  limit(rows: number): DrizzleSelect;
  for(strength: 'update'): DrizzleSelect;
}

/** A row as Drizzle gives it, by property. */
export type Row = Record<string, unknown>;

/** Relations to load with a row, and those to load with them. */
export interface Wanted extends Map<string, Wanted> {}

/** Loads into rows, in place, what they are related to: with one query a relation. */
export async function attachRelated(
  database: DrizzleDatabase,
  rows: readonly Row[],
  node: TableNode,
  wanted: Wanted,
): Promise<void> {
  for (const [name, below] of wanted) {
    const relation = node.relations.get(name)!;
    const keys = distinctKeys(
      rows,
      relation.on.map(([own]) => own),
    );
    const condition = matching(
      relation,
      relation.on.map(([, related]) => related),
      keys,
    );
    const related = condition ? await select(database, relation.table, condition) : [];
    await attachRelated(database, related, relation, below);
    give(rows, name, relation, related);
  }
}

/** The rows of a table under a condition. */
export async function select(database: DrizzleDatabase, table: Table, condition: SQL): Promise<Row[]> {
  return (await database
    .select()
    .from(table as never)
    .where(condition)) as Row[];
}

/** The relations on the way of some paths. */
export function wantedRelations(paths: ReadonlyArray<readonly string[]>): Wanted {
  const tree: Wanted = new Map();
  for (const path of paths) {
    let branch = tree;
    for (const step of path.slice(0, -1)) {
      const next: Wanted = branch.get(step) ?? new Map();
      branch.set(step, next);
      branch = next;
    }
  }
  return tree;
}

/** The key of a row by some properties. A row whose key has a NULL is related to nothing. */
export function rowKey(row: Row, properties: readonly string[]): string | undefined {
  const values = properties.map((property) => row[property]);
  return values.includes(null) || values.includes(undefined) ? undefined : JSON.stringify(values.map(String));
}

function distinctKeys(
  rows: readonly Row[],
  properties: readonly string[],
): ReadonlyArray<readonly unknown[]> {
  const keys = new Map<string, readonly unknown[]>();
  for (const row of rows) {
    const key = rowKey(row, properties);
    if (key !== undefined)
      keys.set(
        key,
        properties.map((property) => row[property]),
      );
  }
  return [...keys.values()];
}

/** The condition under which a row has one of these keys; `undefined` for no keys: an empty list of conditions would mean every row. */
export function matching(
  node: TableNode,
  properties: readonly string[],
  keys: ReadonlyArray<readonly unknown[]>,
): SQL | undefined {
  if (keys.length === 0) return undefined;
  const columns = properties.map((property) => node.columns[property]!);
  if (columns.length === 1)
    return inArray(
      columns[0]!,
      keys.map(([value]) => value),
    );
  return or(...keys.map((key) => and(...columns.map((column, index) => eq(column, key[index])))));
}

function give(rows: readonly Row[], name: string, { on, many }: RelationNode, related: readonly Row[]): void {
  const byKey = new Map<string | undefined, Row[]>();
  for (const row of related) {
    const key = rowKey(
      row,
      on.map(([, property]) => property),
    );
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  for (const row of rows) {
    const key = rowKey(
      row,
      on.map(([own]) => own),
    );
    const found = key === undefined ? [] : (byKey.get(key) ?? []);
    row[name] = many ? found : (found[0] ?? null);
  }
}
