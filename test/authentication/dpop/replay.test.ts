import { Redis } from 'ioredis6';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisState } from '../../../lib/integrations/redis/index.js';
import type { StateOp, StateStore } from '../../../lib/core/state-store.js';
import { memoryState } from '../../../lib/kit/state/memory-state.js';
import { anyRedis, canRun } from '../../support/redis.js';
import { ADAPTERS } from '../../support/start-app.js';
import { send } from '../send.js';
import { proofApp, sendProven, served, tokenOf, type ProofApp } from './proof-app.js';
import { newProofKey, ProofForge, type ProofKey } from './proof-forge.js';

describe.skipIf(!canRun(import.meta.url, 'any'))('two instances with one Redis', () => {
  let redis: Awaited<ReturnType<typeof anyRedis>>;
  let clients: Redis[];
  let apps: ProofApp[];
  let key: ProofKey;
  beforeAll(async () => {
    redis = await anyRedis();
    const prefix = `test:${randomUUID()}:`;
    clients = ADAPTERS.map(() => new Redis(redis.url));
    apps = await Promise.all(
      ADAPTERS.map((adapter, i) =>
        proofApp(adapter, undefined, {
          state: redisState(clients[i]!, { prefix }),
          outage: { deadline: 10_000 },
        }),
      ),
    );
    key = await newProofKey('ES256');
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    for (const client of clients) client.disconnect();
    await redis.stop();
  });
  beforeEach(() => void (served.length = 0));

  it('one proof, a hundred requests at once to both: one is served', async () => {
    const token = await tokenOf('alice', key);
    const proof = new ProofForge(key, token).proof();
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const { url } = apps[i % apps.length]!;
        return (await send(`${url}/orders`, `DPoP ${token}`, ['DPoP', proof])).status;
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 401)).toHaveLength(99);
    expect(served).toEqual(['list']);
  });

  it('a hundred proofs at once: all are served', async () => {
    const token = await tokenOf('alice', key);
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => (await sendProven(apps[i % 2]!, token, key)).status),
    );
    expect(statuses.every((status) => status === 200)).toBe(true);
    expect(served).toHaveLength(100);
  });
});

describe('what a proof costs the store', () => {
  it('is one operation in the one trip of the request, kept as long as the proof can count', async () => {
    const trips: Array<readonly StateOp[]> = [];
    const memory = memoryState();
    const state: StateStore = {
      run(batch) {
        trips.push(batch);
        return memory.run(batch);
      },
    };
    const app = await proofApp('express', undefined, { state });
    const key = await newProofKey('ES256');
    const token = await tokenOf('alice', key);
    expect((await sendProven(app, token, key)).status).toBe(200);
    expect(trips).toHaveLength(1);
    const claims = trips[0]!.filter(({ op }) => op === 'claim') as Array<
      StateOp & { ttl: number; key: string }
    >;
    expect(claims).toEqual([{ op: 'claim', key: expect.stringMatching(/^dpop:[\w-]{43}$/), ttl: 130_000 }]);
    await app.close();
  });
});
