import { setTimeout as sleep } from 'node:timers/promises';
import { postgresState } from 'nestjs-gatehouse/postgres';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { stateStoreContract } from '../../../lib/testing/index.js';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { openPool } from './open-pool.js';

let database: TestDatabase;
let pool: Pool;
let tables = 0;

beforeAll(async () => {
  database = await emptyPostgres();
  pool = openPool(database.url);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('postgresState keeps the contract of state stores', () => {
  const cases = stateStoreContract(() => ({
    store: postgresState(pool, { table: `state_${++tables}` }),
    // A timer of Node may fire a little before its time.
    advance: (milliseconds) => sleep(milliseconds + 2),
  }));
  for (const { name, run } of cases) it(name, run);
});
