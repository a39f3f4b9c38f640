import {
  Body,
  Controller,
  createParamDecorator,
  Inject,
  Injectable,
  Param,
  Patch,
  Post,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { IsString } from 'class-validator';
import { eq } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { integer, pgTable, varchar } from 'drizzle-orm/pg-core';
import { sqliteTable, integer as sqliteInteger, text } from 'drizzle-orm/sqlite-core';
import {
  ANYONE,
  Can,
  CurrentUser,
  defineResource,
  ExposeFor,
  factsOf,
  Guarded,
  guardedWrite,
  Loaded,
  Owns,
  rawRequest,
  Returns,
  type Principal,
} from 'nestjs-gatehouse';
import { fromDrizzle, type DrizzleWhere, type RequestTransaction } from 'nestjs-gatehouse/drizzle';
import type { IncomingMessage } from 'node:http';
import type { Pool } from 'pg';
import { mergeMap, type Observable } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { guardedModule } from '../../support/guarded-module.js';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { startApp, type StartedApp } from '../../support/start-app.js';
import { bearer } from '../../support/tokens.js';
import { openPool } from '../postgres/open-pool.js';
import { COUNT, FILL, raceOptions, TransferRace, WATCH, type RaceRoute } from './transfer-race.js';

const DATABASE = Symbol('the Drizzle database');
type Database = NodePgDatabase;
type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

const docs = pgTable('doc', {
  id: integer().primaryKey(),
  userId: varchar().notNull(),
  writer: varchar().notNull(),
});
class Doc {
  @ExposeFor(ANYONE) id!: number;
  userId!: string;
  writer!: string;
}
const Raw = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  rawRequest(context.switchToHttp().getRequest()),
);

/** One transaction a request, from the guard to the answer of the handler. */
@Injectable()
class RequestTransactions implements RequestTransaction {
  readonly #open = new WeakMap<
    IncomingMessage,
    { readonly begun: Promise<Transaction>; readonly end: (commit: boolean) => Promise<unknown> }
  >();

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  transaction(request: IncomingMessage): Promise<Transaction> {
    const present = this.#open.get(request);
    if (present) return present.begun;
    let finish!: (commit: boolean) => void;
    const finished = new Promise<boolean>((resolve) => (finish = resolve));
    let ended!: Promise<unknown>;
    const begun = new Promise<Transaction>((resolve, reject) => {
      ended = this.database
        .transaction(async (tx) => {
          resolve(tx);
          if (!(await finished)) tx.rollback();
        })
        .catch(reject);
    });
    const end = (commit: boolean) => {
      finish(commit);
      return ended;
    };
    this.#open.set(request, { begun, end });
    // Whatever becomes of the request: refused by the guard, or its client has left.
    factsOf(request)?.response?.once('close', () => void end(false));
    return begun;
  }

  /** Keeps what the request has written. */
  async commit(request: IncomingMessage): Promise<void> {
    await this.#open.get(request)?.end(true);
  }
}

/** Before the answer leaves. */
@Injectable()
class CommitInterceptor implements NestInterceptor {
  constructor(@Inject(RequestTransactions) private readonly transactions: RequestTransactions) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = rawRequest(context.switchToHttp().getRequest());
    return next.handle().pipe(
      mergeMap(async (value: unknown) => {
        await this.transactions.commit(request);
        return value;
      }),
    );
  }
}

const race = new TransferRace();

class Transfer {
  @IsString() to!: string;
}

@Controller('docs')
class DocsController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly transactions: RequestTransactions,
  ) {}

  @Patch(':id/guarded') @Can('update', Doc) @Returns(null) async guarded(
    @Loaded() doc: Doc,
    @Guarded() mine: DrizzleWhere,
    @CurrentUser() user: Principal,
  ) {
    await race.through.get(doc.id);
    await guardedWrite(mine, this.database.update(docs).set({ writer: user.id }).where(mine));
  }

  /** Check, then use. */
  @Patch(':id/naive') @Can('update', Doc) @Returns(null) async naive(
    @Loaded() doc: Doc,
    @CurrentUser() user: Principal,
  ) {
    await race.through.get(doc.id);
    await this.database.update(docs).set({ writer: user.id }).where(eq(docs.id, doc.id));
  }

  /** Under the lock that the check took. */
  @Patch(':id/locked')
  @Can('update', Doc, { lock: 'update' })
  @UseInterceptors(CommitInterceptor)
  @Returns(null)
  async locked(@Loaded() doc: Doc, @CurrentUser() user: Principal, @Raw() request: IncomingMessage) {
    const tx = await this.transactions.transaction(request);
    await tx.update(docs).set({ writer: user.id }).where(eq(docs.id, doc.id));
  }

  @Post(':id/transfer') @Owns(Doc) @Returns(null) async transfer(
    @Param('id') _id: string,
    @Loaded() doc: Doc,
    @Guarded() mine: DrizzleWhere,
    @Body() { to }: Transfer,
  ) {
    await guardedWrite(mine, this.database.update(docs).set({ userId: to }).where(mine));
    race.announce.get(doc.id)?.();
  }
}

const DocResource = defineResource(Doc, {
  id: 'id',
  owner: 'userId',
  load: fromDrizzle(docs, { database: DATABASE, transaction: RequestTransactions }),
  can: (r) => ({ read: r.owner(), update: r.owner() }),
});

describe('500 transfers of ownership and 500 updates at once, with Drizzle on PostgreSQL', () => {
  let server: TestDatabase;
  let pool: Pool;
  let app: StartedApp;
  let alice: string;

  beforeAll(async () => {
    server = await emptyPostgres();
    pool = openPool(server.url, { max: 20 });
    await pool.query(WATCH);
    const module = guardedModule([DocsController], raceOptions(DocResource), [
      { provide: DATABASE, useValue: drizzle(pool) },
      RequestTransactions,
    ]);
    app = await startApp(module, 'fastify');
    alice = await bearer('alice', ['user']);
  }, 120_000);
  afterAll(async () => {
    await app?.close();
    await pool?.end();
    await server?.drop();
  }, 60_000);
  beforeEach(async () => {
    for (const statement of FILL) await pool.query(statement);
  });

  const run = (route: RaceRoute) =>
    race.run(route, app.url, alice, async (count) => (await pool.query<{ n: number }>(count)).rows[0]!.n);

  it.each(['guarded', 'locked'] as const)(
    '%s: no update of a former owner lands, and each answer says what happened',
    async (route) => {
      const { updates, foreign, transferred, written } = await run(route);
      expect([foreign, transferred]).toEqual([0, COUNT]);
      expect(new Set([...updates, 200, 404])).toEqual(new Set([200, 404]));
      expect(updates.filter((status) => status === 200)).toHaveLength(written);
    },
    120_000,
  );

  it('check, then use loses', async () => {
    expect((await run('naive')).foreign).toBeGreaterThan(0);
  }, 240_000);

  it('locks in a transaction of Drizzle alone: elsewhere the lock would end with the statement', async () => {
    const database = drizzle(pool);
    const request = {} as IncomingMessage;
    const loaderIn = (transaction: RequestTransaction['transaction']) =>
      fromDrizzle<Doc>(docs, { database: 'db', transaction: 'tx' }).create({
        entity: Doc,
        ids: ['id'],
        paths: [],
        resolve: (token) => (token === 'db' ? database : { transaction }) as never,
      });
    await expect(
      Promise.resolve(loaderIn(() => database).loadMany([1], { mode: 'update', request })),
    ).rejects.toThrow(/no transaction of Drizzle/);
    await database.transaction(async (tx) => {
      const [doc] = await loaderIn(() => tx).loadMany([1], { mode: 'update', request });
      expect(doc).toBeInstanceOf(Doc);
      const skipped = await pool.query('SELECT id FROM doc WHERE id IN (1, 2) FOR UPDATE SKIP LOCKED');
      expect(skipped.rows).toEqual([{ id: 2 }]);
    });
  });
});

describe("lock: 'update' does not start", () => {
  const create = (table: Parameters<typeof fromDrizzle>[0], transaction?: object) => {
    const given = transaction && { transaction: 'tx' };
    return fromDrizzle<Doc>(table, { database: 'db', ...given }).create({
      entity: Doc,
      ids: ['id'],
      paths: [],
      resolve: (token) => (token === 'db' ? { select() {} } : transaction) as never,
    });
  };
  const other = sqliteTable('doc', { id: sqliteInteger().primaryKey(), userId: text().notNull() });

  it('without a transaction, and in a database that locks no rows', () => {
    const transactions = { transaction: () => ({}) };
    expect(create(docs, transactions).locks).toBe(true);
    expect(create(docs).locks).toBe(false);
    expect(create(other, transactions).locks).toBe(false);
    expect(() => create(docs, {})).toThrow(/finds nothing that gives the transaction of a request/);
  });
});
