import { Redis } from 'ioredis6';
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Consumed, StateOp } from '../../../lib/core/state-store.js';
import { redisState } from '../../../lib/integrations/redis/index.js';
import { RACES } from '../../support/race.js';
import { callsOf, canRun, startRedis, type TestRedis } from '../../support/redis.js';
import { transpiled } from '../../support/transpiled.js';

const PROCESSES = 4;
const CALLS = 2000;
const IN_FLIGHT = 64;
const HAMMER = fileURLToPath(new URL('hammer.mjs', import.meta.url));

describe.skipIf(!canRun(import.meta.url, 'own'))('redisState under four processes', () => {
  let server: TestRedis;
  let redis: Redis;
  let lib: ReturnType<typeof transpiled>;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    await redis.ping();
    lib = transpiled('lib/integrations/redis/index.ts');
  });
  afterAll(async () => {
    redis.disconnect();
    lib.remove();
    await server.stop();
  });

  const cases = (['gcra', 'log'] as const).flatMap((algorithm) =>
    Array.from({ length: RACES }, (_, run) => ({ algorithm, run: run + 1 })),
  );
  it.each(cases)(
    'admits exactly 100 of 8,000 calls, one trip each ($algorithm, run $run)',
    { timeout: 60_000 },
    async ({ algorithm }) => {
      const prefix = `${randomUUID()}:`;
      const store = redisState(redis, { prefix });
      // Redis knows the script from now on.
      await store.run([{ op: 'read', key: 'a' }]);
      const workers = Array.from({ length: PROCESSES }, () =>
        fork(HAMMER, [lib.file, server.url, prefix, algorithm, String(CALLS), String(IN_FLIGHT)]),
      );
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      await redis.config('RESETSTAT');
      const answers = workers.map((worker) => once(worker, 'message') as Promise<[{ admitted: number }]>);
      for (const worker of workers) worker.send('go');
      const admitted = (await Promise.all(answers)).map(([answer]) => answer.admitted);
      expect(admitted.reduce((sum, count) => sum + count)).toBe(100);
      expect({
        evalsha: await callsOf(server.port, 'evalsha'),
        eval: await callsOf(server.port, 'eval'),
      }).toEqual({
        evalsha: PROCESSES * CALLS,
        eval: 0,
      });
      // The wider limit was charged for what was admitted, and for nothing else.
      const limit = algorithm === 'gcra' ? 5000 : 100;
      const rate = { algorithm, limit, period: 86_400_000, burst: limit, block: 0 };
      const probe: StateOp = { op: 'consume', key: 'address:a', rate, cost: 1, enforced: true };
      const [address] = (await store.run([probe])) as Consumed[];
      expect(address).toMatchObject(
        algorithm === 'gcra' ? { allowed: true, remaining: 4899 } : { allowed: false, remaining: 0 },
      );
    },
  );
});
