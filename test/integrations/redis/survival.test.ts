import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Consumed, StateOp, StateStore } from '../../../lib/core/state-store.js';
import { redisState } from '../../../lib/integrations/redis/index.js';
import { ask, canRun, eventually, startRedis, type TestRedis } from '../../support/redis.js';
import { freePort } from '../../support/free-port.js';
import { LIBRARIES, type Connected } from './clients.js';

const consume: StateOp = {
  op: 'consume',
  key: 'k',
  rate: { algorithm: 'gcra', limit: 1000, period: 86_400_000, burst: 1000, block: 0 },
  cost: 1,
  enforced: true,
};
const remaining = async (store: StateStore) =>
  ((await store.run([consume])) as readonly Consumed[])[0]!.remaining;

// A rejection that nobody handles fails the run: the test runner sees to that.
describe.skipIf(!canRun(import.meta.url, 'own')).each(LIBRARIES)(
  'redisState survives, on $name,',
  ({ connect }) => {
    let server: TestRedis;
    let connected: Connected;
    let store: StateStore;
    beforeAll(async () => {
      server = await startRedis();
      connected = await connect(server.url);
      store = redisState(connected.client, { prefix: `test:${randomUUID()}:` });
    });
    afterAll(async () => {
      connected.close();
      await server.stop();
    });

    it('scripts that are flushed between calls, also with many calls in flight', async () => {
      const first = await remaining(store);
      for (let i = 1; i <= 5; i++) {
        await ask(server.port, 'SCRIPT', 'FLUSH');
        expect(await remaining(store)).toBe(first - i);
      }
      await ask(server.port, 'SCRIPT', 'FLUSH');
      const many = await Promise.all(Array.from({ length: 50 }, () => remaining(store)));
      expect(new Set(many).size).toBe(50);
      expect(Math.min(...many)).toBe(first - 55);
    });

    it('a server that is full', async () => {
      const before = await remaining(store);
      await ask(server.port, 'CONFIG', 'SET', 'maxmemory', '1');
      await expect(store.run([consume])).rejects.toThrow('OOM');
      await ask(server.port, 'CONFIG', 'SET', 'maxmemory', '0');
      expect(await remaining(store)).toBe(before - 1);
    });

    it('a replica whose master is dead', async () => {
      const before = await remaining(store);
      await ask(server.port, 'REPLICAOF', '127.0.0.1', String(await freePort()));
      await expect(store.run([consume])).rejects.toThrow('READONLY');
      await ask(server.port, 'REPLICAOF', 'NO', 'ONE');
      expect(await eventually('written again', () => remaining(store))).toBe(before - 1);
    });

    it('a server that hangs', async () => {
      const before = await remaining(store);
      server.pause();
      const pending = Promise.allSettled([store.run([consume])]);
      await sleep(300);
      server.resume();
      await pending;
      expect(await eventually('answers', () => remaining(store))).toBeLessThan(before);
    });

    it('a server that is killed and started again', async () => {
      await server.kill();
      await eventually('the client has noticed', () =>
        remaining(store).then(
          () => false,
          () => true,
        ),
      );
      for (let i = 0; i < 20; i++) {
        const began = performance.now();
        await expect(store.run([consume])).rejects.toThrow('redisState');
        expect(performance.now() - began).toBeLessThan(1000);
        await sleep(10);
      }
      await server.restart();
      // It has forgotten the script and the counts.
      expect(await eventually('answers again', () => remaining(store))).toBe(999);
    });
  },
);
