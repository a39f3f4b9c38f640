import { lt, sql, type SQL, type Table } from 'drizzle-orm';
import { drizzle as onPg } from 'drizzle-orm/node-postgres';
import * as pg from 'drizzle-orm/pg-core';
import { drizzle as onSqlJs } from 'drizzle-orm/sql-js';
import * as sqlite from 'drizzle-orm/sqlite-core';
import { fromDrizzle, page, type DrizzleRelations } from 'nestjs-gatehouse/drizzle';
import initSqlJs from 'sql.js';
import { emptyPostgres } from '../../support/postgres.js';
import { openPool } from '../../integrations/postgres/open-pool.js';
import { entrySchema } from './entry-data.js';
import { pagesContract, type PagedClass, type PagedSource } from './pages-contract.js';

class Entry {}
class Seat {}

const kind = pg.pgEnum('Kind', ['low', 'high']);
const onPostgres = {
  teams: pg.pgTable('teams', { id: pg.integer().primaryKey() }),
  members: pg.pgTable('team_members', {
    id: pg.integer().primaryKey(),
    userId: pg.text().notNull(),
    teamId: pg.integer().notNull(),
  }),
  entries: pg.pgTable('entries', {
    id: pg.bigint({ mode: 'bigint' }).primaryKey(),
    userId: pg.text().notNull(),
    label: pg.varchar({ length: 40 }).notNull(),
    weight: pg.integer().notNull(),
    place: pg.uuid().notNull(),
    kind: kind().notNull(),
    flag: pg.boolean().notNull(),
    price: pg.doublePrecision().notNull(),
    at: pg.timestamp({ precision: 3, withTimezone: true }).notNull(),
    exact: pg.timestamp({ precision: 6, withTimezone: true }).notNull(),
    note: pg.text(),
    body: pg.text().notNull(),
    teamId: pg.integer(),
  }),
  seats: pg.pgTable(
    'seats',
    {
      row: pg.integer().notNull(),
      letter: pg.varchar({ length: 8 }).notNull(),
      userId: pg.text().notNull(),
      weight: pg.integer().notNull(),
    },
    (table) => [pg.primaryKey({ columns: [table.row, table.letter] })],
  ),
};
const onSqlite = {
  teams: sqlite.sqliteTable('teams', { id: sqlite.integer().primaryKey() }),
  members: sqlite.sqliteTable('team_members', {
    id: sqlite.integer().primaryKey(),
    userId: sqlite.text().notNull(),
    teamId: sqlite.integer().notNull(),
  }),
  entries: sqlite.sqliteTable('entries', {
    id: sqlite.integer().primaryKey(),
    userId: sqlite.text().notNull(),
    label: sqlite.text({ length: 40 }).notNull(),
    weight: sqlite.integer().notNull(),
    place: sqlite.text({ length: 36 }).notNull(),
    kind: sqlite.text({ enum: ['low', 'high'] }).notNull(),
    flag: sqlite.integer({ mode: 'boolean' }).notNull(),
    price: sqlite.real().notNull(),
    at: sqlite.integer({ mode: 'timestamp_ms' }).notNull(),
    exact: sqlite.integer({ mode: 'timestamp_ms' }).notNull(),
    note: sqlite.text(),
    body: sqlite.text().notNull(),
    teamId: sqlite.integer(),
  }),
  seats: sqlite.sqliteTable(
    'seats',
    {
      row: sqlite.integer().notNull(),
      // Text without a length may be an id.
      letter: sqlite.text().notNull(),
      userId: sqlite.text().notNull(),
      weight: sqlite.integer().notNull(),
    },
    (table) => [sqlite.primaryKey({ columns: [table.row, table.letter] })],
  ),
};

function classes(
  database: ReturnType<typeof onPg>,
  tables: typeof onPostgres | typeof onSqlite,
): Pick<PagedSource, 'entries' | 'seats'> {
  const paged = (
    entity: new () => object,
    table: typeof onPostgres.entries,
    relations?: DrizzleRelations,
  ): PagedClass => ({
    entity,
    factory: fromDrizzle(table, { database: 'db', ...(relations && { relations }) }),
    page: (mine, query, options) => page(database, table, mine, query, options),
  });
  const { teams, members } = tables;
  const relations = {
    team: {
      table: teams as Table,
      on: { teamId: 'id' },
      relations: { members: { table: members as Table, on: { id: 'teamId' }, many: true } },
    },
  };
  return {
    entries: paged(Entry, tables.entries as typeof onPostgres.entries, relations),
    seats: paged(Seat, tables.seats as unknown as typeof onPostgres.entries),
  };
}

// Written as SQL, whose OR must not open what stands beside it.
const light = (table: Table): SQL =>
  sql`${(table as typeof onPostgres.entries).weight} = 1 or ${lt(sql`1`, 1)}`;

pagesContract(
  'Drizzle on SQLite',
  async () => {
    const SQL = await initSqlJs();
    const file = new SQL.Database();
    const database = onSqlJs(file) as unknown as ReturnType<typeof onPg>;
    for (const statement of entrySchema(false, 'integer')) file.run(statement);
    return {
      ...classes(database, onSqlite),
      provided: database,
      light: light(onSqlite.entries),
      enums: false,
      exactDates: false,
      run: (statement) => Promise.resolve(file.run(statement)),
      date: String,
      close: () => Promise.resolve(),
    };
  },
  100,
);

pagesContract(
  'Drizzle on PostgreSQL',
  async () => {
    const server = await emptyPostgres();
    const pool = openPool(server.url, { max: 2 });
    const database = onPg(pool);
    for (const statement of entrySchema(true, '')) await pool.query(statement);
    return {
      ...classes(database, onPostgres),
      provided: database,
      light: light(onPostgres.entries),
      enums: true,
      exactDates: true,
      run: (statement) => pool.query(statement),
      date: (at) => `'${new Date(at).toISOString()}'`,
      close: async () => {
        await pool.end();
        await server.drop();
      },
    };
  },
  60,
);
