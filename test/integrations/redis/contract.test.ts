import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { redisState } from '../../../lib/integrations/redis/index.js';
import { stateStoreContract } from '../../../lib/testing/index.js';
import { anyRedis, canRun } from '../../support/redis.js';
import { LIBRARIES, type Connected } from './clients.js';

describe.skipIf(!canRun(import.meta.url, 'any'))('redisState keeps the contract of state stores', () => {
  let server: Awaited<ReturnType<typeof anyRedis>>;
  beforeAll(async () => {
    server = await anyRedis();
  });
  afterAll(() => server.stop());

  describe.each(LIBRARIES)('on $name', ({ connect }) => {
    let connected: Connected;
    beforeAll(async () => {
      connected = await connect(server.url);
    });
    afterAll(() => connected.close());

    // Most of a case is waiting.
    const cases = stateStoreContract(() => ({
      store: redisState(connected.client, { prefix: `test:${randomUUID()}:` }),
      // A timer may fire a millisecond early.
      advance: (milliseconds) => sleep(milliseconds + 2),
    }));
    for (const { name, run } of cases) it.concurrent(name, run);
  });
});
