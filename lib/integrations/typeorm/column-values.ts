import type { DataSource, EntityMetadata } from 'typeorm';
import {
  DECIMAL_DOMAIN,
  integerDomain,
  textDomain,
  UUID_DOMAIN,
  type ValueDomain,
} from '../../policy/value-domain.js';

/** TypeORM's description of a column, whose class it does not export. */
export type ColumnMetadata = EntityMetadata['columns'][number];

const TEXT_TYPES = new Set<unknown>([
  String,
  'varchar',
  'character varying',
  'varying character',
  'nvarchar',
  'national varchar',
  'varchar2',
  'nvarchar2',
  'char',
  'character',
  'nchar',
  'text',
  'tinytext',
  'string',
]);
const ENUM_TYPES = new Set<unknown>(['enum', 'simple-enum']);
const BOOLEAN_TYPES = new Set<unknown>([Boolean, 'boolean', 'bool']);
const BIG = Number.MAX_SAFE_INTEGER;
// The largest value, where the database refuses a larger one with an error instead of finding nothing.
const INTEGER_TYPES = new Map<unknown, number>([
  [Number, 2 ** 31 - 1],
  ['int', 2 ** 31 - 1],
  ['integer', 2 ** 31 - 1],
  ['int4', 2 ** 31 - 1],
  ['mediumint', 2 ** 31 - 1],
  ['int2', 2 ** 15 - 1],
  ['smallint', 2 ** 15 - 1],
  ['tinyint', 2 ** 7 - 1],
  ['bigint', BIG],
  ['int8', BIG],
  ['int64', BIG],
]);
const PADDED_TYPES = new Set<unknown>(['char', 'character', 'nchar']);
const NARROW_DRIVERS = new Set<string>(['postgres', 'aurora-postgres', 'mssql']);

/**
 * How a column's values are parsed: UUID columns take canonical UUIDs, integer columns safe integers in canonical decimal,
 * text columns 1 to 255 characters (or `mostCharacters`) without NUL. `undefined` for a column of any other type.
 */
export function columnValues(
  column: ColumnMetadata,
  dataSource: DataSource,
  mostCharacters = 255,
): ValueDomain | undefined {
  if (column.isArray || column.transformer) return undefined;
  if (column.type === 'uuid' || column.generationStrategy === 'uuid') return UUID_DOMAIN;
  const largest = INTEGER_TYPES.get(column.type);
  if (largest === BIG && handsOutText(dataSource)) return DECIMAL_DOMAIN;
  if (largest !== undefined) {
    return integerDomain(NARROW_DRIVERS.has(dataSource.options.type) ? largest : BIG);
  }
  return TEXT_TYPES.has(column.type) ? textDomain(mostCharacters) : undefined;
}

/**
 * Whether a constant of a rule means the same in memory and in the column. A decimal that the driver hands out as a string, a
 * date or a transformed value does not.
 */
export function holdsConstant(
  column: ColumnMetadata,
  dataSource: DataSource,
  value: string | number | bigint | boolean,
): boolean {
  if (column.isArray || column.transformer || typeof value === 'bigint') return false;
  if (typeof value === 'boolean') return BOOLEAN_TYPES.has(column.type);
  if (ENUM_TYPES.has(column.type)) return column.enum?.includes(value) ?? false;
  // 64-bit integers come back as text from PostgreSQL; of other drivers it depends on their options.
  if (INTEGER_TYPES.get(column.type) === BIG && !handsOutText(dataSource)) return false;
  return columnValues(column, dataSource, Infinity)?.holds(value) ?? false;
}

// By database: what its collations are called that tell every two texts apart. Others take 'Alice' and 'alice', or 'é' in its two
// spellings, for one, and SQL Server ignores spaces at the end in all of them.
const EXACT_COLLATIONS: ReadonlyArray<readonly [RegExp, RegExp, byDefault: boolean]> = [
  [/sqlite|sqljs|capacitor|cordova|expo|nativescript|react-native/, /^binary$/i, true],
  [
    /postgres|cockroachdb/,
    /^(?:C|POSIX|C\.utf-?8|default|ucs_basic|[a-z]{2}_[A-Z]{2}(?:\.utf-?8)?|.*-x-icu)$/i,
    true,
  ],
  [/mysql|mariadb/, /(?:_0900_bin|_nopad_bin|^binary)$/i, false],
];

/** Whether the database tells every two values of the column apart, as memory does. */
export function comparesExactly(column: ColumnMetadata, dataSource: DataSource): boolean {
  if (!isText(column)) return true;
  const { type } = dataSource.options;
  const known = EXACT_COLLATIONS.find(([database]) => database.test(type));
  if (!known) return false;
  const [database, exact, byDefault] = known;
  // Padded with spaces, which are then ignored.
  if (PADDED_TYPES.has(column.type) && !database.test('sqlite')) return false;
  return column.collation ? exact.test(column.collation) : byDefault;
}

/** Whether a column holds any text, which a database compares by a collation. UUIDs and enums have one spelling. */
export function isText({ type, generationStrategy }: ColumnMetadata): boolean {
  return TEXT_TYPES.has(type) && generationStrategy !== 'uuid';
}

// With `parseInt8` they are numbers, of which the large ones are wrong.
function handsOutText({ options }: DataSource): boolean {
  return options.type === 'postgres' && !options.parseInt8;
}
