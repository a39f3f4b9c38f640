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
import { fromTypeorm, type RequestTransaction, type WhereOf } from 'nestjs-gatehouse/typeorm';
import type { IncomingMessage } from 'node:http';
import { mergeMap, type Observable } from 'rxjs';
import { Column, DataSource, Entity, PrimaryColumn, type EntityManager, type QueryRunner } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COUNT, FILL, raceOptions, TransferRace, WATCH, type RaceRoute } from './transfer-race.js';
import { guardedModule } from '../../support/guarded-module.js';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { startApp, type StartedApp } from '../../support/start-app.js';
import { bearer } from '../../support/tokens.js';

const Raw = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  rawRequest(context.switchToHttp().getRequest()),
);

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

/** One transaction a request, from the guard to the answer of the handler. */
@Injectable()
class RequestTransactions implements RequestTransaction {
  readonly #open = new WeakMap<IncomingMessage, QueryRunner>();

  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  async transaction(request: IncomingMessage): Promise<EntityManager> {
    const present = this.#open.get(request);
    if (present) return present.manager;
    const runner = this.source.createQueryRunner();
    this.#open.set(request, runner);
    // Whatever becomes of the request: refused by the guard, or its client has left.
    factsOf(request)?.response?.once('close', () => void this.#end(runner, false));
    await runner.startTransaction();
    return runner.manager;
  }

  /** Keeps what the request has written. */
  async commit(request: IncomingMessage): Promise<void> {
    const runner = this.#open.get(request);
    if (runner) await this.#end(runner, true);
  }

  async #end(runner: QueryRunner, commit: boolean): Promise<void> {
    if (runner.isReleased) return;
    try {
      if (runner.isTransactionActive)
        await (commit ? runner.commitTransaction() : runner.rollbackTransaction());
    } finally {
      await runner.release();
    }
  }
}

/** Before the answer leaves. */
@Injectable()
class CommitInterceptor implements NestInterceptor {
  // Nest makes interceptors themselves anew for a controller: another one would not know the transaction.
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
    @Inject(DataSource) private readonly source: DataSource,
    private readonly transactions: RequestTransactions,
  ) {}

  @Patch(':id/guarded') @Can('update', Doc) @Returns(null) async guarded(
    @Loaded() doc: Doc,
    @Guarded() mine: WhereOf<Doc>,
    @CurrentUser() user: Principal,
  ) {
    await race.through.get(doc.id);
    await guardedWrite(mine, this.source.getRepository(Doc).update(mine, { writer: user.id }));
  }

  /** Check, then use. */
  @Patch(':id/naive') @Can('update', Doc) @Returns(null) async naive(
    @Loaded() doc: Doc,
    @CurrentUser() user: Principal,
  ) {
    await race.through.get(doc.id);
    await this.source.getRepository(Doc).update({ id: doc.id }, { writer: user.id });
  }

  /** Under the lock that the check took. */
  @Patch(':id/locked')
  @Can('update', Doc, { lock: 'update' })
  @UseInterceptors(CommitInterceptor)
  @Returns(null)
  async locked(@Loaded() doc: Doc, @CurrentUser() user: Principal, @Raw() request: IncomingMessage) {
    const manager = await this.transactions.transaction(request);
    await manager.update(Doc, { id: doc.id }, { writer: user.id });
  }

  @Post(':id/transfer') @Owns(Doc) @Returns(null) async transfer(
    @Param('id') _id: string,
    @Loaded() doc: Doc,
    @Guarded() mine: WhereOf<Doc>,
    @Body() { to }: Transfer,
  ) {
    await guardedWrite(mine, this.source.getRepository(Doc).update(mine, { userId: to }));
    race.announce.get(doc.id)?.();
  }
}

const DocResource = defineResource(Doc, {
  id: 'id',
  owner: 'userId',
  load: fromTypeorm({ transaction: RequestTransactions }),
  can: (r) => ({ read: r.owner(), update: r.owner() }),
});

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
    await source.query(WATCH);
    const module = guardedModule([DocsController], raceOptions(DocResource), [
      { provide: DataSource, useValue: source },
      RequestTransactions,
    ]);
    app = await startApp(module, 'fastify');
    alice = await bearer('alice', ['user']);
  }, 120_000);
  afterAll(async () => {
    await app?.close();
    if (source?.isInitialized) await source.destroy();
    await database?.drop();
  }, 60_000);
  beforeEach(async () => {
    for (const statement of FILL) await source.query(statement);
  });

  const run = (route: RaceRoute) =>
    race.run(route, app.url, alice, async (count) => {
      const [row] = await source.query<[{ n: number }]>(count);
      return row.n;
    });

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
});
