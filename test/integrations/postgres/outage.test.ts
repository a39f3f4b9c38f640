import { postgresState } from 'nestjs-gatehouse/postgres';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { limited } from './caller.js';
import { openPool } from './open-pool.js';
import { ownServer, type OwnServer } from './own-server.js';

let server: OwnServer;
let pool: Pool;

beforeAll(async () => {
  server = await ownServer();
  pool = openPool(server.url);
});

afterAll(async () => {
  await pool.end();
  await server.remove();
});

describe('a server that is stopped and started again', () => {
  it(
    'is an error of each call, in flight or new, and then goes on where it was',
    { timeout: 120_000 },
    async () => {
      const store = postgresState(pool);
      await store.run([{ op: 'put', key: 'session', value: 'v', ttl: 600_000 }]);
      await store.run([limited('gcra', 'k', 100)]);

      let counting = true;
      let admitted = 1;
      const failures: unknown[] = [];
      const callers = Array.from({ length: 8 }, async () => {
        while (counting) {
          try {
            const [result] = await store.run([limited('gcra', 'k', 100_000)]);
            if (typeof result === 'object' && result.allowed) admitted++;
          } catch (error) {
            failures.push(error);
            counting = false;
          }
        }
      });
      await vi.waitUntil(() => admitted > 50);
      await server.stop();
      await Promise.all(callers);
      expect(failures.length).toBeGreaterThan(0);
      for (const failure of failures) {
        expect(String(failure)).toMatch(
          /^Error: postgresState got no answer from the database \((?:[0-9A-Z]+|no code)\)\.$/,
        );
      }
      await expect(store.run([limited('gcra', 'k', 100)])).rejects.toThrow(
        /no answer from the database \(ECONNREFUSED\)/,
      );

      await server.start();
      expect(await store.run([{ op: 'read', key: 'session' }])).toEqual(['v']);
      expect(await store.run([limited('gcra', 'k', 100_000)])).toMatchObject([{ allowed: true }]);
    },
  );
});

describe('a server that crashes', () => {
  it('has the values that were put', { timeout: 120_000 }, async () => {
    const store = postgresState(pool);
    await store.run([{ op: 'put', key: 'revoked', value: 'v', ttl: 600_000 }, limited('log', 'k', 100)]);
    await server.crash();
    await server.start();
    expect(await store.run([{ op: 'read', key: 'revoked' }])).toEqual(['v']);
    expect(await store.run([limited('log', 'k', 100)])).toMatchObject([{ remaining: 98 }]);
  });
});
