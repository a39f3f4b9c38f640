import { sql } from 'drizzle-orm';
import { pgTable, text, varchar } from 'drizzle-orm/pg-core';
import { integer, sqliteTable, text as sqliteText } from 'drizzle-orm/sqlite-core';
import { DataSource, EntitySchema, type ObjectLiteral } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { listColumns as ofTable } from '../../../lib/integrations/drizzle/listing-columns.js';
import { tableNode } from '../../../lib/integrations/drizzle/drizzle-relation.js';
import { listFields } from '../../../lib/integrations/prisma/listing-fields.js';
import { readPrismaSchema } from '../../../lib/integrations/prisma/prisma-schema.js';
import { listColumns as ofEntity } from '../../../lib/integrations/typeorm/listing-columns.js';
import { Listing, LONGEST_POSITION } from '../../../lib/core/listing.js';
import { CursorCodec } from '../../../lib/pipeline/lists/cursor-codec.js';
import { keyset, type OrderKey } from '../../../lib/policy/keyset.js';
import { ListColumns } from '../../../lib/policy/list-columns.js';
import { ListPages, pageOf } from '../../../lib/policy/list-pages.js';

const MORE = ['t1', 't2', 't3', 't4'];
const SHORT = ['s1', 's2', 's3', 's4', 's5', 's6'];
const LENGTHS = [...MORE.map((name) => [name, 200] as const), ...SHORT.map((name) => [name, 8] as const)];

async function entityColumns(): Promise<ListColumns> {
  const schema = new EntitySchema<ObjectLiteral>({
    name: 'Note',
    columns: {
      id: { type: 'varchar', length: 200, primary: true },
      name: { type: 'varchar', length: 200 },
      ...Object.fromEntries(LENGTHS.map(([name, length]) => [name, { type: 'varchar', length }])),
    },
  });
  const source = await new DataSource({ type: 'sqljs', entities: [schema] }).initialize();
  return ofEntity(source, source.getMetadata('Note'));
}

function tableColumns(): ListColumns {
  const notes = pgTable('notes', {
    id: text('id').primaryKey(),
    name: varchar('name', { length: 200 }).notNull(),
    ...Object.fromEntries(LENGTHS.map(([name, length]) => [name, varchar(name, { length }).notNull()])),
  });
  return ofTable('Note', tableNode('notes', notes), ['id']);
}

function modelFields(): ListColumns {
  const more = LENGTHS.map(([name, length]) => `  ${name} String @db.VarChar(${length})\n`).join('');
  const schema = readPrismaSchema(
    `model Note {\n  id String @id\n  name String @db.VarChar(200)\n${more}}\n`,
  );
  const model = schema.models.get('Note')!;
  return listFields({ schema, model, provider: 'postgresql' }, ['id']);
}

describe.each([
  ['TypeORM', entityColumns],
  ['Drizzle', tableColumns],
  ['Prisma', modelFields],
])('the texts that rows of %s are in order by', (_name, columnsOf) => {
  const keys: readonly OrderKey[] = [
    ['name', 'ASC'],
    ['id', 'ASC'],
  ];

  it.each(['😀', '\u0001', 'é', 'a'])(
    'are 200 characters long, as the database counts them, and come back: %j',
    async (character) => {
      const columns = await columnsOf();
      const order = keyset(
        keys,
        keys.map(([property]) => columns.sort(property)),
      );
      const name = character.repeat(200);
      const codec = new CursorCodec(Buffer.alloc(32, 7));
      const position = order.valuesOf({ name, id: name });
      const cursor = codec.seal('list', [order.name, ...position]);
      expect(codec.open('list', cursor)).toEqual([order.name, name, name]);
      expect(order.behind(position)).toHaveLength(2);
    },
  );

  it('have not more, and may be empty', async () => {
    const { parse } = (await columnsOf()).sort('name');
    expect(parse('')).toBe('');
    for (const value of ['a'.repeat(201), '😀'.repeat(201), 'a\0', 5, null])
      expect(parse(value)).toBeUndefined();
  });
});

describe.each([
  ['TypeORM', entityColumns, 'column'],
  ['Drizzle', tableColumns, 'column'],
  ['Prisma', modelFields, 'field'],
])('an order of %s', (_name, columnsOf, called) => {
  const TOO_LONG = /Note is in order by .*: a row of it may need \d+ bytes of a cursor, which has 6096/s;

  it(`by no ${called} is told so in its words`, async () => {
    const columns = await columnsOf();
    expect(() => columns.sort('nothing')).toThrow(`Note.nothing is no ${called} that a list can sort by`);
    expect(() => columns.filter({ property: 'id', operator: 'near' as never })).toThrow(
      new RegExp(`which a ${called} of its type .* or filter by another ${called}`, 's'),
    );
  });

  it('by more than a cursor holds does not start where clients may name it', async () => {
    const pages = new ListPages(await columnsOf());
    expect(() => pages.check([], ['name'], ['id'])).not.toThrow();
    expect(() => pages.check([], [], [...MORE, 'id', 'name'])).toThrow(TOO_LONG);
    expect(() => pages.check([], ['id'], [...MORE, 'id', 'name'])).toThrow(TOO_LONG);
    expect(() => pages.check([], ['name'], [...SHORT, 'id'])).not.toThrow();
  });

  it('of the application is an error before the query, and its longest row fits where it is none', async () => {
    const pages = new ListPages(await columnsOf());
    const codec = new CursorCodec(Buffer.alloc(32, 7));
    const plan = { entity: Object, ids: ['id'], owner: ['userId'], filters: [], sort: undefined };
    const listing = new Listing(plan, {
      seal: (position) => codec.seal('list', position),
      position: undefined,
      refused: { reason: 'input.invalid' },
    });
    const ask = (keys: readonly string[]) =>
      pages.ask(listing, { limit: 1 }, Object.fromEntries(keys.map((key) => [key, 'ASC' as const])));
    expect(() => ask([...MORE, 'name'])).toThrow(TOO_LONG);
    const asked = ask([...MORE.slice(1), ...SHORT]);
    const row = Object.fromEntries(['id', ...MORE, ...SHORT].map((key) => [key, '\u0001'.repeat(200)]));
    for (const key of SHORT) row[key] = '\u0001'.repeat(8);
    const { nextCursor } = pageOf([row, row], asked, listing);
    expect(codec.open('list', nextCursor)).toEqual([
      asked.keyset.name,
      ...asked.keyset.keys.map(([key]) => row[key]),
    ]);
    // SQLite takes longer texts than the schema says.
    for (const key of SHORT) row[key] = '\u0001'.repeat(200);
    expect(() => pageOf([row, row], asked, listing)).toThrow(/A cursor holds 6096 bytes/);
  });
});

it('an order that fits by a byte in one direction does not in the other, whose name is longer', () => {
  const room = LONGEST_POSITION - '["t ASC, id ASC",,]'.length;
  const columns = new ListColumns({
    name: 'Note',
    column: 'column',
    filter: () => undefined,
    sort: (property) => ({ parse: (value) => value, longest: property === 't' ? room - 38 : 38 }),
    filterBy: '',
    sortBy: '',
  });
  expect(() => new ListPages(columns).check([], ['t'], ['id'])).toThrow(/t DESC, id DESC/);
});

describe('a date of SQLite that Drizzle writes', () => {
  const stamps = sqliteTable('stamps', {
    id: sqliteText('id').primaryKey(),
    bySql: integer('by_sql', { mode: 'timestamp' })
      .notNull()
      .default(sql`(unixepoch('subsec'))`),
    byApplication: integer('by_application', { mode: 'timestamp_ms' })
      .notNull()
      .$defaultFn(() => new Date()),
    byConstant: integer('by_constant', { mode: 'timestamp_ms' }).notNull().default(new Date(0)),
  });
  const columns = ofTable('Stamp', tableNode('stamps', stamps), ['id']);

  it('is no order where the database sets it: its fractions would repeat rows without end', () => {
    expect(() => columns.sort('bySql')).toThrow(/that a list can sort by/);
    expect(columns.sort('byApplication').parse(5)).toEqual(new Date(5));
    expect(columns.sort('byConstant').parse(5)).toEqual(new Date(5));
  });
});
