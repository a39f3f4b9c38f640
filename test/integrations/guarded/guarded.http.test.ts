import { Body, Controller, Delete, Inject, Patch, Post } from '@nestjs/common';
import { IsArray, IsInt, IsOptional, IsString } from 'class-validator';
import { QueryPromise } from 'drizzle-orm';
import {
  ANYONE,
  Can,
  defineResource,
  ExposeFor,
  Guarded,
  guardedWrite,
  Loaded,
  Owns,
  Returns,
  type LoaderFactory,
} from 'nestjs-gatehouse';
import { fromTypeorm, type WhereOf } from 'nestjs-gatehouse/typeorm';
import {
  Column,
  DataSource,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
  type UpdateResult,
} from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { guardedModule } from '../../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';
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
class Doc {
  @PrimaryColumn('integer') @ExposeFor(ANYONE) id!: number;
  @Column() userId!: string;
  @Column() status!: string;
  @Column() note!: string;
  @ManyToOne(() => Team) team!: Relation<Team>;
}
@Entity()
class Seat {
  @PrimaryColumn('integer') row!: number;
  @PrimaryColumn() letter!: string;
  @Column() userId!: string;
  @Column() note!: string;
}

class Patched {
  @IsOptional() @IsString() note?: string;
  @IsOptional() @IsArray() @IsInt({ each: true }) ids?: number[];
}
/** What happens between the check and the write. */
let meanwhile: ((source: DataSource) => Promise<unknown>) | undefined;

@Controller()
class DocsController {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  @Patch('docs/:id') @Can('update', Doc) @Returns(null) async patch(
    @Loaded() _doc: Doc,
    @Guarded() mine: WhereOf<Doc>,
    @Body() { note }: Patched,
  ) {
    await meanwhile?.(this.source);
    await guardedWrite(mine, this.source.getRepository(Doc).update(mine, { note: note! }));
  }

  @Delete('docs/:id') @Owns(Doc) @Can('update', Doc) @Returns(null) async remove(
    @Loaded() _doc: Doc,
    @Guarded(Doc) mine: WhereOf<Doc>,
  ) {
    await meanwhile?.(this.source);
    await guardedWrite(mine, this.source.getRepository(Doc).delete(mine));
  }

  @Post('bulk') @Owns(Doc, { from: { body: 'ids' }, many: true }) @Returns(null) async bulk(
    @Loaded() _docs: Doc[],
    @Guarded() mine: WhereOf<Doc>,
    @Body() { note }: Patched,
  ) {
    await meanwhile?.(this.source);
    await this.source.transaction((manager) =>
      guardedWrite(mine, manager.update(Doc, mine, { note: note! })),
    );
  }

  @Patch('seats/:row/:letter') @Owns(Seat) @Returns(null) async seat(
    @Loaded() _seat: Seat,
    @Guarded() mine: WhereOf<Seat>,
    @Body() { note }: Patched,
  ): Promise<void> {
    await guardedWrite(mine, this.source.getRepository(Seat).update(mine, { note: note! }));
  }

  @Patch('copies/:id') @Can('update', Doc) @Returns(null) async copy(
    @Loaded() _doc: Doc,
    @Guarded() mine: WhereOf<Doc>,
  ) {
    const copied = { ...(mine as object) } as WhereOf<Doc>;
    await guardedWrite(copied, this.source.getRepository(Doc).update(copied, { note: 'copied' }));
  }

  @Patch('silent/:id') @Can('update', Doc) @Returns(null) async silent(
    @Loaded() _doc: Doc,
    @Guarded() mine: WhereOf<Doc>,
  ) {
    await guardedWrite(mine, Promise.resolve({} as UpdateResult));
  }
}

const resources = [
  defineResource(Doc, {
    id: 'id',
    owner: 'userId',
    load: fromTypeorm(),
    can: (r) => ({
      read: r.any(r.owner(), r.owner('team.members.userId')),
      update: r.all(r.any(r.owner(), r.owner('team.members.userId')), r.where('status', 'open')),
    }),
  }),
  defineResource(Seat, {
    id: ['row', 'letter'],
    owner: 'userId',
    load: fromTypeorm(),
    can: (r) => ({ read: r.owner() }),
  }),
];

describe.each(ADAPTERS)('check and use in one on %s', (adapter) => {
  let app: StartedApp;
  let source: DataSource;

  beforeAll(async () => {
    source = await new DataSource({
      type: 'sqljs',
      entities: [Doc, Team, Member, Seat],
      synchronize: true,
    }).initialize();
    const module = guardedModule([DocsController], { authorization: { roles: { user: [] }, resources } }, [
      { provide: DataSource, useValue: source },
    ]);
    app = await startApp(module, adapter);
  });
  afterAll(async () => {
    await app.close();
    await source.destroy();
  });
  beforeEach(async () => {
    for (const entity of [Doc, Member, Team, Seat]) await source.getRepository(entity).deleteAll();
    await source.getRepository(Team).insert({ id: 1 });
    await source.getRepository(Member).insert({ id: 1, userId: 'bob', team: { id: 1 } });
    await source
      .getRepository(Doc)
      .insert([1, 2, 3].map((id) => ({ id, userId: 'alice', status: 'open', note: 'old', team: { id: 1 } })));
    await source.getRepository(Seat).insert([
      { row: 1, letter: 'A', userId: 'alice', note: 'old' },
      { row: 1, letter: 'B', userId: 'alice', note: 'old' },
      { row: 2, letter: 'A', userId: 'bob', note: 'old' },
    ]);
  });
  afterEach(() => void (meanwhile = undefined));

  const send = async (method: string, path: string, body: object | undefined, who = 'alice') => {
    const response = await fetch(`${app.url}/${path}`, {
      method,
      headers: { authorization: await bearer(who, ['user']), 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
    await response.arrayBuffer();
    return response.status;
  };
  const notes = async () =>
    (await source.getRepository(Doc).find({ order: { id: 'ASC' } })).map(({ note }) => note);
  const set = (part: Partial<Doc>) => (at: DataSource) => at.getRepository(Doc).update({ id: 1 }, part);

  it('writes the one row where nothing has changed: by a column, and through relations', async () => {
    expect(await send('PATCH', 'docs/1', { note: 'a' })).toBe(200);
    expect(await send('PATCH', 'docs/2', { note: 'b' }, 'bob')).toBe(200);
    expect(await notes()).toEqual(['a', 'b', 'old']);
  });

  it('is 404 for who may no longer read, 409 for who may', async () => {
    meanwhile = set({ userId: 'carol' });
    expect(await send('PATCH', 'docs/1', { note: 'a' })).toBe(404);
    await set({ userId: 'alice' })(source);
    meanwhile = set({ status: 'paid' });
    expect(await send('PATCH', 'docs/1', { note: 'a' })).toBe(409);
    expect(await send('PATCH', 'docs/1', { note: 'a' })).toBe(403);
    await set({ status: 'open' })(source);
    meanwhile = (at) => at.getRepository(Doc).delete({ id: 1 });
    expect(await send('PATCH', 'docs/1', { note: 'a' })).toBe(404);
    expect(await notes()).toEqual(['old', 'old']);
  });

  it('sees a relation that has changed', async () => {
    meanwhile = (at) => at.getRepository(Member).delete({ id: 1 });
    expect(await send('PATCH', 'docs/1', { note: 'a' }, 'bob')).toBe(404);
    expect(await notes()).toEqual(['old', 'old', 'old']);
  });

  it('deletes under every check of the route', async () => {
    meanwhile = set({ status: 'paid' });
    expect(await send('DELETE', 'docs/1', undefined)).toBe(409);
    meanwhile = undefined;
    expect(await send('DELETE', 'docs/2', undefined)).toBe(200);
    expect(await send('DELETE', 'docs/3', undefined, 'bob')).toBe(403);
    expect(await notes()).toEqual(['old', 'old']);
  });

  it('of many objects writes all or none', async () => {
    expect(await send('POST', 'bulk', { ids: [1, 2, 2], note: 'a' })).toBe(201);
    meanwhile = set({ userId: 'bob' });
    expect(await send('POST', 'bulk', { ids: [1, 2], note: 'b' })).toBe(404);
    expect(await notes()).toEqual(['a', 'a', 'old']);
  });

  it('takes a composite id', async () => {
    expect(await send('PATCH', 'seats/1/A', { note: 'a' })).toBe(200);
    const rows = await source.getRepository(Seat).find();
    expect(rows.filter(({ note }) => note === 'a').map(({ row, letter }) => `${row}${letter}`)).toEqual([
      '1A',
    ]);
  });

  it('a copy of the condition, or a result without a number, is an error', async () => {
    expect(await send('PATCH', 'copies/1', {})).toBe(500);
    expect(await send('PATCH', 'silent/1', {})).toBe(500);
  });

  it('does not boot where the loader makes no condition', async () => {
    const load: LoaderFactory<Doc> = {
      create: () => ({ parseId: () => undefined, loadMany: () => [] }),
    };
    @Controller()
    class Bare {
      @Patch('docs/:id') @Owns(Doc) @Returns(null) patch(@Loaded() _doc: Doc, @Guarded() _mine: object) {}
    }
    const bare = defineResource(Doc, {
      id: 'id',
      owner: 'userId',
      load,
      can: (r) => ({ read: r.owner() }),
    });
    const module = guardedModule([Bare], { authorization: { roles: { user: [] }, resources: [bare] } });
    await expect(startApp(module, adapter)).rejects.toThrow('access.no-query');
  });
});

describe('guardedWrite', () => {
  it.each([
    ['TypeORM', { affected: 0, raw: [] }],
    ['Prisma', { count: 0 }],
    ['pg', { rowCount: 0, rows: [] }],
    ['better-sqlite3', { changes: 0 }],
    ['libsql', { rowsAffected: 0 }],
    ['mysql2', [{ affectedRows: 0, fieldCount: 0 }, undefined]],
    ['returning()', []],
    ['a number', 0],
  ])('reads the number of rows of %s', async (_name, none) => {
    const { keepGuarded } = await import('../../../lib/core/guarded-write.js');
    const { guardedWrite: write } = await import('../../../lib/core/guarded-write.js');
    const condition = {};
    keepGuarded(condition, { count: 1, refusal: () => ({ reason: 'access.changed' }) });
    await expect(write(condition, Promise.resolve(none))).rejects.toMatchObject({
      denial: { reason: 'access.changed' },
    });
    const one = JSON.parse(JSON.stringify(none).replaceAll('0', '1')) as typeof none;
    const done = Array.isArray(none) && none.length === 0 ? [{ id: 1 }] : one;
    await expect(write(condition, Promise.resolve(done))).resolves.toBe(done);
  });

  it('begins nothing under a copy, where the data source begins when it is awaited', async () => {
    const { guardedWrite: write } = await import('../../../lib/core/guarded-write.js');
    let begun = 0;
    class Lazy extends QueryPromise<object> {
      override execute() {
        begun++;
        return Promise.resolve({ count: 1 });
      }
    }
    const lazy = new Lazy();
    await expect(write({}, lazy)).rejects.toThrow(/not a copy/);
    expect(begun).toBe(0);
    // What has begun is waited for, and its own failure is nobody's.
    await expect(write({}, Promise.reject(new Error('of the database')))).rejects.toThrow(/not a copy/);
  });
});
