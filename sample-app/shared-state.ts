import { Redis } from 'ioredis';
import type { StateStore } from 'nestjs-gatehouse';
import { postgresState } from 'nestjs-gatehouse/postgres';
import { redisState } from 'nestjs-gatehouse/redis';
import { once } from 'node:events';
import { Pool } from 'pg';

/** Where state outlives the shop: the Redis that there is, else the database; `undefined` where there is neither. */
export async function sharedState(
  redisUrl: string | undefined,
  databaseUrl: string | undefined,
): Promise<StateStore | undefined> {
  if (redisUrl) return inRedis(redisUrl);
  return databaseUrl ? inPostgres(databaseUrl) : undefined;
}

/** The client fails rather than queues, and comes back soon: what a request asks is no use to it five seconds later. */
async function inRedis(url: string): Promise<StateStore> {
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

/** A pool of its own, so that no request waits for the queries of others; its connections are no reason for the process to stay. */
async function inPostgres(connectionString: string): Promise<StateStore> {
  const pool = new Pool({
    connectionString,
    max: 5,
    // A connection that is made anew takes longer than a request waits for the store.
    idleTimeoutMillis: 0,
    statement_timeout: 2000,
    allowExitOnIdle: true,
  });
  // As above: a lost connection that nobody listens for would end the process.
  pool.on('error', () => {});
  await Promise.all(Array.from({ length: 5 }, () => pool.query('SELECT 1').catch(() => undefined)));
  return postgresState(pool);
}
