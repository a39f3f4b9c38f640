import { Cluster } from 'ioredis6';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Consume, Consumed, Rate, StateOp } from '../../../lib/core/state-store.js';
import { redisState } from '../../../lib/integrations/redis/index.js';
import { stateStoreContract } from '../../../lib/testing/index.js';
import { canRun } from '../../support/redis.js';
import { startCluster, type TestCluster } from '../../support/redis-cluster.js';
import { LIBRARIES, type Connected } from './clients.js';

const consume = (key: string, limit: number, rest: Partial<Rate> = {}): Consume => ({
  op: 'consume',
  key,
  rate: { algorithm: 'gcra', limit, period: 3_600_000, burst: limit, block: 0, ...rest },
  cost: 1,
  enforced: true,
});

describe.skipIf(!canRun(import.meta.url, 'own'))('redisState on a Redis Cluster', () => {
  let cluster: TestCluster;
  let client: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
    client = new Cluster(cluster.ports.map((port) => ({ host: '127.0.0.1', port })));
    await new Promise<void>((resolve) => client.once('ready', () => resolve()));
  });
  afterAll(async () => {
    client.disconnect();
    await cluster.stop();
  });

  describe.each(LIBRARIES)('keeps the contract of state stores on $name', ({ connectCluster }) => {
    let connected: Connected;
    beforeAll(async () => {
      connected = await connectCluster(cluster.ports);
    });
    afterAll(() => connected.close());

    const cases = stateStoreContract(() => ({
      store: redisState(connected.client, { prefix: `test:${randomUUID()}:` }),
      advance: (milliseconds) => sleep(milliseconds + 2),
    }));
    for (const { name, run } of cases) it.concurrent(name, run);
  });

  it('connects at boot one that was made to connect late and to queue nothing', async () => {
    const late = new Cluster(
      cluster.ports.map((port) => ({ host: '127.0.0.1', port })),
      { lazyConnect: true, enableOfflineQueue: false },
    );
    try {
      const store = redisState(late, { prefix: `test:${randomUUID()}:` });
      expect(await store.check!()).toEqual([]);
      expect(await store.run([consume('user:a', 5)])).toMatchObject([{ remaining: 4 }]);
    } finally {
      late.disconnect();
    }
  });

  type Arguments = readonly [sha1: string, keyCount: number, ...keysAndArgs: string[]];

  /** A store whose trips are noted, and may be spoilt by a test: `before` sees the number of the trip. */
  function watched(before: (trip: number, key: string) => unknown = () => undefined) {
    const trips: string[][] = [];
    const spy = {
      status: 'ready',
      isCluster: true,
      async evalsha(...[sha1, keyCount, ...rest]: Arguments): Promise<unknown> {
        trips.push(rest.slice(0, keyCount));
        const spoilt = before(trips.length, rest[0]!);
        return spoilt === undefined ? client.evalsha(sha1, keyCount, ...rest) : spoilt;
      },
      eval: (...[source, keyCount, ...rest]: Arguments) => client.eval(source, keyCount, ...rest),
    };
    const prefix = `test:${randomUUID()}:`;
    return { store: redisState(spy, { prefix }), trips, prefix };
  }

  it.each(['gcra', 'log'] as const)(
    'makes a second trip only where a limit denied (%s)',
    async (algorithm) => {
      const { store, trips, prefix } = watched();
      const [address, user] = [consume('address:a', 5, { algorithm }), consume('user:a', 1, { algorithm })];
      expect(await store.run([address, user])).toMatchObject([{ allowed: true }, { allowed: true }]);
      expect(trips).toEqual([[`${prefix}address:a`], [`${prefix}user:a`]]);
      expect(await store.run([address, user])).toMatchObject([
        { allowed: true, remaining: 4 },
        { allowed: false },
      ]);
      expect(trips.slice(2)).toEqual([[`${prefix}address:a`], [`${prefix}user:a`], [`${prefix}address:a`]]);
      expect(await store.run([address])).toMatchObject([{ allowed: true, remaining: 3 }]);
    },
  );

  it('keeps the operations of one key together and in order', async () => {
    const { store, trips, prefix } = watched();
    const batch: StateOp[] = [
      { op: 'put', key: 'a', value: 'x', ttl: 60_000 },
      consume('k', 2),
      { op: 'read', key: 'a' },
      consume('k', 2),
    ];
    expect(await store.run(batch)).toMatchObject([undefined, { remaining: 1 }, 'x', { remaining: 0 }]);
    expect(trips).toEqual([
      [`${prefix}a`, `${prefix}a`],
      [`${prefix}k`, `${prefix}k`],
    ]);
  });

  it('gives back report mode, several units and a key that stands twice as one server does', async () => {
    const { store } = watched();
    await store.run([consume('user:a', 1)]);
    const batch: StateOp[] = [
      { ...consume('watched', 9), enforced: false, cost: 3 },
      consume('twice', 9),
      { ...consume('twice', 9), cost: 4 },
      consume('user:a', 1),
    ];
    expect(await store.run(batch)).toMatchObject([
      { allowed: true, remaining: 9, resetAfter: 0 },
      { allowed: true, remaining: 9 },
      { allowed: true, remaining: 8 },
      { allowed: false, remaining: 0 },
    ]);
    expect(await store.run([consume('watched', 9), consume('twice', 9)])).toMatchObject([
      { remaining: 8 },
      { remaining: 8 },
    ]);
  });

  it('gives nothing back for a key that denied itself: there, nothing was charged', async () => {
    const { store } = watched();
    const [twice, other] = [consume('twice', 5), consume('other', 5)];
    for (let i = 0; i < 4; i++) await store.run([twice]);
    expect(await store.run([twice, twice, other])).toMatchObject([
      { allowed: true, remaining: 1 },
      { allowed: false },
      { allowed: true, remaining: 5 },
    ]);
    expect(await store.run([twice])).toMatchObject([{ allowed: true, remaining: 0 }]);
  });

  it('rejects where one key fails, and gives back what the others were charged', async () => {
    const { store, prefix } = watched();
    await client.lpush(`${prefix}broken`, 'x');
    const batch = [consume('address:a', 5), consume('broken', 5), consume('user:a', 5)];
    await expect(store.run(batch)).rejects.toThrow('WRONGTYPE');
    expect(await store.run([batch[0]!, batch[2]!])).toMatchObject([{ remaining: 4 }, { remaining: 4 }]);
  });

  it('takes an answer that it cannot read for a failure', async () => {
    const { store } = watched((trip) => (trip === 2 ? [[7]] : undefined));
    const batch = [consume('address:a', 5), consume('user:a', 5)];
    await expect(store.run(batch)).rejects.toThrow('four whole numbers');
    expect(await store.run(batch)).toMatchObject([{ remaining: 4 }, { remaining: 4 }]);
  });

  it('denies all the same where a refund fails, and says what stays charged', async () => {
    const { store } = watched((trip) => (trip === 4 ? Promise.reject(new Error('ECONNRESET')) : undefined));
    await store.run([consume('user:a', 1)]);
    const batch = [consume('address:a', 5), consume('user:a', 1)];
    expect(await store.run(batch)).toMatchObject([{ allowed: true, remaining: 4 }, { allowed: false }]);
    expect(await store.run([batch[0]!])).toMatchObject([{ remaining: 3 }]);
  });

  it('says that a key is whole which is gone before its refund', async () => {
    const { store } = watched((trip) => (trip === 4 ? [null] : undefined));
    await store.run([consume('user:a', 1)]);
    const answer = await store.run([consume('address:a', 5), consume('user:a', 1)]);
    expect(answer[0]).toEqual({ allowed: true, remaining: 5, retryAfter: 0, resetAfter: 0 });
  });

  it.each(['gcra', 'log'] as const)(
    'never admits more than the limit from several clients at once (%s)',
    async (algorithm) => {
      const others = await Promise.all(LIBRARIES.map(({ connectCluster }) => connectCluster(cluster.ports)));
      const prefix = `test:${randomUUID()}:`;
      const stores = others.map((other) => redisState(other.client, { prefix }));
      const batch = [consume('address:a', 60, { algorithm }), consume('user:a', 40, { algorithm })];
      const answers = await Promise.all(
        Array.from(
          { length: 1200 },
          (_, i) => stores[i % stores.length]!.run(batch) as Promise<readonly Consumed[]>,
        ),
      );
      const admitted = answers.filter((results) => results.every(({ allowed }) => allowed)).length;
      for (const other of others) other.close();
      expect(admitted).toBeLessThanOrEqual(40);
      // What was denied was given back: that many are left, and no more.
      const store = redisState(client, { prefix });
      const left = await Promise.all(batch.map((op) => store.run([op]) as Promise<readonly Consumed[]>));
      expect(left.map(([one]) => (one!.allowed ? one!.remaining + 1 : 0))).toEqual([
        60 - admitted,
        40 - admitted,
      ]);
    },
  );
});
