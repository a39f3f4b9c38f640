import { postgresState } from 'nestjs-gatehouse/postgres';
import type { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import type { StateOp } from '../../../lib/core/state-store.js';
import { batchJson } from '../../../lib/integrations/postgres/batch.js';
import { openPool } from './open-pool.js';
import { ownDatabase } from './own-database.js';

const database = ownDatabase();

const consume = (key: string, period: number, cost = 1): StateOp => {
  const rate = { algorithm: 'gcra', limit: 5, period, burst: 5, block: 0 } as const;
  return { op: 'consume', key, rate, cost, enforced: true };
};

describe('a batch of postgresState', () => {
  it('reads a few pages, also of a large table and by plans made while it was small', async () => {
    const own = openPool(database.url, { max: 1 });
    const store = postgresState(own, { table: 'large' });
    const batch = [consume('user:a', 1), consume('address:a', 1)];
    // A scan would end at a row that is there.
    const newcomer = batchJson([consume('user:b', 1), consume('address:b', 1)]);
    await store.run(batch);
    await own.query('ANALYZE large');
    for (let i = 0; i < 20; i++) await store.run(batch);
    await own.query(`INSERT INTO large (id, tat, part, blocked_until, expires_at)
      SELECT sha256(n::text::bytea), 0, 0, 0, 9e15::bigint FROM generate_series(1, 50000) AS n`);
    const { rows } = await own.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT large_run($1)`, [
      newcomer,
    ]);
    await own.end();
    const [row] = rows as Array<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>;
    const { Plan } = row!['QUERY PLAN'][0];
    expect(Plan['Shared Hit Blocks']! + Plan['Shared Read Blocks']!).toBeLessThan(100);
  });
});

describe('a row of postgresState', () => {
  it('that is in use is updated in place, and no index grows with it', async () => {
    const own = openPool(database.url, { max: 1 });
    const store = postgresState(own, { table: 'hot' });
    for (let i = 0; i < 500; i++) await store.run([consume('k', 1)]);
    const { updates, hot } = await updatesOf(own, 'hot');
    await own.end();
    expect(updates).toBeGreaterThan(400);
    expect(hot / updates).toBeGreaterThan(0.9);
  });

  it('is not written by a batch that is denied and changes nothing', async () => {
    const own = openPool(database.url, { max: 1 });
    const store = postgresState(own, { table: 'denied' });
    await store.run([consume('spent', 600_000)]);
    for (let i = 0; i < 300; i++) await store.run([consume('fresh', 600_000), consume('spent', 600_000, 5)]);
    expect((await own.query('SELECT 1 FROM denied')).rows).toHaveLength(1);
    expect((await updatesOf(own, 'denied')).updates).toBe(0);
    await own.end();
  });

  it('is not locked by one reader for another', async () => {
    const store = postgresState(database.pool, { table: 'shared' });
    await store.run([{ op: 'put', key: 'k', value: 'v', ttl: 60_000 }]);
    const other = await database.pool.connect();
    try {
      await other.query('BEGIN');
      const inTransaction = postgresState(other, { table: 'shared' });
      expect(await inTransaction.run([{ op: 'read', key: 'k' }])).toEqual(['v']);
      expect(await store.run([{ op: 'read', key: 'k' }])).toEqual(['v']);
      await other.query('COMMIT');
    } finally {
      other.release();
    }
  });
});

/** How often rows of a table were updated through the one connection of a pool, and how often in place. */
async function updatesOf(own: Pool, table: string): Promise<{ updates: number; hot: number }> {
  await own.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await own.query(
    `SELECT n_tup_ins::int AS inserts, n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot
     FROM pg_stat_user_tables WHERE relname = $1`,
    [table],
  );
  const [row] = rows as Array<{ inserts: number; updates: number; hot: number }>;
  expect(row!.inserts).toBe(1);
  return row!;
}
