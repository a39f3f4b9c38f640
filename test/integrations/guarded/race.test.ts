import { Body, Controller, Inject, Param, Patch, Post } from '@nestjs/common';
import { IsString } from 'class-validator';
import {
  ANYONE,
  Can,
  CurrentUser,
  defineResource,
  ExposeFor,
  Guarded,
  guardedWrite,
  Loaded,
  Owns,
  Returns,
  type Principal,
} from 'nestjs-gatehouse';
import { fromTypeorm, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { guardedModule } from '../../support/guarded-module.js';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { startApp, type StartedApp } from '../../support/start-app.js';
import { bearer } from '../../support/tokens.js';

@Entity()
class Doc {
  @PrimaryColumn('integer')
  @ExposeFor(ANYONE)
  id!: number;
  @Column()
  userId!: string;
  /** Who wrote last. */
  @Column()
  writer!: string;
}

class Transfer {
  @IsString() to!: string;
}

@Controller('docs')
class DocsController {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  @Patch(':id/guarded') @Can('update', Doc) @Returns(null) async guarded(
    @Loaded() _doc: Doc,
    @Guarded() mine: WhereOf<Doc>,
    @CurrentUser() user: Principal,
  ) {
    await guardedWrite(mine, this.source.getRepository(Doc).update(mine, { writer: user.id }));
  }

  /** Check, then use. */
  @Patch(':id/naive') @Can('update', Doc) @Returns(null) async naive(
    @Loaded() doc: Doc,
    @CurrentUser() user: Principal,
  ) {
    await this.source.getRepository(Doc).update({ id: doc.id }, { writer: user.id });
  }

  @Post(':id/transfer') @Owns(Doc) @Returns(null) async transfer(
    @Param('id') _id: string,
    @Loaded() _doc: Doc,
    @Guarded() mine: WhereOf<Doc>,
    @Body() { to }: Transfer,
  ) {
    await guardedWrite(mine, this.source.getRepository(Doc).update(mine, { userId: to }));
  }
}

const DocResource = defineResource(Doc, {
  id: 'id',
  owner: 'userId',
  load: fromTypeorm(),
  can: (r) => ({ read: r.owner(), update: r.owner() }),
});
const COUNT = 500;

describe('500 transfers of ownership and 500 updates at once, on PostgreSQL', () => {
  let database: TestDatabase;
  let source: DataSource;
  let app: StartedApp;
  let alice: string;

  beforeAll(async () => {
    database = await emptyPostgres();
    source = await new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [Doc],
      synchronize: true,
      extra: { max: 20 },
    }).initialize();
    // The database itself sees who writes to whose row.
    await source.query(`
      CREATE TABLE foreign_writes (id integer);
      CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.writer <> OLD.writer AND NEW.writer <> OLD."userId" THEN
          INSERT INTO foreign_writes VALUES (NEW.id);
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER watch BEFORE UPDATE ON doc FOR EACH ROW EXECUTE FUNCTION watch();
    `);
    const module = guardedModule(
      [DocsController],
      {
        authorization: { roles: { user: [] }, resources: [DocResource] },
        edge: { maxEventLoopDelay: false },
        throttling: {
          throttlers: [{ name: 'user', by: 'user', ttl: 60_000, limit: 1_000_000 }],
          door: false,
          concurrency: false,
        },
      },
      [{ provide: DataSource, useValue: source }],
    );
    app = await startApp(module, 'fastify');
    alice = await bearer('alice', ['user']);
  }, 120_000);
  afterAll(async () => {
    await app?.close();
    if (source?.isInitialized) await source.destroy();
    await database?.drop();
  }, 60_000);
  beforeEach(async () => {
    await source.query('TRUNCATE doc, foreign_writes');
    await source.query(`INSERT INTO doc SELECT n, 'alice', 'nobody' FROM generate_series(1, ${COUNT}) AS n`);
  });

  async function race(route: 'guarded' | 'naive') {
    const send = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${app.url}/docs/${path}`, {
        method,
        headers: { authorization: alice, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      await response.arrayBuffer();
      return response.status;
    };
    const pairs = Array.from({ length: COUNT }, (_, i) => {
      const update = () => send('PATCH', `${i + 1}/${route}`);
      const transfer = () => send('POST', `${i + 1}/transfer`, { to: 'bob' });
      if (i % 2 === 0) return [update(), transfer()] as const;
      const first = transfer();
      return [update(), first] as const;
    });
    const statuses = await Promise.all(pairs.map((pair) => Promise.all(pair)));
    const [{ count: foreign }] = (await source.query('SELECT count(*)::int FROM foreign_writes')) as [
      { count: number },
    ];
    const [{ count: transferred }] = (await source.query(
      `SELECT count(*)::int FROM doc WHERE "userId" = 'bob'`,
    )) as [{ count: number }];
    const [{ count: written }] = (await source.query(
      `SELECT count(*)::int FROM doc WHERE writer = 'alice'`,
    )) as [{ count: number }];
    return { updates: statuses.map(([update]) => update), foreign, transferred, written };
  }

  it('no update of a former owner lands, and each answer says what happened', async () => {
    const { updates, foreign, transferred, written } = await race('guarded');
    expect([foreign, transferred]).toEqual([0, COUNT]);
    expect(new Set([...updates, 200, 404])).toEqual(new Set([200, 404]));
    expect(updates.filter((status) => status === 200)).toHaveLength(written);
  }, 120_000);

  it('check, then use loses', async () => {
    let foreign = 0;
    for (let round = 0; round < 5 && foreign === 0; round++) ({ foreign } = await race('naive'));
    expect(foreign).toBeGreaterThan(0);
  }, 240_000);
});
