import { asc, is, type SQL } from 'drizzle-orm';
import { PgTable, PgTransaction } from 'drizzle-orm/pg-core';
import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import type { RequestTransactionOf } from '../../core/request-transaction.js';
import type { ResourceLoader } from '../../core/resource-loader.js';
import { parseId, partsOf, type IdDomains, type ParsedId } from '../../policy/value-domain.js';
import { instanceOf } from '../../policy/instance-of.js';
import { idDomain, isKey } from './drizzle-columns.js';
import {
  attachRelated,
  rowKey,
  matching,
  select,
  wantedRelations,
  type DrizzleDatabase,
  type DrizzleSelect,
  type Row,
} from './drizzle-related.js';
import type { TableNode } from './drizzle-relation.js';

/** Gives what `database.transaction(async (tx) => …)` handed over for a request. */
export type RequestTransaction = RequestTransactionOf<DrizzleDatabase>;

/**
 * Loads rows by id in one query, and in one more for each relation that the rules read. What it hands out are instances of
 * the class.
 *
 * @param transactions where the rows of a request are locked; without it none are
 * @throws {SecurityConfigError} `resource.invalid` where the id is no key of the table
 */
export function drizzleLoader<T extends object>(
  database: DrizzleDatabase,
  entity: Type<T>,
  root: TableNode,
  ids: readonly string[],
  paths: ReadonlyArray<readonly string[]>,
  transactions?: RequestTransaction,
): ResourceLoader<T, ParsedId> {
  const domains = idDomains(entity.name, root, ids);
  const relations = wantedRelations(paths);
  return {
    locks: transactions !== undefined && is(root.table, PgTable),
    parseId: (raw) => parseId(raw, domains),
    async loadMany(wantedIds, lock) {
      const wanted = wantedIds.map((id) => partsOf(id, domains));
      const keys = wanted.map((id) => ids.map((property) => id[property]));
      const condition = matching(root, ids, keys);
      if (!condition) return [];
      const from = lock ? await transactions!.transaction(lock.request) : database;
      const rows = lock
        ? await locked(from, root, ids, condition)
        : await select(from, root.table, condition);
      await attachRelated(from, rows, root, relations);
      const byKey = new Map(rows.map((row) => [rowKey(row, ids), instanceOf(entity, row)]));
      return wanted.map((id) => byKey.get(rowKey(id, ids)));
    },
  };
}

// In the order of their ids: two requests that lock the same rows never wait for each other. What comes back is what is locked.
async function locked(
  transaction: DrizzleDatabase,
  { table, columns }: TableNode,
  ids: readonly string[],
  condition: SQL,
): Promise<Row[]> {
  // Outside of one the lock would end with the statement.
  if (!is(transaction, PgTransaction))
    throw new TypeError(
      'What is to lock the rows is no transaction of Drizzle: hand over tx of database.transaction.',
    );
  const selected = transaction
    .select()
    .from(table as never)
    .where(condition) as unknown as DrizzleSelect;
  return (await selected.orderBy(...ids.map((id) => asc(columns[id]!))).for('update')) as Row[];
}

/** The condition under which a row is one of these objects, by their ids; `undefined` for none. */
export function rowsOf(root: TableNode, ids: readonly string[], objects: readonly object[]): SQL | undefined {
  return matching(
    root,
    ids,
    objects.map((row) => ids.map((id) => (row as Row)[id])),
  );
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
