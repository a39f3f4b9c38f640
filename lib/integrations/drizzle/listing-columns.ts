import { is, SQL, type Column } from 'drizzle-orm';
import { PgTimestamp } from 'drizzle-orm/pg-core';
import { SQLiteTimestamp } from 'drizzle-orm/sqlite-core';
import { SecurityConfigError } from '../../core/config-error.js';
import {
  fitsCursor,
  LONGEST_TEXT,
  parseDate,
  parseMilliseconds,
  type ListColumn,
} from '../../policy/keyset.js';
import type { ListColumns } from '../../policy/list-pages.js';
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
  const cannot = (property: string, what: string, fix: string) =>
    new SecurityConfigError(
      'resource.invalid',
      `${name}.${property}`,
      `is no column that a list can ${what} by`,
      `${what} by ${fix}`,
    );
  const columnOf = (property: string) => (Object.hasOwn(columns, property) ? columns[property] : undefined);
  return {
    filter(property): ListColumn {
      const column = columnOf(property);
      const parse = column && filterParser(column);
      if (parse) return { property, parse };
      throw cannot(property, 'filter', 'a uuid, text, number, boolean, enum or date column');
    },
    sort(property): ListColumn {
      const column = columnOf(property);
      const parse = column?.notNull ? sortParser(column, ids.includes(property)) : undefined;
      if (parse) return { property, parse };
      throw cannot(
        property,
        'sort',
        `a uuid, integer or text column (length at most ${LONGEST_TEXT}, but for an id) or a date of mode 'date', with .notNull(); a date needs precision: 3 in PostgreSQL, and in SQLite no default that is SQL, because JavaScript knows no more than milliseconds`,
      );
    },
  };
}

function filterParser(column: Column): ListColumn['parse'] | undefined {
  if (column.dataType === 'date') return parseDate;
  if (NUMBERS.has(column.columnType))
    return (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
  const domain = columnDomain(column);
  if (!domain) return undefined;
  // Neither is an id.
  const fixed = domain === BOOLEAN_DOMAIN || column.columnType === 'PgEnumColumn';
  return fixed ? (value) => (domain.holds(value as string) ? value : undefined) : domain.parse;
}

function sortParser(column: Column, isId: boolean): ListColumn['parse'] | undefined {
  // What the database sets may have more digits than a Date, and is then never equal to it.
  if (is(column, SQLiteTimestamp)) return is(column.default, SQL) ? undefined : parseMilliseconds;
  if (is(column, PgTimestamp))
    return column.precision !== undefined && column.precision <= 3 ? parseMilliseconds : undefined;
  const domain = columnDomain(column);
  if (!domain || domain === BOOLEAN_DOMAIN || column.columnType === 'PgEnumColumn') return undefined;
  if (!isText(column)) return domain.parse;
  const { length } = column as Column & { readonly length?: number };
  if (!isId && !(length !== undefined && length <= LONGEST_TEXT)) return undefined;
  // An empty text is a value here, though it is no id.
  return (value) =>
    typeof value === 'string' && fitsCursor(value) && domain.holds(value) ? value : undefined;
}
