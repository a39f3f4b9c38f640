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
import { CursorCodec } from '../../../lib/pipeline/lists/cursor-codec.js';
import { keyset, type OrderKey } from '../../../lib/policy/keyset.js';
import type { ListColumns } from '../../../lib/policy/list-pages.js';

async function entityColumns(): Promise<ListColumns> {
  const schema = new EntitySchema<ObjectLiteral>({
    name: 'Note',
    columns: {
      id: { type: 'varchar', length: 200, primary: true },
      name: { type: 'varchar', length: 200 },
    },
  });
  const source = await new DataSource({ type: 'sqljs', entities: [schema] }).initialize();
  return ofEntity(source, source.getMetadata('Note'));
}

function tableColumns(): ListColumns {
  const notes = pgTable('notes', {
    id: text('id').primaryKey(),
    name: varchar('name', { length: 200 }).notNull(),
  });
  return ofTable('Note', tableNode('notes', notes), ['id']);
}

function modelFields(): ListColumns {
  const schema = readPrismaSchema('model Note {\n  id String @id\n  name String @db.VarChar(200)\n}\n');
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
    expect(columns.sort('byApplication').property).toBe('byApplication');
    expect(columns.sort('byConstant').property).toBe('byConstant');
  });
});
