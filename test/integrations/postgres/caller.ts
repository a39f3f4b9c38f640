import type { Consumed, LimitAlgorithm, StateOp } from '../../../lib/core/state-store.js';
import { postgresState } from '../../../lib/integrations/postgres/index.js';
import { openPool } from './open-pool.js';

/** What a process that calls the store came to. */
export interface Calls {
  readonly admitted: number;
  readonly denied: number;
  /** What failed. The first failure is the last call. */
  readonly errors: readonly string[];
}

/** A charge of a limit in 24 h. */
export function limited(algorithm: LimitAlgorithm, key: string, limit: number): StateOp {
  const rate = { algorithm, limit, period: 86_400_000, burst: limit, block: 0 };
  return { op: 'consume', key, rate, cost: 1, enforced: true };
}

/** Charges two limits a call, 100 and 150 in 24 h, the same two in either order, with several calls in flight. */
export async function work(task: {
  url: string;
  table: string;
  algorithm: LimitAlgorithm;
  calls: number;
}): Promise<Calls> {
  const pool = openPool(task.url, { max: 10 });
  const store = postgresState(pool, { table: task.table });
  const batch = [limited(task.algorithm, 'user:alice', 100), limited('gcra', 'address:192.0.2.1', 150)];
  const opposite = batch.toReversed();
  let left = task.calls;
  let admitted = 0;
  let denied = 0;
  const errors: string[] = [];
  const call = async () => {
    while (left-- > 0) {
      try {
        const results = (await store.run(left % 2 === 0 ? batch : opposite)) as Consumed[];
        if (results.every(({ allowed }) => allowed)) admitted++;
        else denied++;
      } catch (error) {
        errors.push(String(error));
        left = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, call));
  await pool.end();
  return { admitted, denied, errors };
}
