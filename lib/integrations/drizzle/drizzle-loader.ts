import type { SQL } from 'drizzle-orm';
import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import type { ResourceLoader } from '../../core/resource-loader.js';
import { parseId, partsOf, type IdDomains, type ParsedId } from '../../policy/value-domain.js';
import { instanceOf } from '../../policy/instance-of.js';
import { idDomain, isKey } from './drizzle-columns.js';
import {
  attachRelated,
  keyOf,
  matching,
  select,
  wantedRelations,
  type DrizzleDatabase,
  type Row,
} from './drizzle-related.js';
import type { TableNode } from './drizzle-relation.js';

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
  return {
    parseId: (raw) => parseId(raw, domains),
    async loadMany(wantedIds) {
      const wanted = wantedIds.map((id) => partsOf(id, domains));
      const keys = wanted.map((id) => ids.map((property) => id[property]));
      const condition = matching(root, ids, keys);
      if (!condition) return [];
      const rows = await select(database, root.table, condition);
      await attachRelated(database, rows, root, relations);
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
