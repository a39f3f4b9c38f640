import { Redis as Redis5 } from 'ioredis';
import { Redis as Redis6 } from 'ioredis6';
import { Redis as Valkey } from 'iovalkey';
import { createSentinel as createSentinel6 } from 'redis';
import { createSentinel as createSentinel5 } from 'redis5';
import { describe, expect, it } from 'vitest';
import type { Consumed, StateOp } from '../../../lib/core/state-store.js';
import { redisState } from '../../../lib/integrations/redis/index.js';
import { canRun, eventually } from '../../support/redis.js';
import { startSentinel, type TestSentinel } from '../../support/redis-sentinel.js';
import { IMPATIENT, readyIoredis, readyNodeRedis, type Connected } from './clients.js';

const viaIoredis = ({ name, port }: TestSentinel) => ({
  ...IMPATIENT,
  name,
  sentinels: [{ host: '127.0.0.1', port }],
  sentinelRetryStrategy: () => 50,
});
const viaNodeRedis = ({ name, port }: TestSentinel) => ({
  name,
  sentinelRootNodes: [{ host: '127.0.0.1', port }],
  scanInterval: 200,
});
const LIBRARIES: ReadonlyArray<{ name: string; connect: (sentinel: TestSentinel) => Promise<Connected> }> = [
  { name: 'ioredis 6', connect: (sentinel) => readyIoredis(new Redis6(viaIoredis(sentinel))) },
  { name: 'ioredis 5', connect: (sentinel) => readyIoredis(new Redis5(viaIoredis(sentinel))) },
  { name: 'iovalkey', connect: (sentinel) => readyIoredis(new Valkey(viaIoredis(sentinel))) },
  { name: 'redis 6', connect: (sentinel) => readyNodeRedis(createSentinel6(viaNodeRedis(sentinel))) },
  { name: 'redis 5', connect: (sentinel) => readyNodeRedis(createSentinel5(viaNodeRedis(sentinel))) },
];

describe.skipIf(!canRun(import.meta.url, 'own'))('redisState behind a Sentinel', () => {
  it.each(LIBRARIES)(
    'goes on counting after a failover, on $name',
    { timeout: 60_000 },
    async ({ connect }) => {
      const sentinel = await startSentinel();
      const { client, close } = await connect(sentinel);
      const store = redisState(client);
      const rate = { algorithm: 'gcra', limit: 100, period: 86_400_000, burst: 100, block: 0 } as const;
      const hits = ['user:a', 'address:a'].map((key): StateOp => ({
        op: 'consume',
        key,
        rate,
        cost: 1,
        enforced: true,
      }));
      const remaining = async () =>
        ((await store.run(hits)) as readonly Consumed[]).map((hit) => hit.remaining);
      for (let i = 1; i <= 10; i++) expect(await remaining()).toEqual([100 - i, 100 - i]);
      expect(await store.check!()).toEqual([]);
      await sentinel.replicated();
      await sentinel.master.kill();
      await sentinel.failedOver();
      // The new master has the counts, and not the script.
      expect(await eventually('answers again', remaining)).toEqual([89, 89]);
      close();
      await sentinel.stop();
    },
  );
});
