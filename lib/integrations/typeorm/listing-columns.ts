import type { DataSource, EntityMetadata } from 'typeorm';
import { SecurityConfigError } from '../../core/config-error.js';
import {
  fitsCursor,
  LONGEST_TEXT,
  parseDate,
  parseMilliseconds,
  type ListColumn,
} from '../../policy/keyset.js';
import type { ListColumns } from '../../policy/list-pages.js';
import type { ValueDomain } from '../../policy/value-domain.js';
import { columnValues, type ColumnMetadata } from './column-values.js';

const DATES = new Set<unknown>([
  Date,
  'date',
  'datetime',
  'datetime2',
  'timestamp',
  'timestamptz',
  'timestamp with time zone',
  'timestamp without time zone',
]);
const NUMBERS = new Set<unknown>(['decimal', 'numeric', 'float', 'real', 'double', 'double precision']);
const ENUMS = new Set<unknown>(['enum', 'simple-enum']);
const SQLITE = new Set<string>([
  'sqljs',
  'sqlite',
  'better-sqlite3',
  'expo',
  'cordova',
  'react-native',
  'nativescript',
  'capacitor',
]);

/** The columns of an entity, for its pages. */
export function listColumns(dataSource: DataSource, metadata: EntityMetadata): ListColumns {
  return {
    filter: (property) => filterColumn(dataSource, metadata, property),
    sort: (property) => sortColumn(dataSource, metadata, property),
  };
}

/**
 * A column that a client's filter may compare.
 *
 * @throws {SecurityConfigError} `resource.invalid` where it is none, or one whose values have no one form
 */
export function filterColumn(dataSource: DataSource, metadata: EntityMetadata, property: string): ListColumn {
  const column = ownColumn(metadata, property);
  const parse = column && !column.isArray && !column.transformer ? parserOf(column, dataSource) : undefined;
  if (parse) return { property, parse };
  throw cannot(
    metadata,
    property,
    'filter',
    'a uuid, text, number, boolean, enum or date column without transformer',
  );
}

/**
 * A column that rows can be in order by, page for page: one whose values come back from the database as they are in it, so that each row
 * stands on exactly one page.
 *
 * @throws {SecurityConfigError} `resource.invalid` for any other, which would lose rows between pages or repeat them
 */
export function sortColumn(dataSource: DataSource, metadata: EntityMetadata, property: string): ListColumn {
  const column = ownColumn(metadata, property);
  if (column && column.isSelect && !column.isNullable && !column.isArray && !column.transformer) {
    const values = columnValues(column, dataSource, Infinity);
    // Neither a UUID nor a number can be this.
    const text = values?.parse('a') === 'a';
    const short = !text || (Number(column.length) > 0 && Number(column.length) <= LONGEST_TEXT);
    if (values && short) return { property, parse: text ? textParser(values) : values.parse };
    if (isDate(column) && isExactDate(column, dataSource)) return { property, parse: parseMilliseconds };
  }
  throw cannot(
    metadata,
    property,
    'sort',
    `a uuid, integer or text column (length at most ${LONGEST_TEXT}) or a date, not nullable and without transformer; a date needs precision: 3 (on SQLite: set by the application, not by the database), because JavaScript knows no more than milliseconds`,
  );
}

// An empty text is a value here, though it is no id.
function textParser({ holds }: ValueDomain): ListColumn['parse'] {
  return (value) => (typeof value === 'string' && fitsCursor(value) && holds(value) ? value : undefined);
}

function ownColumn(metadata: EntityMetadata, property: string): ColumnMetadata | undefined {
  const column = metadata.findColumnWithPropertyPathStrict(property);
  // A property with a dot is in an embedded object.
  return column && !column.relationMetadata && !column.isVirtualProperty && !property.includes('.')
    ? column
    : undefined;
}

function parserOf(column: ColumnMetadata, dataSource: DataSource): ListColumn['parse'] | undefined {
  if (isDate(column)) return parseDate;
  if (column.type === Boolean || column.type === 'boolean' || column.type === 'bool') {
    return (value) => (typeof value === 'boolean' ? value : undefined);
  }
  if (ENUMS.has(column.type)) return (value) => (column.enum?.includes(value as string) ? value : undefined);
  if (NUMBERS.has(column.type))
    return (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
  return columnValues(column, dataSource)?.parse;
}

function isDate({ type }: ColumnMetadata): boolean {
  return DATES.has(type);
}

// What the database knows more exactly than a Date is never equal to it.
function isExactDate(column: ColumnMetadata, dataSource: DataSource): boolean {
  const { precision } = column;
  if (column.type === 'date') return false;
  if (SQLITE.has(dataSource.options.type)) {
    return !column.isCreateDate && !column.isUpdateDate && column.default === undefined;
  }
  return typeof precision === 'number' && precision <= 3;
}

function cannot(metadata: EntityMetadata, property: string, what: string, fix: string): SecurityConfigError {
  return new SecurityConfigError(
    'resource.invalid',
    `${metadata.name}.${property}`,
    `is no column that a list can ${what} by`,
    `${what} by ${fix}`,
  );
}
