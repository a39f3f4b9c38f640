import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional } from 'class-validator';
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
import { fromPrisma, page, type PrismaPaged } from 'nestjs-gatehouse/prisma';
import initSqlJs from 'sql.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prismaClient } from '../../integrations/agreement/prisma/prisma-client.js';
import { sqlJsAdapter } from '../../integrations/agreement/prisma/sql-js-adapter.js';
import { ApiClient } from '../../support/api-client.js';
import { guardedModule } from '../../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';
import { bearer } from '../../support/tokens.js';
import { entryRows, entrySchema, type EntryData } from './entry-data.js';

class Entry {
  id!: bigint;
  @ExposeFor(ANYONE) label!: string;
  @ExposeFor(ANYONE) kind!: string;
  @ExposeFor(OWNER) weight!: number;
  userId!: string;
  team!: { members: Array<{ userId: string }> } | null;
}
const EntryResource = defineResource(Entry, {
  id: 'id',
  owner: 'userId',
  load: fromPrisma('entry', { client: 'prisma' }),
  can: (r) => ({ read: r.any(r.owner(), r.role('support')) }),
});

class EntryQuery extends PageQuery {
  @Filterable() @IsOptional() @IsIn(['low', 'high']) kind?: string;
  @Filterable({ property: 'weight', operator: 'from' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  least?: number;
  @Sortable('weight') sort?: string;
}
class ByKind extends PageQuery {
  @Filterable({ property: 'kind', operator: 'from' }) @IsOptional() @IsIn(['low', 'high']) kind?: string;
}

@Controller('entries')
class EntriesController {
  constructor(@Inject('prisma') private readonly prisma: { readonly entry: PrismaPaged }) {}
  @Get() @Lists(Entry) @Returns(Page.of(Entry)) list(@Where() mine: object, @Query() query: EntryQuery) {
    return page(this.prisma.entry, mine, query) as Promise<Page<Entry>>;
  }
}
@Controller('entries')
class ByKindController {
  constructor(@Inject('prisma') private readonly prisma: { readonly entry: PrismaPaged }) {}
  @Get() @Lists(Entry) @Returns(Page.of(Entry)) list(@Where() mine: object, @Query() query: ByKind) {
    return page(this.prisma.entry, mine, query) as Promise<Page<Entry>>;
  }
}

const ROWS: readonly EntryData[] = Array.from({ length: 9 }, (_, at) => ({
  id: 4_000_000_000_001 + at,
  userId: at % 2 === 0 ? 'alice' : 'bob',
  label: `e${at}`,
  weight: at % 3,
  place: '00000001-0000-4000-8000-000000000007',
  kind: at % 4 === 0 ? 'high' : 'low',
  flag: true,
  price: 1,
  at: Date.UTC(2026, 10, 28),
  note: 'CANARY',
  teamId: null,
}));

describe.each(ADAPTERS)('a list of Prisma on %s', (adapter) => {
  let app: StartedApp;
  let client: ReturnType<typeof prismaClient>;

  const moduleOf = (controller: typeof EntriesController | typeof ByKindController) =>
    guardedModule(
      [controller],
      {
        authorization: { roles: { support: ['user'], user: [] }, resources: [EntryResource] },
        lists: { secret: 'Qm9vdHMgYW5kIGNhdHMgYW5kIGJvb3RzLg-3f9' },
      },
      [{ provide: 'prisma', useValue: client }],
    );
  const as = async (who: string, role: string) =>
    new ApiClient(app.url).as((await bearer(who, [role])).slice('Bearer '.length));

  beforeAll(async () => {
    const SQL = await initSqlJs();
    const file = new SQL.Database();
    const date = (at: number) => `'${new Date(at).toISOString()}'`;
    for (const statement of [...entrySchema(false, 'text'), ...entryRows(ROWS, date)]) file.run(statement);
    client = prismaClient('sqlite', sqlJsAdapter(file, []));
    app = await startApp(moduleOf(EntriesController), adapter);
  });
  afterAll(async () => {
    await app.close();
    await client.$disconnect();
  });

  it('shows each their own, page for page, filtered and in order', async () => {
    const alice = await as('alice', 'user');
    const seen: object[] = [];
    let path = '/entries?sort=-weight&least=1&limit=1';
    for (let pages = 0; pages < 9; pages++) {
      const { body, text } = await alice.get(path);
      expect(text).not.toContain('CANARY');
      seen.push(...body.items);
      if (body.nextCursor === null) break;
      path = `/entries?sort=-weight&least=1&limit=1&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual([
      { label: 'e8', kind: 'high', weight: 2 },
      { label: 'e2', kind: 'low', weight: 2 },
      { label: 'e4', kind: 'high', weight: 1 },
    ]);
  });

  it('shows support all and the weight of none, and lets nobody name what they are not shown', async () => {
    const sue = await as('sue', 'support');
    const { body } = await sue.get('/entries?limit=100&kind=high');
    expect(body.items).toEqual(['e0', 'e4', 'e8'].map((label) => ({ label, kind: 'high' })));
    expect((await sue.get('/entries?sort=weight')).status).toBe(400);
    expect((await sue.get('/entries?least=1')).status).toBe(400);
  });

  it('takes no cursor of another caller, none of another order or filter', async () => {
    const alice = await as('alice', 'user');
    const { body } = await alice.get('/entries?sort=weight&limit=1');
    const next = (query: string) => `/entries?${query}&limit=1&cursor=${body.nextCursor}`;
    expect((await alice.get(next('sort=weight'))).status).toBe(200);
    expect((await alice.get(next('sort=-weight'))).status).toBe(400);
    expect((await alice.get(next('sort=weight&kind=low'))).status).toBe(400);
    expect((await (await as('bob', 'user')).get(next('sort=weight'))).status).toBe(400);
  });

  it('does not start by more of an enum than equal', async () => {
    await expect(startApp(moduleOf(ByKindController), adapter)).rejects.toThrow(
      "Entry.kind is filtered by 'from', which a field of its type has not",
    );
  });
});
