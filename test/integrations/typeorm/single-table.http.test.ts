import { Body, Controller, Delete, Get, Inject, Patch, Post, Query, type Type } from '@nestjs/common';
import { IsInt, IsOptional, IsString } from 'class-validator';
import {
  ANYONE,
  Can,
  defineResource,
  ExposeFor,
  Filterable,
  Guarded,
  guardedWrite,
  Lists,
  Loaded,
  OWNER,
  Owns,
  Page,
  PageQuery,
  References,
  Returns,
  Sortable,
  Where,
  WritableBy,
  WritesTo,
  type Rule,
  type RuleBuilder,
} from 'nestjs-gatehouse';
import { fromTypeorm, page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import {
  ChildEntity,
  Column,
  DataSource,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  TableInheritance,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { guardedModule } from '../../support/guarded-module.js';
import { ADAPTERS, startApp, type AdapterName, type StartedApp } from '../../support/start-app.js';
import { bearer } from '../../support/tokens.js';

@Entity()
class Team {
  @PrimaryColumn('integer') id!: number;
  @OneToMany(() => Member, (member) => member.team) members!: Relation<Member>[];
}
@Entity()
class Member {
  @PrimaryColumn('integer') id!: number;
  @Column() userId!: string;
  @ManyToOne(() => Team, (team) => team.members) team!: Relation<Team>;
}
@Entity()
@TableInheritance({ column: { name: 'kind', type: 'varchar' } })
class Doc {
  @PrimaryColumn('integer') @ExposeFor(ANYONE) id!: number;
  @Column() kind!: string;
  @Column() userId!: string;
  @Column('varchar', { length: 40 }) @ExposeFor(ANYONE) title!: string;
  @Column('integer') @ExposeFor(ANYONE) cost!: number;
  @Column('integer', { default: 0 }) @ExposeFor('admin') fee!: number;
  @Column('integer', { default: 0 }) @ExposeFor('support') rank!: number;
  @ManyToOne(() => Team) team!: Relation<Team>;
}
@ChildEntity('sealed')
class Sealed extends Doc {
  @ExposeFor('support') declare cost: number;
  @ExposeFor('support') declare fee: number;
  @ExposeFor('admin') declare rank: number;
}
@ChildEntity('draft')
class Draft extends Doc {
  @ExposeFor(OWNER) declare title: string;
}
/** Extends a class without sharing its table: no row of the one is one of the other. */
@Entity()
class Archived {
  @PrimaryColumn('integer') @ExposeFor(ANYONE) id!: number;
  @Column() userId!: string;
  @Column('varchar', { length: 40 }) @ExposeFor(ANYONE) title!: string;
}
@Entity()
class Shredded extends Archived {
  declare title: string;
}
ExposeFor('support')(Shredded.prototype, 'title');
const ENTITIES = [Team, Member, Doc, Sealed, Draft, Archived, Shredded];

@WritesTo(Doc)
class PatchDoc {
  @WritableBy(OWNER) @IsOptional() @IsString() title?: string;
  @WritableBy('admin', { ifUnchanged: 'allow' }) @IsOptional() @IsInt() cost?: number;
}
class Link {
  @References(Doc) @IsInt() docId!: number;
}
class DocQuery extends PageQuery {
  @Sortable('id') sort: string = '-id';
}

@Controller('docs')
class DocsController {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  @Get() @Lists(Doc) @Returns(Page.of(Doc)) list(@Where() mine: WhereOf<Doc>, @Query() query: DocQuery) {
    return page(this.source.getRepository(Doc), mine, query);
  }
  @Get('sealed') @Lists(Sealed) @Returns(Page.of(Doc)) sealed(
    @Where() mine: WhereOf<Sealed>,
    @Query() query: DocQuery,
  ) {
    const wider = query.limit === 1 ? this.source.getRepository(Doc) : this.source.getRepository(Sealed);
    return page(wider, mine, query);
  }
  @Get('changed') @Lists(Doc) @Returns(Page.of(Doc)) changed(
    @Where() mine: WhereOf<Doc>,
    @Query() query: DocQuery,
  ) {
    return page(this.source.getRepository(Doc), Object.assign(mine, { userId: 'bob' }), query);
  }
  @Get(':id') @Can('read', Doc) @Returns(Doc) get(@Loaded() doc: Doc) {
    return doc;
  }
  @Patch(':id') @Can('update', Doc) @Returns(null) async patch(
    @Loaded() _doc: Doc,
    @Guarded() mine: WhereOf<Doc>,
    @Body() { title }: PatchDoc,
  ) {
    await guardedWrite(mine, this.source.getRepository(Doc).update(mine, { title: title! }));
  }
  @Delete(':id') @Owns(Doc) @Returns(null) remove(@Loaded() _doc: Doc) {}
  @Post('links') @Can('read', Doc, { from: { body: 'docId' } }) @Returns(null) link(
    @Loaded() _doc: Doc,
    @Body() _body: Link,
  ) {}
}

type Rules = (r: RuleBuilder<Doc>) => Readonly<Record<string, Rule<Doc>>>;
const rules: Rules = (r) => ({
  read: r.any(r.owner(), r.owner('team.members.userId')),
  // What is sealed is nobody's to change.
  update: r.all(r.owner(), r.not(r.where('kind', 'sealed'))),
});
const resource = (entity: Type<Doc>, can: Rules) =>
  defineResource<Doc>(entity, { id: 'id', owner: 'userId', load: fromTypeorm(), can });
const archived = (entity: Type<Archived>) =>
  defineResource<Archived>(entity, {
    id: 'id',
    owner: 'userId',
    load: fromTypeorm(),
    can: (r) => ({ read: r.owner() }),
  });

let source: DataSource;
beforeAll(async () => {
  source = await new DataSource({ type: 'sqljs', entities: ENTITIES, synchronize: true }).initialize();
});
afterAll(() => source.destroy());

const start = (controller: Type, resources: Array<ReturnType<typeof defineResource<any>>>, on: AdapterName) =>
  startApp(
    guardedModule(
      [controller],
      { authorization: { roles: { admin: ['support'], support: ['user'], user: [] }, resources } },
      [{ provide: DataSource, useValue: source }],
    ),
    on,
  );

describe.each(ADAPTERS)('entities that share a table on %s', (adapter) => {
  let app: StartedApp;
  beforeAll(async () => {
    app = await start(DocsController, [resource(Doc, rules), resource(Sealed, rules)], adapter);
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    for (const entity of [Doc, Member, Team]) await source.getRepository(entity).deleteAll();
    await source.getRepository(Team).insert({ id: 1 });
    await source.getRepository(Member).insert({ id: 1, userId: 'bob', team: { id: 1 } });
    const row = { userId: 'alice', title: 'old', cost: 3, team: { id: 1 } };
    await source.getRepository(Doc).save({ id: 1, ...row });
    await source.getRepository(Sealed).save({ id: 2, ...row });
    await source.getRepository(Draft).save({ id: 3, ...row });
  });

  const send = async (method: string, path: string, who: string, body?: object) => {
    const response = await fetch(`${app.url}/docs${path}`, {
      method,
      headers: { authorization: await bearer(who, ['user']), 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return [response.status, text === '' ? undefined : JSON.parse(text)] as const;
  };

  it('are listed and loaded by the rules that they share, each as its own class shows it', async () => {
    const shown = (title: object) => [
      { id: 3, cost: 3, ...title },
      { id: 2, title: 'old' },
      { id: 1, title: 'old', cost: 3 },
    ];
    const items = (title: object) => [200, { items: shown(title), nextCursor: null }];
    expect(await send('GET', '', 'alice')).toEqual(items({ title: 'old' }));
    // Through a relation that the rows of the page do not have with them.
    expect(await send('GET', '', 'bob')).toEqual(items({}));
    expect(await send('GET', '', 'carol')).toEqual([200, { items: [], nextCursor: null }]);
    expect(await send('GET', '/2', 'bob')).toEqual([200, { id: 2, title: 'old' }]);
    expect((await send('GET', '/2', 'carol'))[0]).toBe(404);
    expect((await send('POST', '/links', 'bob', { docId: 2 }))[0]).toBe(201);
    expect((await send('POST', '/links', 'carol', { docId: 2 }))[0]).toBe(404);
  });

  it('are no page by the condition of a subclass, nor by one that a handler has changed', async () => {
    expect(await send('GET', '/sealed', 'alice')).toEqual([
      200,
      { items: [{ id: 2, title: 'old' }], nextCursor: null },
    ]);
    expect((await send('GET', '/sealed?limit=1', 'alice'))[0]).toBe(500);
    expect((await send('GET', '/changed', 'alice'))[0]).toBe(500);
  });

  it('are changed by them: what the rule says of a kind it says wherever the row comes from', async () => {
    expect((await send('PATCH', '/1', 'alice', { title: 'new' }))[0]).toBe(200);
    expect((await send('PATCH', '/3', 'alice', { title: 'new' }))[0]).toBe(200);
    expect((await send('PATCH', '/2', 'alice', { title: 'new' }))[0]).toBe(403);
    expect((await send('DELETE', '/2', 'alice'))[0]).toBe(200);
    expect((await send('DELETE', '/2', 'bob'))[0]).toBe(403);
    const titles = (await source.getRepository(Doc).find({ order: { id: 'ASC' } })).map(({ title }) => title);
    expect(titles).toEqual(['new', 'old', 'new']);
  });

  it('do not start with a stricter rule of the subclass, which no route of the base would ask', async () => {
    const stricter: Rules = (r) => ({ ...rules(r), update: r.role('admin') });
    await expect(
      start(DocsController, [resource(Doc, rules), resource(Sealed, stricter)], adapter),
    ).rejects.toThrow(
      'Sealed.can.update is another rule than that of Doc, and Sealed extends Doc: a route that names Doc hands out each Sealed by what Doc says',
    );
  });
});

describe('a list of entities that share a table', () => {
  const listing = (entity: Type<object>, query: Type<PageQuery>) => {
    class ListController {
      list(mine: WhereOf<Doc>, asked: PageQuery) {
        return page(source.getRepository(entity), mine as never, asked);
      }
    }
    const { prototype } = ListController;
    Where()(prototype, 'list', 0);
    Query()(prototype, 'list', 1);
    Reflect.defineMetadata('design:paramtypes', [Object, query], prototype, 'list');
    const descriptor = Object.getOwnPropertyDescriptor(prototype, 'list')!;
    for (const decorate of [Get(), Lists(entity), Returns(Page.of(entity))])
      decorate(prototype, 'list', descriptor);
    Controller('listed')(ListController);
    return ListController;
  };
  class ByCost extends PageQuery {
    @Filterable() @IsOptional() @IsInt() cost?: number;
  }
  class ByFee extends PageQuery {
    @Filterable() @IsOptional() @IsInt() fee?: number;
  }
  class ByRank extends PageQuery {
    @Filterable() @IsOptional() @IsInt() rank?: number;
  }
  class ByTitle extends PageQuery {
    @Sortable('title') sort?: string;
  }

  it.each([
    ['filtered', ByCost, 'ByCost.cost names Doc.cost, which Sealed does not expose to all to whom Doc does'],
    ['filtered', ByRank, 'ByRank.rank names Doc.rank, which Sealed does not expose to all to whom Doc does'],
    ['sorted', ByTitle, 'ByTitle.sort names Doc.title, which Draft does not expose to all to whom Doc does'],
  ])(
    'is not %s by what one of them hides, whether it is a resource or not',
    async (_name, query, message) => {
      const controller = listing(Doc, query);
      for (const resources of [[resource(Doc, rules)], [resource(Doc, rules), resource(Sealed, rules)]])
        await expect(start(controller, resources, 'express')).rejects.toThrow(message);
    },
  );

  it('may be by what one of them shows to more roles: who has the role of the base has theirs', async () => {
    await (await start(listing(Doc, ByFee), [resource(Doc, rules)], 'express')).close();
  });

  it('may be by what a class of another table hides, unless both are resources', async () => {
    const controller = listing(Archived, ByTitle);
    await (await start(controller, [archived(Archived)], 'express')).close();
    await expect(start(controller, [archived(Archived), archived(Shredded)], 'express')).rejects.toThrow(
      'which Shredded does not expose',
    );
  });
});
