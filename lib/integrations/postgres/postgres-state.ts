import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, flag, hasMethod, nameOf } from '../../core/options.js';
import type { StateOp, StateResult, StateStore } from '../../core/state-store.js';
import { batchJson } from './batch.js';
import { needsSetUp, queryError } from './query-error.js';
import { readResults } from './results.js';
import { DEFAULT_TABLE, postgresStateSql } from './set-up-sql.js';
import { tableNames } from './table-names.js';

/** What a {@link postgresState} needs of a connection pool: `Pool` of pg has it. */
export interface PostgresPool {
  query(text: string, values: string[]): Promise<{ rows: unknown[] }>;
}

/** Options of {@link postgresState}. */
export interface PostgresStateOptions {
  /** The table, with its schema where it has one. `gatehouse_state` by default. Its function is named after it: `…_run`. */
  readonly table?: string;
  /** Whether the table and its function are made where they are missing. `true` by default; `false`: run {@link postgresStateSql}. */
  readonly setUp?: boolean;
}

/**
 * State in PostgreSQL 14 or later: shared by all instances, exact, a batch is one statement and atomic. Time is that of the database.
 *
 * Values survive a crash. Counts are not waited for on the disk: a crash may forget those of the last moments, under a second.
 * Keys are stored as hashes. Expired rows are removed a few at a time by the batches themselves. As with any table that is often
 * written, a transaction that stays open for hours keeps dead rows from being removed and makes it slow: where there are such, give
 * the store a database of its own.
 *
 * The pool must run at READ COMMITTED, PostgreSQL's default: at other levels every call is refused. Do not hand it a connection inside
 * a transaction: keys stay locked until it ends. Listen to its event `error`, or a lost idle connection ends the process. There is no
 * deadline here; `statement_timeout` of the pool bounds a query.
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`. A call rejects where the database fails, with its code and without
 * its message.
 * @example
 * ```ts
 * SecurityModule.forRoot({ state: postgresState(new Pool({ connectionString: process.env.DATABASE_URL })) });
 * ```
 */
export function postgresState(pool: PostgresPool, options: PostgresStateOptions = {}): StateStore {
  if (!hasMethod(pool, 'query')) {
    throw new SecurityConfigError(
      'option.invalid',
      'state',
      `is postgresState of ${nameOf(pool)} without a method query(text, values)`,
      'write postgresState(new Pool({ connectionString: process.env.DATABASE_URL })), with the Pool of pg',
    );
  }
  checkOptions('state', options, ['table', 'setUp']);
  const { table = DEFAULT_TABLE } = options;
  return new PostgresState(pool, table, flag('state.setUp', options.setUp, true));
}

class PostgresState implements StateStore {
  readonly #text: string;
  #settingUp: Promise<unknown> | undefined;

  constructor(
    private readonly pool: PostgresPool,
    private readonly table: string,
    private readonly setUp: boolean,
  ) {
    this.#text = `SELECT ${tableNames(table).run}($1::jsonb)::text AS results`;
  }

  async run(batch: readonly StateOp[]): Promise<readonly StateResult[]> {
    if (batch.length === 0) return [];
    const json = batchJson(batch);
    let rows: unknown;
    try {
      rows = await this.#ask(json);
    } catch (error) {
      throw queryError(error, this.#sqlOfSetUp());
    }
    const [row] = Array.isArray(rows) && rows.length === 1 ? (rows as Array<{ results?: unknown }>) : [];
    return readResults(batch, row?.results);
  }

  /** Sets up where it has to, so that no request waits for it; what is wrong, in words. */
  async check(): Promise<readonly string[]> {
    try {
      await this.run([{ op: 'read', key: 'check' }]);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  }

  // Asked first and set up where that fails, so that an instance of an app that is set up issues no DDL.
  async #ask(json: string): Promise<unknown> {
    try {
      return (await this.pool.query(this.#text, [json])).rows;
    } catch (error) {
      if (!this.setUp || !needsSetUp(error)) throw error;
    }
    this.#settingUp ??= this.pool
      .query(postgresStateSql(this.table), [])
      .finally(() => (this.#settingUp = undefined));
    await this.#settingUp;
    return (await this.pool.query(this.#text, [json])).rows;
  }

  #sqlOfSetUp(): string {
    return this.table === DEFAULT_TABLE ? 'postgresStateSql()' : `postgresStateSql('${this.table}')`;
  }
}
