import { is, SQL, type Column } from 'drizzle-orm';
import { PgTimestamp } from 'drizzle-orm/pg-core';
import { SQLiteTimestamp } from 'drizzle-orm/sqlite-core';
import { ListColumns } from '../../policy/list-columns.js';
import {
  BOOLEAN_FILTER,
  DATE_FILTER,
  DATE_SORT,
  domainFilter,
  domainSort,
  LONGEST_TEXT,
  NUMBER_FILTER,
  textSort,
  wordFilter,
  type FilterForm,
  type SortForm,
} from '../../policy/list-values.js';
import { BOOLEAN_DOMAIN } from '../../policy/value-domain.js';
import { columnDomain, isText } from './drizzle-columns.js';
import type { TableNode } from './drizzle-relation.js';

const NUMBERS = new Set([
  'PgNumeric',
  'PgNumericNumber',
  'PgReal',
  'PgDoublePrecision',
  'SQLiteReal',
  'MySqlDecimal',
  'MySqlReal',
  'MySqlFloat',
  'MySqlDouble',
]);

/**
 * The columns of a table, for its pages.
 *
 * @param ids the properties that together are the id: they may be text without a length
 */
export function listColumns(name: string, { columns }: TableNode, ids: readonly string[]): ListColumns {
  const columnOf = (property: string) => (Object.hasOwn(columns, property) ? columns[property] : undefined);
  return new ListColumns({
    name,
    column: 'column',
    filter(property) {
      const column = columnOf(property);
      return column && filterForm(column);
    },
    sort(property) {
      const column = columnOf(property);
      return column?.notNull ? sortForm(column, ids.includes(property)) : undefined;
    },
    filterBy: 'a uuid, text, number, boolean, enum or date column',
    sortBy: `a uuid, integer or text column (length at most ${LONGEST_TEXT}, but for an id) or a date of mode 'date', with .notNull(); a date needs precision: 3 in PostgreSQL, and in SQLite no default that is SQL, because JavaScript knows no more than milliseconds`,
  });
}

function filterForm(column: Column): FilterForm | undefined {
  if (column.dataType === 'date') return DATE_FILTER;
  if (NUMBERS.has(column.columnType)) return NUMBER_FILTER;
  if (isEnum(column)) return wordFilter(column.enumValues ?? []);
  const domain = columnDomain(column);
  return domain === BOOLEAN_DOMAIN ? BOOLEAN_FILTER : domain && domainFilter(domain);
}

function sortForm(column: Column, isId: boolean): SortForm | undefined {
  // What the database sets may have more digits than a Date, and is then never equal to it.
  if (is(column, SQLiteTimestamp)) return is(column.default, SQL) ? undefined : DATE_SORT;
  if (is(column, PgTimestamp))
    return column.precision !== undefined && column.precision <= 3 ? DATE_SORT : undefined;
  const domain = columnDomain(column);
  if (!domain || domain === BOOLEAN_DOMAIN || isEnum(column)) return undefined;
  if (!isText(column)) return domainSort(domain);
  return textSort(domain, (column as Column & { readonly length?: number }).length, isId);
}

function isEnum({ columnType }: Column): boolean {
  return columnType === 'PgEnumColumn';
}
