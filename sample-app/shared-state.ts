import { Redis } from 'ioredis';
import type { StateStore } from 'nestjs-gatehouse';
import { redisState } from 'nestjs-gatehouse/redis';
import { once } from 'node:events';

/**
 * State in the Redis at `url`, shared by every shop that uses it. The client fails rather than queues, and comes back soon: what
 * a request asks is no use to it five seconds later.
 */
export async function sharedState(url: string): Promise<StateStore> {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => 200,
  });
  // Its own events say that the store is down; without a listener the client would print each attempt.
  client.on('error', () => {});
  // A shop that starts while Redis is down starts all the same.
  await once(client, 'ready', { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  return redisState(client);
}
