import { Controller, Get, Inject, Query, type Type } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import { drizzle } from 'drizzle-orm/sql-js';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import {
  ANYONE,
  defineResource,
  ExposeFor,
  Filterable,
  Lists,
  OWNER,
  Page,
  PageQuery,
  Returns,
  Sortable,
  Where,
} from 'nestjs-gatehouse';
import { fromDrizzle, page, type DrizzleWhere } from 'nestjs-gatehouse/drizzle';
import initSqlJs from 'sql.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../support/api-client.js';
import { guardedModule } from '../../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';
import { bearer } from '../../support/tokens.js';

const accounts = sqliteTable('accounts', { id: integer().primaryKey(), userId: text().notNull() });
const parcels = sqliteTable('parcels', {
  id: integer().primaryKey(),
  accountId: integer().notNull(),
  weight: integer().notNull(),
  note: text(),
  secret: text().notNull(),
});
class Parcel {
  @ExposeFor(ANYONE) id!: number;
  @ExposeFor(OWNER) weight!: number;
  @ExposeFor(ANYONE) note!: string | null;
  secret!: string;
  account!: { userId: string } | null;
}
const ParcelResource = defineResource(Parcel, {
  id: 'id',
  owner: 'account.userId',
  load: fromDrizzle(parcels, {
    database: 'db',
    relations: { account: { table: accounts, on: { accountId: 'id' } } },
  }),
  can: (r) => ({ read: r.any(r.owner(), r.role('support')) }),
});

class ParcelQuery extends PageQuery {
  @Filterable() @IsOptional() @IsString() note?: string;
  @Sortable('weight', 'id') sort?: string;
}
class ByNote extends PageQuery {
  @Sortable('note') sort?: string;
}

/** A controller over `parcels` whose list takes this query class. */
function controllerOf(query: Type<PageQuery>): Type {
  class ParcelsController {
    constructor(private readonly database: never) {}
    list(mine: DrizzleWhere, asked: PageQuery) {
      return page(this.database, parcels, mine, asked);
    }
  }
  Inject('db')(ParcelsController, undefined, 0);
  const { prototype } = ParcelsController;
  Where()(prototype, 'list', 0);
  Query()(prototype, 'list', 1);
  Reflect.defineMetadata('design:paramtypes', [Object, query], prototype, 'list');
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'list')!;
  for (const decorate of [Get(), Lists(Parcel), Returns(Page.of(Parcel))])
    decorate(prototype, 'list', descriptor);
  Controller('parcels')(ParcelsController);
  return ParcelsController;
}

describe.each(ADAPTERS)('a list of Drizzle on %s', (adapter) => {
  let app: StartedApp;
  let database: object;

  const moduleOf = (query: Type<PageQuery>) =>
    guardedModule(
      [controllerOf(query)],
      {
        authorization: { roles: { support: ['user'], user: [] }, resources: [ParcelResource] },
        lists: { secret: 'Qm9vdHMgYW5kIGNhdHMgYW5kIGJvb3RzLg-3f9' },
      },
      [{ provide: 'db', useValue: database }],
    );
  const client = async (who: string, role: string) =>
    new ApiClient(app.url).as((await bearer(who, [role])).slice('Bearer '.length));

  beforeAll(async () => {
    const SQL = await initSqlJs();
    const file = new SQL.Database();
    file.run(`CREATE TABLE accounts (id integer PRIMARY KEY, userId text NOT NULL)`);
    file.run(
      `CREATE TABLE parcels (id integer PRIMARY KEY, accountId integer NOT NULL, weight integer NOT NULL, note text, secret text NOT NULL)`,
    );
    file.run(`INSERT INTO accounts VALUES (1, 'alice'), (2, 'bob')`);
    for (let id = 1; id <= 9; id++)
      file.run(`INSERT INTO parcels VALUES (${id}, ${1 + (id % 2)}, ${id % 3}, 'n${id % 2}', 'CANARY')`);
    database = drizzle(file);
    app = await startApp(moduleOf(ParcelQuery), adapter);
  });
  afterAll(() => app.close());

  it('shows each their own, page for page, and the owner what is for owners', async () => {
    const alice = await client('alice', 'user');
    const seen: object[] = [];
    let path = '/parcels?sort=-weight&limit=2';
    for (let pages = 0; pages < 5; pages++) {
      const { body, text: answer } = await alice.get(path);
      expect(answer).not.toContain('CANARY');
      seen.push(...body.items);
      if (body.nextCursor === null) break;
      path = `/parcels?sort=-weight&limit=2&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual([
      { id: 8, weight: 2, note: 'n0' },
      { id: 2, weight: 2, note: 'n0' },
      { id: 4, weight: 1, note: 'n0' },
      { id: 6, weight: 0, note: 'n0' },
    ]);
    const sue = await client('sue', 'support');
    const { body } = await sue.get('/parcels?limit=100&note=n1');
    expect(body.items).toHaveLength(5);
    expect(Object.keys(body.items[0] as object)).toEqual(['id', 'note']);
  });

  it('takes no cursor of another caller, none of another order, and no order by what is for owners', async () => {
    const { body } = await (await client('alice', 'user')).get('/parcels?sort=id&limit=1');
    const bob = await client('bob', 'user');
    const alice = await client('alice', 'user');
    expect((await bob.get(`/parcels?sort=id&limit=1&cursor=${body.nextCursor}`)).status).toBe(400);
    expect((await alice.get(`/parcels?sort=-id&limit=1&cursor=${body.nextCursor}`)).status).toBe(400);
    expect((await alice.get(`/parcels?sort=id&limit=1&cursor=${body.nextCursor}`)).status).toBe(200);
    expect((await (await client('sue', 'support')).get('/parcels?sort=weight')).status).toBe(400);
  });

  it('does not start by a column that may be NULL', async () => {
    await expect(startApp(moduleOf(ByNote), adapter)).rejects.toThrow(
      /Parcel.note is no column that a list can sort by/,
    );
  });
});
