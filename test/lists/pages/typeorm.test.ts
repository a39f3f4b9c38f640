import { fromTypeorm, page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { PageQuery } from 'nestjs-gatehouse';
import { DataSource, EntitySchema, In, type ObjectLiteral } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { keepListing, Listing } from '../../../lib/core/listing.js';
import { emptyPostgres } from '../../support/postgres.js';
import { entrySchema } from './entry-data.js';
import { pagesContract, type PagedClass, type PagedSource } from './pages-contract.js';

class Entry {}
class Seat {}
class Team {}
class TeamMember {}

function schemas(onPostgres: boolean): EntitySchema[] {
  const uuid = onPostgres ? ({ type: 'uuid' } as const) : ({ type: 'varchar', length: 36 } as const);
  const date = onPostgres ? 'timestamptz' : 'datetime';
  const entry = new EntitySchema<ObjectLiteral>({
    name: 'Entry',
    target: Entry,
    tableName: 'entries',
    columns: {
      id: { type: 'bigint', primary: true },
      userId: { type: 'text' },
      label: { type: 'varchar', length: 40 },
      weight: { type: 'integer' },
      place: uuid,
      kind: { type: onPostgres ? 'enum' : 'simple-enum', enum: ['low', 'high'], enumName: 'Kind' },
      flag: { type: 'boolean' },
      price: { type: 'double precision' },
      at: { type: date, precision: 3 },
      exact: { type: date, ...(onPostgres && { precision: 6 }) },
      note: { type: 'text', nullable: true },
      body: { type: 'text' },
      teamId: { type: 'integer', nullable: true },
    },
    relations: {
      team: { type: 'many-to-one', target: 'Team', nullable: true, joinColumn: { name: 'teamId' } },
    },
  });
  const team = new EntitySchema<ObjectLiteral>({
    name: 'Team',
    target: Team,
    tableName: 'teams',
    columns: { id: { type: 'integer', primary: true } },
    relations: { members: { type: 'one-to-many', target: 'TeamMember', inverseSide: 'team' } },
  });
  const member = new EntitySchema<ObjectLiteral>({
    name: 'TeamMember',
    target: TeamMember,
    tableName: 'team_members',
    columns: {
      id: { type: 'integer', primary: true },
      userId: { type: 'text' },
      teamId: { type: 'integer' },
    },
    relations: {
      team: { type: 'many-to-one', target: 'Team', inverseSide: 'members', joinColumn: { name: 'teamId' } },
    },
  });
  const seat = new EntitySchema({
    name: 'Seat',
    target: Seat,
    tableName: 'seats',
    columns: {
      row: { type: 'integer', primary: true },
      letter: { type: 'varchar', length: 8, primary: true },
      userId: { type: 'text' },
      weight: { type: 'integer' },
    },
  });
  return [entry, team, member, seat] as EntitySchema[];
}

const open = (type: 'sqljs' | 'postgres') => async (): Promise<PagedSource> => {
  const onPostgres = type === 'postgres';
  const server = onPostgres ? await emptyPostgres() : undefined;
  const database = await new DataSource({
    type,
    url: server?.url,
    entities: schemas(onPostgres),
  }).initialize();
  for (const statement of entrySchema(onPostgres, 'datetime')) await database.query(statement);
  const paged = (entity: new () => object): PagedClass => ({
    entity,
    factory: fromTypeorm(),
    page: (mine, query, options) => page(database.getRepository<ObjectLiteral>(entity), mine, query, options),
  });
  return {
    entries: paged(Entry),
    seats: paged(Seat),
    provided: database,
    light: { weight: 1 },
    enums: true,
    exactDates: onPostgres,
    run: (statement) => database.query(statement),
    date: (at) =>
      `'${new Date(at)
        .toISOString()
        .replace('T', ' ')
        .replace('Z', onPostgres ? '+00' : '')}'`,
    close: async () => {
      await database.destroy();
      await server?.drop();
    },
  };
};

pagesContract('TypeORM on SQLite', open('sqljs'), 100);
pagesContract('TypeORM on PostgreSQL', open('postgres'), 60);

describe('what the application adds to a page of TypeORM', () => {
  const ask = async (where: unknown) => {
    const source = await open('sqljs')();
    const database = source.provided as DataSource;
    const plan = { entity: Entry, ids: ['id'], owner: ['userId'], filters: [], sort: undefined };
    const mine: WhereOf<ObjectLiteral> = { userId: 'alice' };
    keepListing(
      mine,
      new Listing(plan, { seal: () => '', position: undefined, refused: { reason: 'input.invalid' } }),
    );
    const asked = page(database.getRepository<ObjectLiteral>(Entry), mine, new PageQuery(), {
      where: where as object,
    });
    return asked.finally(() => void source.close());
  };

  it.each([
    { team: {} },
    { team: { members: {} } },
    { team: { id: null } },
    { weight: null },
    { weight: undefined },
    { weight: [] },
    [],
    null,
  ])('says something in each of its parts: %j', async (where) => {
    await expect(ask(where)).rejects.toThrow(/where of the page gave/);
  });

  it.each([undefined, {}, { weight: 1 }, { team: { id: 1 } }, { weight: In([]) }])(
    'may be left out: %j',
    async (where) => {
      expect((await ask(where)).items).toEqual([]);
    },
  );
});
