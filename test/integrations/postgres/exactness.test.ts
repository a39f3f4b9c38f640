import { postgresState } from 'nestjs-gatehouse/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Consumed } from '../../../lib/core/state-store.js';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { RACES } from '../../support/race.js';
import { limited, type Calls } from './caller.js';
import { inProcesses } from './children.js';
import { openPool } from './open-pool.js';

const PROCESSES = 4;
const CALLS = 2000;

let database: TestDatabase;
beforeAll(async () => {
  database = await emptyPostgres();
});
afterAll(() => database.drop());

describe.each(['gcra', 'log'] as const)(
  'four processes that charge the same two limits (%s)',
  (algorithm) => {
    it.each(Array.from({ length: RACES }, (_, run) => run + 1))(
      'admit exactly 100, without a deadlock: run %i',
      { timeout: 120_000 },
      async (run) => {
        const table = `state_${algorithm}_${run}`;
        const all = await inProcesses<Calls>(PROCESSES, './caller.ts', {
          url: database.url,
          table,
          algorithm,
          calls: CALLS,
        });
        const sum = (of: (calls: Calls) => number) => all.reduce((total, calls) => total + of(calls), 0);
        expect(all.flatMap(({ errors }) => errors)).toEqual([]);
        expect(sum(({ admitted }) => admitted)).toBe(100);
        expect(sum(({ denied }) => denied)).toBe(PROCESSES * CALLS - 100);
        // The calls that the other limit denied took nothing.
        expect(await leftOfAddress(table)).toBe(50);
      },
    );
  },
);

async function leftOfAddress(table: string): Promise<number> {
  const pool = openPool(database.url);
  const results = await postgresState(pool, { table }).run([limited('gcra', 'address:192.0.2.1', 150)]);
  await pool.end();
  return (results as [Consumed])[0].remaining + 1;
}
