import type { Pool, PoolConfig } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { openPool } from './open-pool.js';

/** The empty database of a test file, with a pool, there once its tests begin. */
export interface OwnDatabase {
  readonly url: string;
  readonly pool: Pool;
}

/** Makes a database before the tests of the file that calls it, and drops it after them. */
export function ownDatabase(config?: PoolConfig): OwnDatabase {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await emptyPostgres();
    pool = openPool(database.url, config);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  return {
    get url() {
      return database.url;
    },
    get pool() {
      return pool;
    },
  };
}
