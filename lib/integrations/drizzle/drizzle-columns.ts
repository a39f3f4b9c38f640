import { getTableColumns, is, type Column, type Table } from 'drizzle-orm';
import { getTableConfig as mysqlConfig, MySqlTable } from 'drizzle-orm/mysql-core';
import { getTableConfig as pgConfig, PgTable } from 'drizzle-orm/pg-core';
import { getTableConfig as sqliteConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import {
  BIGINT_DOMAIN,
  BOOLEAN_DOMAIN,
  integerDomain,
  textDomain,
  UUID_DOMAIN,
  type ValueDomain,
} from '../../policy/value-domain.js';

const SAFE = integerDomain(Number.MAX_SAFE_INTEGER);
const INT32 = integerDomain(2 ** 31 - 1);
const INT16 = integerDomain(2 ** 15 - 1);

const DOMAINS: Readonly<Record<string, ValueDomain>> = {
  PgUUID: UUID_DOMAIN,
  PgInteger: INT32,
  PgSerial: INT32,
  PgSmallInt: INT16,
  PgSmallSerial: INT16,
  PgBigInt53: SAFE,
  PgBigSerial53: SAFE,
  PgBigInt64: BIGINT_DOMAIN,
  PgBigSerial64: BIGINT_DOMAIN,
  PgBoolean: BOOLEAN_DOMAIN,
  SQLiteInteger: SAFE,
  SQLiteBoolean: BOOLEAN_DOMAIN,
  MySqlInt: SAFE,
  MySqlTinyInt: SAFE,
  MySqlSmallInt: SAFE,
  MySqlMediumInt: SAFE,
  MySqlBigInt53: SAFE,
  MySqlSerial: SAFE,
  MySqlBigInt64: BIGINT_DOMAIN,
  MySqlBoolean: BOOLEAN_DOMAIN,
};
// Not MySQL: most of its collations take different texts for one, and none can be read from the schema. Not CHAR: it is padded.
const TEXT_TYPES = new Set(['PgText', 'PgVarchar', 'SQLiteText']);
const MYSQL_TEXT_TYPES = new Set(['MySqlVarChar', 'MySqlChar', 'MySqlText']);

/** What a column holds, or `undefined` where it cannot be compared with the same result in the database and in memory. */
export function columnDomain({ columnType, enumValues }: Column): ValueDomain | undefined {
  if (columnType === 'PgEnumColumn') return textDomain(Infinity, enumValues);
  // Drizzle's `enum` of a text column is a type, nothing that the database checks.
  if (TEXT_TYPES.has(columnType)) return textDomain(Infinity);
  return Object.hasOwn(DOMAINS, columnType) ? DOMAINS[columnType] : undefined;
}

/**
 * How an id in the column is parsed. Also text in MySQL, whatever its collation: a row that is found by another spelling of its id
 * has not the id that was asked for.
 */
export function idDomain(column: Column): ValueDomain | undefined {
  const text = TEXT_TYPES.has(column.columnType) || MYSQL_TEXT_TYPES.has(column.columnType);
  if (text) return textDomain(255);
  const domain = columnDomain(column);
  // Whatever is sent, it is neither `true` nor the word of an enum.
  return domain === BOOLEAN_DOMAIN || column.columnType === 'PgEnumColumn' ? undefined : domain;
}

/** Whether the database compares the column by a collation. */
export function isText({ columnType }: Column): boolean {
  return TEXT_TYPES.has(columnType);
}

/** Whether the columns are a key: no two rows have the same values. */
export function isKey(table: Table, properties: readonly string[]): boolean {
  const columns = getTableColumns(table);
  const named = new Set(properties.map((property) => columns[property]?.name));
  if (properties.some((property) => columns[property]?.primary || columns[property]?.isUnique)) return true;
  const { primaryKeys, uniqueConstraints, indexes } = configOf(table);
  // Of an index with a condition, other rows may have the same values.
  const unique = indexes.map(({ config }) => config).filter((index) => index.unique && !index.where);
  return [...primaryKeys, ...uniqueConstraints, ...unique].some((key) =>
    key.columns.every((column) => 'name' in column && named.has(column.name as string)),
  );
}

interface KeyConfig {
  readonly primaryKeys: ReadonlyArray<{ readonly columns: readonly Column[] }>;
  readonly uniqueConstraints: ReadonlyArray<{ readonly columns: readonly Column[] }>;
  readonly indexes: ReadonlyArray<{
    readonly config: {
      readonly unique?: boolean;
      readonly where?: unknown;
      readonly columns: readonly object[];
    };
  }>;
}

function configOf(table: Table): KeyConfig {
  if (is(table, PgTable)) return pgConfig(table);
  if (is(table, SQLiteTable)) return sqliteConfig(table);
  return is(table, MySqlTable) ? mysqlConfig(table) : { primaryKeys: [], uniqueConstraints: [], indexes: [] };
}
