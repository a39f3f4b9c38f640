import { Redis as Redis5 } from 'ioredis';
import { Redis } from 'ioredis6';
import { randomUUID } from 'node:crypto';
import { createClient, createClientPool } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Consume, Consumed, Rate, StateOp } from '../../../lib/core/state-store.js';
import { redisState, type RedisClient, type RedisPort } from '../../../lib/integrations/redis/index.js';
import { canRun, startRedis, type TestRedis } from '../../support/redis.js';
import { freePort } from '../../support/free-port.js';
import { LIBRARIES, silence } from './clients.js';

const consume = (key: string, limit: number, rest: Partial<Rate> = {}): Consume => ({
  op: 'consume',
  key,
  rate: { algorithm: 'gcra', limit, period: 3_600_000, burst: limit, block: 0, ...rest },
  cost: 1,
  enforced: true,
});
const read: StateOp = { op: 'read', key: 'a' };
const answering = (reply: unknown): RedisPort => ({ ready: () => true, eval: async () => reply });

async function failureOf(answer: unknown): Promise<Error> {
  try {
    await answer;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was rejected');
}

describe('redisState', () => {
  it.each([
    ['nothing', undefined],
    ['an object of another kind', { get() {}, set() {} }],
    ['a connection string', 'redis://user:hunter2@host'],
  ])('refuses %s, says what to give, and does not repeat it', (_kind, client) => {
    const make = () => redisState(client as never);
    expect(make).toThrow(
      /\[option\.invalid\] state .*\n.*new Redis\(url\).*createClient.*ready\(\) and eval/,
    );
    expect(make).not.toThrow(/hunter2/);
  });

  it('refuses options that it does not know, and a prefix that is no text', () => {
    expect(() => redisState(answering([]), { prefx: 'a' } as never)).toThrow(/did you mean state\.prefix/);
    expect(() => redisState(answering([]), { prefix: 5 } as never)).toThrow(/state\.prefix is a number/);
  });

  it('rejects at once while the port is not ready, and does not ask it', async () => {
    let asked = 0;
    const port: RedisPort = { ready: () => false, eval: async () => void asked++ };
    await expect(redisState(port).run([read])).rejects.toThrow('not connected');
    expect(asked).toBe(0);
  });

  it('rejects at once while a client has no connection, though its queue would take commands', async () => {
    const port = await freePort();
    const [io6, io5] = [new Redis(port, '127.0.0.1'), new Redis5(port, '127.0.0.1')];
    const node = createClient({ url: `redis://127.0.0.1:${port}` });
    for (const client of [io6, io5, node]) silence(client);
    node.connect().catch(() => {});
    await Promise.all(
      [io6, io5].map((client) => new Promise((resolve) => void client.once('close', () => resolve(0)))),
    );
    for (const client of [io6, io5, node]) {
      const began = performance.now();
      await expect(redisState(client).run([read])).rejects.toThrow('not connected');
      expect(performance.now() - began).toBeLessThan(500);
    }
    io6.disconnect();
    io5.disconnect();
    node.destroy();
  });

  it.each([[null], ['OK'], [[]], [[null, null]], [{}]])('rejects the reply %j', async (reply) => {
    await expect(redisState(answering(reply)).run([read])).rejects.toThrow('something else than one reply');
  });

  it.each([[[7]], [[['x']]], [[null]], [[[1, 2, 3]]], [[[1, 2, 3, 'x']]]])(
    'rejects the reply %j to a limit',
    async (reply) => {
      await expect(redisState(answering(reply)).run([consume('k', 1)])).rejects.toThrow('four whole numbers');
    },
  );

  it('rejects a value that is no text', async () => {
    await expect(redisState(answering([5])).run([read])).rejects.toThrow('something else than text');
  });

  it('reads numbers that a client answers as text', async () => {
    const [consumed] = await redisState(answering([['1', '4', '0', '900']])).run([consume('k', 5)]);
    expect(consumed).toEqual({ allowed: true, remaining: 4, retryAfter: 0, resetAfter: 900 });
  });

  it.each([
    [
      Object.assign(new Error('connect to redis://user:hunter2@host'), { code: 'ECONNREFUSED' }),
      'ECONNREFUSED',
    ],
    [Object.assign(new Error('READONLY hunter2'), { command: { args: ['hunter2'] } }), 'READONLY'],
    [Object.assign(new Error('hunter2'), { name: 'TimeoutError' }), 'TimeoutError'],
    ['hunter2', 'unknown error'],
  ])('rejects by the code of an error, and keeps what the client says of itself', async (error, code) => {
    const port: RedisPort = {
      ready: () => true,
      async eval() {
        throw error;
      },
    };
    const failure = await failureOf(redisState(port).run([read]));
    expect(failure.message).toBe(`Redis did not run a batch (redisState): ${code}`);
    expect(failure.cause).toBeUndefined();
    expect(failure.stack).not.toContain('hunter2');
  });

  it('asks again with the source where the script is unknown, once, and for no other error', async () => {
    const asked: string[] = [];
    const refuse = (command: string, error: string) => async () => {
      asked.push(command);
      throw new Error(error);
    };
    const client = (error: string): RedisClient => ({
      status: 'ready',
      evalsha: refuse('evalsha', error),
      eval: refuse('eval', error),
    });
    await expect(redisState(client('NOSCRIPT No matching script.')).run([read])).rejects.toThrow('NOSCRIPT');
    expect(asked.splice(0)).toEqual(['evalsha', 'eval']);
    await expect(redisState(client('BUSY Redis is busy')).run([read])).rejects.toThrow('BUSY');
    expect(asked).toEqual(['evalsha']);
  });

  it('has nothing to warn of where it cannot ask', async () => {
    expect(await redisState(answering([])).check!()).toEqual([]);
  });
});

describe.skipIf(!canRun(import.meta.url, 'own'))('redisState on a server', () => {
  let server: TestRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    await redis.ping();
  });
  afterEach(() => redis.flushall());
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it('connects a client that was made with lazyConnect', async () => {
    const lazy = new Redis(server.url, { lazyConnect: true });
    expect(await redisState(lazy).run([consume('k', 3)])).toMatchObject([{ remaining: 2 }]);
    lazy.disconnect();
  });

  it('works where the client answers numbers as text, and on both protocols of redis', async () => {
    const texts = new Redis(server.url, { stringNumbers: true });
    await new Promise<void>((resolve) => texts.once('ready', () => resolve()));
    expect(await redisState(texts).run([consume('k', 9)])).toMatchObject([{ allowed: true, remaining: 8 }]);
    texts.disconnect();
    for (const RESP of [2, 3] as const) {
      const client = await createClient({ url: server.url, RESP }).connect();
      const batch = [consume('k', 9), read, { op: 'claim', key: `c${RESP}`, ttl: 9000 } as const];
      expect(await redisState(client as RedisClient).run(batch)).toMatchObject([
        { remaining: 9 - RESP },
        undefined,
        true,
      ]);
      client.destroy();
    }
  });

  it('works on a pool of connections', async () => {
    const pool = createClientPool({ url: server.url });
    await pool.connect();
    const store = redisState(pool);
    const answers = await Promise.all(Array.from({ length: 40 }, async () => store.run([consume('k', 30)])));
    expect(answers.filter(([hit]) => (hit as Consumed).allowed)).toHaveLength(30);
    pool.destroy();
  });

  it('keeps one key each, with its prefix, a byte for its kind, and an end', async () => {
    const store = redisState(redis, { prefix: 'shop:' });
    const long = 'x'.repeat(5000);
    await store.run([
      { op: 'put', key: 'v', value: 'text', ttl: 5000 },
      { op: 'claim', key: long, ttl: 5000 },
      consume('g', 5),
      consume('l', 5, { algorithm: 'log' }),
    ]);
    const keys = (await redis.keys('*')).sort();
    expect(keys).toHaveLength(4);
    expect(keys.every((key) => key.startsWith('shop:') && key.length <= 'shop:#'.length + 64)).toBe(true);
    const kinds = await Promise.all(['v', 'g', 'l'].map(async (key) => (await redis.get(`shop:${key}`))![0]));
    expect(kinds).toEqual(['v', 'g', 'l']);
    for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });

  it('lets Redis forget a key never before its time, and soon after', async () => {
    const store = redisState(redis, { prefix: '' });
    for (let i = 0; i < 300; i++) {
      const [period, ttl] = [20_000 + i, 10_000 + i];
      await store.run([
        consume('g', 7, { period, burst: 7 }),
        consume('l', 7, { period, algorithm: 'log' }),
        { op: 'put', key: 'v', value: '', ttl },
      ]);
      // What a key says of itself, and what Redis says: the numbers after the kind, and PEXPIRETIME.
      const ends = {
        g: async () => Math.ceil(Number((await redis.get('g'))!.split(':')[1]) / 1000),
        l: async () => Math.ceil(Number((await redis.get('l'))!.split(':').at(-1)) / 1000) + period,
        v: async () => Math.ceil(Number((await redis.get('v'))!.slice(1, -1)) / 1000),
      };
      for (const key of ['g', 'l', 'v'] as const) {
        const early = (await ends[key]()) - Number(await redis.call('PEXPIRETIME', key));
        expect(early).toBeLessThanOrEqual(0);
        expect(early).toBeGreaterThanOrEqual(-3);
      }
      await redis.flushall();
    }
  });

  it.each(['gcra', 'log'] as const)(
    'writes nothing for a denial, but the start of a block (%s)',
    async (algorithm) => {
      const store = redisState(redis);
      const writes = async () =>
        Number(/rdb_changes_since_last_save:(\d+)/.exec(await redis.info('persistence'))![1]);
      for (const [block, expected] of [
        [0, 0],
        [60_000, 1],
      ] as const) {
        const [address, user] = [
          consume(`address:${block}`, 9, { algorithm }),
          consume(`user:${block}`, 1, { algorithm, block }),
        ];
        await store.run([user]);
        const before = await writes();
        for (let i = 0; i < 5; i++) await store.run([address, user]);
        expect((await writes()) - before).toBe(expected);
      }
      expect(await redis.keys('*address*')).toEqual([]);
    },
  );

  it('does not touch what another program keeps under the same name', async () => {
    const store = redisState(redis);
    await redis.set('gatehouse:k', 'mine');
    await expect(store.run([consume('other', 5), consume('k', 5)])).rejects.toThrow('redisState');
    expect([await redis.get('gatehouse:k'), await redis.exists('gatehouse:other')]).toEqual(['mine', 0]);
  });

  describe.each(LIBRARIES)('check() on $name', ({ connect }) => {
    it('warns of a policy that evicts, and of no other', async () => {
      const { client, close } = await connect(server.url);
      const store = redisState(client, { prefix: `test:${randomUUID()}:` });
      expect(await store.check!()).toEqual([]);
      for (const policy of ['allkeys-lru', 'volatile-ttl']) {
        await redis.config('SET', 'maxmemory-policy', policy);
        expect(await store.check!()).toEqual([
          expect.stringMatching(`maxmemory-policy is ${policy}.*noeviction`),
        ]);
      }
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      close();
    });

    it('says nothing where CONFIG is forbidden', async () => {
      await redis.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '+@all', '-config');
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      const { client, close } = await connect(server.url.replace('//', '//app:secret@'));
      expect(await redisState(client).check!()).toEqual([]);
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      close();
    });
  });

  it('waits with check() for a connection that is being made', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const early = new Redis(server.url, { enableOfflineQueue: false });
    expect(await redisState(early).check!()).toHaveLength(1);
    early.disconnect();
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
  });

  it('says nothing, and soon, where Redis is down or hangs', async () => {
    const nobody = new Redis(await freePort(), '127.0.0.1');
    nobody.on('error', () => {});
    server.pause();
    const began = performance.now();
    expect(await Promise.all([redisState(nobody).check!(), redisState(redis).check!()])).toEqual([[], []]);
    expect(performance.now() - began).toBeLessThan(4000);
    server.resume();
    nobody.disconnect();
  });
});
