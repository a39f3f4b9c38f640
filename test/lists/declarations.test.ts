import { Controller, Get, Query, type Type } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString } from 'class-validator';
import {
  ANYONE,
  Authenticated,
  CurrentUser,
  defineResource,
  ExposeFor,
  Filterable,
  Lists,
  memoryState,
  Page,
  PageQuery,
  Returns,
  SecurityConfigError,
  Sortable,
  Where,
  type SecurityOptions,
  type StateStore,
} from 'nestjs-gatehouse';
import { fromTypeorm, page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { Column, CreateDateColumn, DataSource, Entity, PrimaryColumn, Repository } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { keepListing, Listing, listingOf } from '../../lib/core/listing.js';
import { listColumns } from '../../lib/integrations/typeorm/listing-columns.js';
import { both } from '../../lib/integrations/typeorm/narrow.js';
import { resolveLists } from '../../lib/pipeline/lists/lists.options.js';
import { keyset } from '../../lib/policy/keyset.js';
import { admitsOwnOnly } from '../../lib/policy/own-rows.js';
import { ruleBuilder } from '../../lib/policy/rule.js';
import { startApp } from '../support/start-app.js';
import { listsModule, Order } from './database.js';

@Entity()
class Note {
  @ExposeFor(ANYONE) @PrimaryColumn('integer') id!: number;
  @Column('varchar', { length: 40 }) userId!: string;
  @ExposeFor(ANYONE) @Transform(() => '***') @Column('varchar', { length: 40 }) masked!: string;
  @ExposeFor(ANYONE) @Column('varchar', { length: 40, nullable: true }) maybe!: string | null;
  @ExposeFor(ANYONE) @Column('text') body!: string;
  @ExposeFor(ANYONE) @CreateDateColumn() madeAt!: Date;
  @ExposeFor(ANYONE) @Column('simple-json') tags!: string;
  @Column('varchar', { length: 40 }) hidden!: string;
}
const NoteResource = defineResource(Note, {
  id: 'id',
  owner: 'userId',
  load: fromTypeorm(),
  can: (r) => ({ read: r.owner() }),
});

/** What the start says of a query class. */
async function bootOf(
  query: Type<PageQuery>,
  options: Partial<SecurityOptions> = {},
  listed = true,
): Promise<string | undefined> {
  class NotesController {
    constructor(private readonly notes: Repository<Note>) {}
    list(mine: WhereOf<Note>, asked: PageQuery) {
      return page(this.notes, mine, asked);
    }
  }
  InjectRepository(Note)(NotesController, undefined as never, 0);
  Reflect.defineMetadata('design:paramtypes', [Repository], NotesController);
  const { prototype } = NotesController;
  (listed ? Where() : CurrentUser())(prototype, 'list', 0);
  Query()(prototype, 'list', 1);
  Reflect.defineMetadata('design:paramtypes', [Object, query], prototype, 'list');
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'list')!;
  for (const decorate of [Get(), listed ? Lists(Note) : Authenticated(), Returns(Page.of(Note))])
    decorate(prototype, 'list', descriptor);
  Controller('notes')(NotesController);
  try {
    const module = listsModule(
      [NotesController],
      { queries: [], events: [] },
      {
        authorization: { roles: { user: [] }, resources: [NoteResource] },
        ...options,
      },
      [Note],
    );
    await (await startApp(module, 'express')).close();
    return undefined;
  } catch (error) {
    if (error instanceof SecurityConfigError) return `${error.code} ${error.message}`;
    throw error;
  }
}

const filterBy = (property: string) => {
  class NoteQuery extends PageQuery {
    @Filterable({ property }) @IsOptional() @IsString() wanted?: string;
  }
  return NoteQuery;
};
const sortBy = (property: string) => {
  class NoteQuery extends PageQuery {
    @Sortable(property) sort?: string;
  }
  return NoteQuery;
};

describe('at boot', () => {
  it.each([
    ['filter by what is exposed to nobody', filterBy('hidden'), 'exposure.invalid', 'exposed to nobody'],
    ['filter by what is not there', filterBy('constructor'), 'exposure.invalid', 'exposed to nobody'],
    ['sort by what is exposed to nobody', sortBy('hidden'), 'exposure.invalid', 'exposed to nobody'],
    [
      'filter by what a @Transform hides',
      filterBy('masked'),
      'exposure.invalid',
      'something else than it is stored',
    ],
    [
      'sort by what a @Transform hides',
      sortBy('masked'),
      'exposure.invalid',
      'something else than it is stored',
    ],
    ['filter by JSON', filterBy('tags'), 'resource.invalid', 'is no column that a list can filter by'],
    ['sort by what may be NULL', sortBy('maybe'), 'resource.invalid', 'is no column that a list can sort by'],
    ['sort by a text without end', sortBy('body'), 'resource.invalid', 'length at most 200'],
    ['sort by a date of the database', sortBy('madeAt'), 'resource.invalid', 'milliseconds'],
  ])('refuses to %s', async (_name, query, code, message) => {
    const said = await bootOf(query);
    expect(said).toContain(code);
    expect(said).toContain(message);
  });

  it('lets in what can be', async () => {
    expect(await bootOf(filterBy('maybe'))).toBeUndefined();
    expect(await bootOf(filterBy('madeAt'))).toBeUndefined();
    expect(await bootOf(sortBy('id'))).toBeUndefined();
  });

  it('refuses a filter that nobody can send', async () => {
    class NoteQuery extends PageQuery {
      @Filterable() body?: string;
    }
    expect(await bootOf(NoteQuery)).toContain('no validation decorator');
  });

  it('refuses an order of the class that is none of its orders', async () => {
    class NoteQuery extends PageQuery {
      @Sortable('id') sort: string = '-madeAt';
    }
    const said = await bootOf(NoteQuery);
    expect(said).toContain('NoteQuery.sort begins with an order that it does not have');
    expect(said).toContain('id, -id');
    class Right extends PageQuery {
      @Sortable('id') sort: string = '-id';
    }
    expect(await bootOf(Right)).toBeUndefined();
  });

  it('refuses a filter that nobody checks: in a class that is no PageQuery, and on a route without @Lists', async () => {
    class Loose {
      @Filterable() @IsOptional() @IsString() maybe?: string;
    }
    class Sorted extends PageQuery {
      @Sortable('id') sort?: string;
    }
    expect(await bootOf(Loose as Type<PageQuery>)).toContain('input.invalid');
    expect(await bootOf(Sorted, {}, false)).toContain('takes no notice');
    expect(await bootOf(PageQuery, {}, false)).toBeUndefined();
  });

  it('asks for a secret where instances share state, and for none where there is one', async () => {
    const remote: StateStore = { run: () => Promise.resolve([]) };
    const shared = await bootOf(PageQuery, { lists: {}, state: remote });
    expect(shared).toContain('option.missing');
    expect(shared).toContain('lists.secret');
    expect(await bootOf(PageQuery, { lists: {}, outage: { expectedInstances: 2 } })).toContain(
      'lists.secret',
    );
    expect(await bootOf(PageQuery, { lists: {}, state: memoryState() })).toBeUndefined();
    expect(await bootOf(PageQuery, { state: remote })).toBeUndefined();
  });
});

describe('decorators', () => {
  const on =
    (decorate: () => PropertyDecorator, target: object = {}, name: string | symbol = 'a') =>
    () =>
      decorate()(target, name);

  it('refuse what they cannot do', () => {
    expect(on(() => Filterable({ operator: 'like' as never }))).toThrow(/equals, in, from, to/);
    expect(on(() => Filterable(), class {})).toThrow(SecurityConfigError);
    expect(on(() => Filterable(), {}, Symbol('a'))).toThrow(SecurityConfigError);
    expect(on(() => (Sortable as () => PropertyDecorator)())).toThrow(SecurityConfigError);
    expect(on(() => Sortable('-total'))).toThrow(SecurityConfigError);
    class Twice {}
    Sortable('a')(Twice.prototype, 'one');
    expect(on(() => Sortable('b'), Twice.prototype, 'two')).toThrow(SecurityConfigError);
  });

  it('are inherited', async () => {
    class Base extends PageQuery {
      @Filterable({ property: 'hidden' }) @IsOptional() @IsIn(['a']) wanted?: string;
    }
    class NoteQuery extends Base {}
    expect(await bootOf(NoteQuery)).toContain('exposed to nobody');
  });
});

describe('the lists option', () => {
  it('takes a secret that nobody can guess', () => {
    expect(resolveLists(undefined)).toEqual({ secret: undefined });
    expect(resolveLists({ secret: 'Qm9vdHMgYW5kIGNhdHMgYW5kIGJvb3RzLg-3f9' }).secret).toHaveLength(38);
    for (const secret of ['short', 'x'.repeat(40), 7, null, 'my-secret-my-secret-my-secret-my-secret']) {
      expect(() => resolveLists({ secret })).toThrow(/option.invalid/);
    }
    expect(() => resolveLists({ secret: undefined })).toThrow(/option.missing/);
    expect(() => resolveLists({ secrets: 'x' })).toThrow(/lists.secret/);
  });
});

describe('whether a rule admits to one’s own alone', () => {
  const r = ruleBuilder<{ id: string; userId: string; teamId: string; status: string }>(['userId']);
  const roles = (...names: string[]) => ({ roles: new Set(names) });
  it.each([
    ['the owner', r.owner(), [], true],
    ['another owner', r.owner('teamId'), [], false],
    ['a role that the caller has not', r.any(r.owner(), r.role('support')), [], true],
    ['a role that the caller has', r.any(r.owner(), r.role('support')), ['support'], false],
    ['a role and the owner', r.all(r.role('support'), r.owner()), ['support'], true],
    ['a constant', r.any(r.owner(), r.where('status', 'open')), [], false],
    ['a constant of the owner’s', r.all(r.where('status', 'open'), r.owner()), [], true],
    ['nobody', r.any(), [], true],
  ])('%s', (_name, rule, held, expected) => {
    expect(admitsOwnOnly(rule.node, ['userId'], roles(...held))).toBe(expected);
  });

  it('is no for whatever is not known', () => {
    expect(admitsOwnOnly({ kind: 'elsewhere' } as never, ['userId'], roles())).toBe(false);
  });
});

describe('conditions', () => {
  it('are never replaced', () => {
    const merged = both({ status: 'paid', account: { plan: 'a' } }, { status: 'open', account: { id: 1 } });
    expect(merged).toMatchObject({ account: { plan: 'a', id: 1 } });
    expect(JSON.stringify(merged['status'])).toMatch(/"paid".*"open"/);
    expect(() => both({}, { status: undefined })).toThrow(TypeError);
    expect(() => both({ account: { id: 1 } }, { account: 1 })).toThrow(TypeError);
  });
});

describe('what a condition says of its request', () => {
  const plan = { entity: Order, ids: ['id'], owner: ['userId'], filters: [], sort: undefined };
  const listing = () =>
    new Listing(plan, { seal: () => 'c', position: undefined, refused: { reason: 'input.invalid' } });

  it('is nothing where it is the condition of two, a copy, or no object', () => {
    const condition = {};
    keepListing(condition, listing());
    expect(listingOf(condition).plan).toBe(plan);
    expect(() => listingOf({ ...condition })).toThrow(/no condition of @Where/);
    for (const other of [undefined, null, 'x', []])
      expect(() => listingOf(other)).toThrow(/no condition of @Where/);
    keepListing(condition, listing());
    expect(() => listingOf(condition)).toThrow(/several requests/);
  });

  it('of no alternative is no row, and no question', async () => {
    const none: WhereOf<Order> = [];
    keepListing(none, listing());
    const queries: string[] = [];
    const source = await new DataSource({
      type: 'sqljs',
      entities: [Order],
      synchronize: true,
      logging: ['query'],
      logger: { logQuery: (query: string) => queries.push(query), logSchemaBuild() {}, log() {} } as never,
    }).initialize();
    await source
      .getRepository(Order)
      .insert({ id: 'a', userId: 'b', status: 'c', total: 1, cost: 1, createdAt: new Date(), secret: 's' });
    queries.length = 0;
    expect(await page(source.getRepository(Order), none, new PageQuery())).toEqual(new Page([], null));
    expect(queries).toEqual([]);
    await source.destroy();
  });
});

describe('columns', () => {
  it('need milliseconds on a database that knows more', async () => {
    const source = new DataSource({ type: 'sqljs', entities: [Order] });
    await source.initialize();
    const metadata = source.getMetadata(Order);
    const column = metadata.findColumnWithPropertyPathStrict('createdAt')!;
    const postgres = { options: { type: 'postgres' } } as DataSource;
    expect(() => listColumns(postgres, metadata).sort('createdAt')).toThrow(/precision: 3/);
    column.precision = 6;
    expect(() => listColumns(postgres, metadata).sort('createdAt')).toThrow(/precision: 3/);
    column.precision = 3;
    expect(listColumns(postgres, metadata).sort('createdAt').parse(5)).toEqual(new Date(5));
    const keys = [
      ['total', 'ASC'],
      ['id', 'ASC'],
    ] as const;
    const order = keyset(
      keys,
      keys.map(([property]) => listColumns(source, metadata).sort(property)),
    );
    expect(order.behind(['x', 'a'])).toBeUndefined();
    expect(order.behind([1, 'a'])).toHaveLength(2);
    expect(() => order.valuesOf({ total: 1, id: null })).toThrow(/no value that a cursor can hold/);
    await source.destroy();
  });
});
