import { Redis } from 'ioredis6';
import { redisState } from '../../../lib/integrations/redis/index.js';
import { postgresState } from '../../../lib/integrations/postgres/index.js';
import { once } from 'node:events';
import type { StateStore } from '../../../lib/core/state-store.js';
import { openPool } from '../../integrations/postgres/open-pool.js';
import { house, nobodyInParticular as load } from './support.js';

/** What a process is told: which store, which token, how often at once. */
export interface RefreshTask {
  readonly url: string;
  readonly refreshToken: string;
  readonly times: number;
  /** 1: it kills itself as soon as the token is replaced, before the answer. */
  readonly dies: number;
}

/** Opens the store of a URL: Redis or PostgreSQL. */
export async function openStore(url: string): Promise<{ store: StateStore; close(): Promise<void> }> {
  if (url.startsWith('redis:')) {
    const client = new Redis(url);
    await once(client, 'ready');
    return { store: redisState(client), close: async () => client.disconnect() };
  }
  const pool = openPool(url);
  return { store: postgresState(pool), close: () => pool.end() };
}

/** Refreshes one token many times at once, in this process, and says what came of each. */
export async function work({ url, refreshToken, times, dies }: RefreshTask): Promise<string[]> {
  const { store, close } = await openStore(url);
  const deadly: StateStore = {
    async run(batch) {
      const results = await store.run(batch);
      // Nothing of it runs after this: no handler, no finally, no exit hook.
      if (dies && batch.some(({ op }) => op === 'compareAndSet')) process.kill(process.pid, 'SIGKILL');
      return results;
    },
  };
  const { service } = house({ store: deadly, real: true, sessions: { grace: 60 } });
  const tokens = await Promise.all(
    Array.from({ length: times }, async () => (await service.refresh(refreshToken, load)).refreshToken),
  );
  await close();
  return tokens;
}
