import type { Table } from 'drizzle-orm';
import type { DrizzleDatabase } from './drizzle-related.js';

// `alias()` changes the name, and not this one.
const NAME = Symbol.for('drizzle:OriginalName');
const SCHEMA = Symbol.for('drizzle:Schema');

const TABLES = new WeakMap<object, Map<string, object>>();

/**
 * What stands for a table of a database: the same for the table, for an alias of it and for another declaration of it. Two databases of one
 * connection are one.
 */
export function storedTable(database: DrizzleDatabase, table: Table): object {
  const { $client } = database as { readonly $client?: unknown };
  const holder = Object($client) === $client ? ($client as object) : database;
  const named = table as unknown as Readonly<Record<symbol, string | undefined>>;
  const name = JSON.stringify([named[SCHEMA], named[NAME]]);
  const tables = TABLES.get(holder) ?? new Map<string, object>();
  TABLES.set(holder, tables);
  const stored = tables.get(name) ?? { name };
  tables.set(name, stored);
  return stored;
}
