import { postgresState } from '../../../lib/integrations/postgres/index.js';
import { openPool } from './open-pool.js';

/** Uses one new table after the other, as every process beside it does. The messages of what failed. */
export async function work(task: { url: string; tables: number }): Promise<string[]> {
  const pool = openPool(task.url, { max: 4 });
  const failed: string[] = [];
  for (let table = 0; table < task.tables; table++) {
    // Two instances in one process, several calls each: as it is when an application starts under load.
    const stores = [1, 2].map(() => postgresState(pool, { table: `raced_${table}` }));
    const runs = stores.flatMap((store) =>
      [1, 2].map(async () => store.run([{ op: 'put', key: 'k', value: 'v', ttl: 60_000 }])),
    );
    for (const result of await Promise.allSettled(runs)) {
      if (result.status === 'rejected') failed.push(String(result.reason));
    }
  }
  await pool.end();
  return failed;
}
