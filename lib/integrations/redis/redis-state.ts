import { checkOptions, invalidOption } from '../../core/options.js';
import type { StateOp, StateResult, StateStore } from '../../core/state-store.js';
import { fieldsOf, redisKey, repliesOf, resultOf } from './batch.js';
import { runOnCluster } from './cluster.js';
import { evictionWarnings } from './eviction.js';
import { connectionOf, type Connection, type RedisClient } from './redis-client.js';
import { redisFailure } from './redis-failure.js';
import { SCRIPT, sha1Of } from './script.js';

/** Options of {@link redisState}. */
export interface RedisStateOptions {
  /** What the name of every key begins with. `gatehouse:` by default. */
  readonly prefix?: string;
}

/**
 * State that all instances of an app share, in Redis: one trip a batch, by one script, with the server's clock.
 *
 * The client is yours: connect it, give it an `error` listener, and close it. Let it give up early, because a command that waits
 * through an outage is counted when nobody asks any more: for ioredis `{ enableOfflineQueue: false, maxRetriesPerRequest: 0,
 * autoResendUnfulfilledCommands: false }`, for redis `{ disableOfflineQueue: true }`. While the client has no connection, `run` rejects
 * at once. A rejection says what Redis answered by its code only, `READONLY`, never with what the client says of itself.
 *
 * On one server, or one with replicas and Sentinel, a batch is atomic. A Cluster keeps the keys of a batch on different servers: there,
 * the operations on each key are atomic, all keys are asked at once, and where a limit denies, what the others were charged is
 * refunded by a second trip. Between the two trips, another request may be denied by a unit that is about to be given back. Where the
 * process dies between them, or a server does not answer, the unit stays charged until it drains. Where it drained between them, the
 * refund takes it off what was charged since, so that up to as many units too many are admitted.
 *
 * There is one circuit breaker for all servers of a Cluster: while one of them is down, it opens and closes with the requests that meet it.
 *
 * Replication is asynchronous: a failover may lose the last writes. Redis must not evict (`maxmemory-policy noeviction`), or counts,
 * blocks and claims get lost: `check()` warns.
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`
 * @example
 * ```ts
 * const redis = new Redis(process.env.REDIS_URL, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
 * SecurityModule.forRoot({ state: redisState(redis) });
 * ```
 */
export function redisState(client: RedisClient, options: RedisStateOptions = {}): StateStore {
  const { prefix = 'gatehouse:' } = checkOptions('state', options, ['prefix']);
  if (typeof prefix !== 'string') throw invalidOption('state.prefix', prefix, "write a text: 'shop:'");
  return new RedisState(connectionOf(client), prefix);
}

const SHA1 = sha1Of(SCRIPT);

class RedisState implements StateStore {
  constructor(
    private readonly connection: Connection,
    private readonly prefix: string,
  ) {}

  async run(batch: readonly StateOp[]): Promise<readonly StateResult[]> {
    if (batch.length === 0) return [];
    if (!this.connection.port.ready()) {
      throw new Error('Redis is not connected (redisState): the client has no connection that is ready.');
    }
    if (this.connection.cluster) return runOnCluster(batch, this.prefix, this.#send);
    const replies = await this.#send(batch);
    return batch.map((op, index) => resultOf(op, replies[index]));
  }

  check(): Promise<readonly string[]> {
    return evictionWarnings(this.connection);
  }

  readonly #send = async (batch: readonly StateOp[]): Promise<readonly unknown[]> => {
    const keys = batch.map((op) => redisKey(this.prefix, op));
    let reply: unknown;
    try {
      reply = await this.connection.port.eval(SHA1, SCRIPT, keys, fieldsOf(batch));
    } catch (error) {
      throw redisFailure(error);
    }
    return repliesOf(reply, batch.length);
  };
}
