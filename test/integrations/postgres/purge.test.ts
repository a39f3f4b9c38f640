import { describe, expect, it } from 'vitest';
import type { StateOp } from '../../../lib/core/state-store.js';
import { clockedState } from './clocked-state.js';
import { ownDatabase } from './own-database.js';

const START = 1_790_000_000_000_000;
const MINUTE = 60_000_000;

const database = ownDatabase();

const consume = (key: string, period = 1000): StateOp => {
  const rate = { algorithm: 'gcra', limit: 5, period, burst: 5, block: 0 } as const;
  return { op: 'consume', key, rate, cost: 1, enforced: true };
};
const count = async (table: string): Promise<number> => {
  const { rows } = await database.pool.query(`SELECT count(*)::int FROM ${table}`);
  return (rows as Array<{ count: number }>)[0]!.count;
};

describe('what has expired in postgresState', () => {
  it(
    'is removed by what is added, a few rows at a time, and nothing else is',
    { timeout: 60_000 },
    async () => {
      const { store, setClock } = await clockedState(database.pool, 'flooded');
      await setClock(START);
      await store.run([consume('live', 86_400_000), { op: 'put', key: 'live', value: 'v', ttl: 86_400_000 }]);
      for (let wave = 0; wave < 4; wave++) {
        await setClock(START + wave * 4 * MINUTE);
        for (let i = 0; i < 500; i++)
          await store.run([consume(`address:${wave}/${i}`), consume(`user:${wave}/${i}`)]);
        // A thousand a wave: were none removed, 4,000 would be there.
        expect(await count('flooded')).toBeLessThan(1400);
      }
      expect(await store.run([{ op: 'read', key: 'live' }])).toEqual(['v']);
      expect(await store.run([consume('live', 86_400_000)])).toMatchObject([{ remaining: 3 }]);
    },
  );

  it('holds up no batch where another transaction holds it', { timeout: 60_000 }, async () => {
    const { store, setClock } = await clockedState(database.pool, 'held');
    await setClock(START);
    for (let i = 0; i < 20; i++) await store.run([consume(`old ${i}`)]);
    await setClock(START + 5 * MINUTE);
    const other = await database.pool.connect();
    try {
      await other.query('BEGIN');
      await other.query('SELECT 1 FROM held FOR UPDATE');
      for (let i = 0; i < 100; i++) await store.run([consume(`new ${i}`)]);
      await other.query('COMMIT');
      expect(await count('held')).toBe(120);
    } finally {
      other.release();
    }
    for (let i = 0; i < 100; i++) await store.run([consume(`newer ${i}`)]);
    expect(await count('held')).toBe(200);
  });

  it('is counted anew by a batch that met it while it was being removed', async () => {
    const { store, setClock } = await clockedState(database.pool, 'removed');
    await setClock(START);
    await store.run([consume('k')]);
    await setClock(START + 5 * MINUTE);
    const other = await database.pool.connect();
    try {
      await other.query('BEGIN');
      await other.query('DELETE FROM removed');
      const charged = store.run([consume('k')]);
      await waitForLock();
      await other.query('COMMIT');
      expect(await charged).toMatchObject([{ allowed: true, remaining: 4 }]);
    } finally {
      other.release();
    }
    expect(await store.run([consume('k')])).toMatchObject([{ allowed: true, remaining: 3 }]);
  });
});

/** Resolves when a connection waits for another. */
async function waitForLock(): Promise<void> {
  for (;;) {
    const { rows } = await database.pool.query(
      "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
    );
    if (rows.length > 0) return;
  }
}
