import type { DataSource, EntityMetadata } from 'typeorm';
import { ListColumns } from '../../policy/list-columns.js';
import { ListPages } from '../../policy/list-pages.js';
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
import { columnValues, isText, type ColumnMetadata } from './column-values.js';

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
const BOOLEANS = new Set<unknown>([Boolean, 'boolean', 'bool']);
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

/** The columns of an entity, for its pages. A row is in order by what comes back from the database as it is in it, so that it stands on exactly one page. */
export function listColumns(dataSource: DataSource, metadata: EntityMetadata): ListColumns {
  return new ListColumns({
    name: metadata.name,
    column: 'column',
    filter(property) {
      const column = ownColumn(metadata, property);
      return column && filterForm(column, dataSource);
    },
    sort(property) {
      const column = ownColumn(metadata, property);
      return column?.isSelect && !column.isNullable ? sortForm(column, dataSource) : undefined;
    },
    filterBy: 'a uuid, text, number, boolean, enum or date column without transformer',
    sortBy: `a uuid, integer or text column (length at most ${LONGEST_TEXT}) or a date, not nullable and without transformer; a date needs precision: 3 (on SQLite: set by the application, not by the database), because JavaScript knows no more than milliseconds`,
  });
}

const PAGES = new WeakMap<EntityMetadata, ListPages>();

/** The pages of an entity, the same whoever asks for them. */
export function pagesOf(dataSource: DataSource, metadata: EntityMetadata): ListPages {
  let pages = PAGES.get(metadata);
  if (!pages) PAGES.set(metadata, (pages = new ListPages(listColumns(dataSource, metadata))));
  return pages;
}

function ownColumn(metadata: EntityMetadata, property: string): ColumnMetadata | undefined {
  const column = metadata.findColumnWithPropertyPathStrict(property);
  // A property with a dot is in an embedded object.
  if (!column || column.relationMetadata || column.isVirtualProperty || property.includes('.'))
    return undefined;
  return column.isArray || column.transformer ? undefined : column;
}

function filterForm(column: ColumnMetadata, dataSource: DataSource): FilterForm | undefined {
  const { type } = column;
  if (DATES.has(type)) return DATE_FILTER;
  if (BOOLEANS.has(type)) return BOOLEAN_FILTER;
  if (ENUMS.has(type)) return wordFilter(column.enum ?? []);
  if (NUMBERS.has(type)) return NUMBER_FILTER;
  const values = columnValues(column, dataSource);
  return values && domainFilter(values);
}

function sortForm(column: ColumnMetadata, dataSource: DataSource): SortForm | undefined {
  if (DATES.has(column.type)) return isExactDate(column, dataSource) ? DATE_SORT : undefined;
  const values = columnValues(column, dataSource, Infinity);
  if (!values) return undefined;
  return isText(column) ? textSort(values, Number(column.length), false) : domainSort(values);
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
