import { and, eq, inArray, or, type SQL, type Table } from 'drizzle-orm';
import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import type { ResourceLoader } from '../../core/resource-loader.js';
import { parseId, partsOf, type IdDomains, type ParsedId } from '../../policy/value-domain.js';
import { instanceOf } from '../../policy/instance-of.js';
import { idDomain, isKey } from './drizzle-columns.js';
import type { RelationNode, TableNode } from './drizzle-relation.js';

/** The part of a Drizzle database that is used: the same in every driver. */
export interface DrizzleDatabase {
  select(): { from(table: never): { where(condition: SQL): PromiseLike<unknown> } };
}

type Row = Record<string, unknown>;
interface Wanted extends Map<string, Wanted> {}

/**
 * Loads rows by id in one query, and in one more for each relation that the rules read. What it hands out are instances of
 * the class.
 *
 * @throws {SecurityConfigError} `resource.invalid` where the id is no key of the table
 */
export function drizzleLoader<T extends object>(
  database: DrizzleDatabase,
  entity: Type<T>,
  root: TableNode,
  ids: readonly string[],
  paths: ReadonlyArray<readonly string[]>,
): ResourceLoader<T, ParsedId> {
  const domains = idDomains(entity.name, root, ids);
  const relations = wantedRelations(paths);
  const select = async (table: Table, condition: SQL) =>
    (await database
      .select()
      .from(table as never)
      .where(condition)) as Row[];

  const attach = async (rows: readonly Row[], node: TableNode, wanted: Wanted): Promise<void> => {
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
      const related = condition ? await select(relation.table, condition) : [];
      await attach(related, relation, below);
      give(rows, name, relation, related);
    }
  };

  return {
    parseId: (raw) => parseId(raw, domains),
    async loadMany(wantedIds) {
      const wanted = wantedIds.map((id) => partsOf(id, domains));
      const keys = wanted.map((id) => ids.map((property) => id[property]));
      const condition = matching(root, ids, keys);
      if (!condition) return [];
      const rows = await select(root.table, condition);
      await attach(rows, root, relations);
      const byKey = new Map(rows.map((row) => [keyOf(row, ids), instanceOf(entity, row)]));
      return wanted.map((id) => byKey.get(keyOf(id, ids)));
    },
  };
}

/** The condition under which a row is one of these objects, by their ids; `undefined` for none. */
export function rowsOf(root: TableNode, ids: readonly string[], objects: readonly object[]): SQL | undefined {
  return matching(
    root,
    ids,
    objects.map((row) => ids.map((id) => (row as Row)[id])),
  );
}

function wantedRelations(paths: ReadonlyArray<readonly string[]>): Wanted {
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

// A row whose key has a NULL is related to nothing.
function keyOf(row: Row, properties: readonly string[]): string | undefined {
  const values = properties.map((property) => row[property]);
  return values.includes(null) || values.includes(undefined) ? undefined : JSON.stringify(values.map(String));
}

function distinctKeys(
  rows: readonly Row[],
  properties: readonly string[],
): ReadonlyArray<readonly unknown[]> {
  const keys = new Map<string, readonly unknown[]>();
  for (const row of rows) {
    const key = keyOf(row, properties);
    if (key !== undefined)
      keys.set(
        key,
        properties.map((property) => row[property]),
      );
  }
  return [...keys.values()];
}

// `undefined` for no keys: an empty list of conditions would mean every row.
function matching(
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
    const key = keyOf(
      row,
      on.map(([, property]) => property),
    );
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  for (const row of rows) {
    const key = keyOf(
      row,
      on.map(([own]) => own),
    );
    const found = key === undefined ? [] : (byKey.get(key) ?? []);
    row[name] = many ? found : (found[0] ?? null);
  }
}

function idDomains(name: string, root: TableNode, ids: readonly string[]): IdDomains {
  const wrong = (problem: string, fix: string) =>
    new SecurityConfigError('resource.invalid', `${name}.id`, problem, fix);
  const domains = ids.map((id) => {
    const column = root.columns[id];
    if (!column)
      throw wrong(`names ${id}, which is no column`, `known: ${Object.keys(root.columns).join(', ')}`);
    const domain = idDomain(column);
    if (!domain)
      throw wrong(`is ${id}, which cannot be parsed as an id`, 'use a uuid, integer or text column');
    return [id, domain] as const;
  });
  if (isKey(root.table, ids)) return domains;
  throw wrong(`is ${ids.join(' and ')}, which two rows may share`, 'write the primary key of the table');
}
