import {
  ColumnTypeEnum,
  type ColumnType,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';
import type { Database, SqlValue } from 'sql.js';

// SQLite does not say the type of a column of a result: of these it cannot be told from the value.
const TYPES = new Map<string, ColumnType>([
  ['seniorId', ColumnTypeEnum.Int64],
  ['buyerId', ColumnTypeEnum.Int64],
  ['active', ColumnTypeEnum.Boolean],
  ['paid', ColumnTypeEnum.Boolean],
  ['deletedAt', ColumnTypeEnum.DateTime],
  ['flag', ColumnTypeEnum.Boolean],
  ['price', ColumnTypeEnum.Double],
  ['at', ColumnTypeEnum.DateTime],
  ['exact', ColumnTypeEnum.DateTime],
]);

/** Prisma on a database of sql.js: queries only, nothing native to build. */
export function sqlJsAdapter(database: Database, queries: string[]): SqlDriverAdapterFactory {
  const info = { provider: 'sqlite', adapterName: 'sql.js' } as const;
  const queryRaw = ({ sql, args, argTypes }: SqlQuery): Promise<SqlResultSet> => {
    queries.push(sql);
    const statement = database.prepare(sql);
    statement.bind(args.map((arg, index) => valueOf(arg, argTypes[index]?.scalarType)));
    const rows: SqlValue[][] = [];
    while (statement.step()) rows.push(statement.get());
    const columnNames = statement.getColumnNames();
    statement.free();
    return Promise.resolve({
      columnNames,
      columnTypes: columnNames.map((name, index) => typeOf(name, rows, index)),
      rows,
    });
  };
  const adapter: SqlDriverAdapter = {
    ...info,
    queryRaw,
    executeRaw: () => Promise.reject(new Error('only queries')),
    executeScript: () => Promise.reject(new Error('only queries')),
    startTransaction: () => Promise.reject(new Error('only queries')),
    dispose: () => Promise.resolve(),
  };
  return { ...info, connect: () => Promise.resolve(adapter) };
}

function valueOf(arg: unknown, type: string | undefined): SqlValue {
  if (type === 'bigint') return Number(arg);
  // As the adapters of Prisma for SQLite write it.
  if (type === 'datetime') return new Date(arg as string).toISOString().replace('Z', '+00:00');
  return arg as SqlValue;
}

function typeOf(name: string, rows: readonly SqlValue[][], index: number): ColumnType {
  const known = TYPES.get(name);
  if (known !== undefined) return known;
  const value = rows.find((row) => row[index] !== null)?.[index];
  return typeof value === 'string' ? ColumnTypeEnum.Text : ColumnTypeEnum.Int32;
}
