import { postgresState } from 'nestjs-gatehouse/postgres';
import type { Pool } from 'pg';
import type { StateStore } from '../../../lib/core/state-store.js';
import { setUpSql } from '../../../lib/integrations/postgres/set-up-sql.js';
import { tableNames } from '../../../lib/integrations/postgres/table-names.js';

/** A store whose database reads the time from a table. */
export interface ClockedState {
  readonly store: StateStore;
  /** Sets the time, in microseconds since the epoch. */
  setClock(microseconds: number): Promise<void>;
}

/** Makes the table and function of a store with a clock that a test sets. */
export async function clockedState(pool: Pool, table: string): Promise<ClockedState> {
  // By a key, because the function forbids scans, which costs the planner's estimate and with it a compilation by LLVM a call.
  await pool.query(`CREATE TABLE ${table}_clock (one boolean PRIMARY KEY, microseconds bigint NOT NULL)`);
  await pool.query(`INSERT INTO ${table}_clock VALUES (true, 0)`);
  await pool.query(
    setUpSql(tableNames(table), `(SELECT clock.microseconds FROM ${table}_clock AS clock WHERE clock.one)`),
  );
  return {
    store: postgresState(pool, { table, setUp: false }),
    async setClock(microseconds) {
      await pool.query(`UPDATE ${table}_clock SET microseconds = $1`, [microseconds]);
    },
  };
}
