import { hasMethod, invalidOption } from '../../core/options.js';
import { fromIoredis, isIoredis, type IoredisLike } from './ioredis.js';
import { fromNodeRedis, isNodeRedis, type NodeRedisLike } from './node-redis.js';
import type { RedisPort } from './redis-port.js';

/** A client of ioredis 5 or 6, of iovalkey, of redis (node-redis) 4, 5 or 6, or anything that fits {@link RedisPort}. */
export type RedisClient = RedisPort | IoredisLike | NodeRedisLike;

/** What the store knows of a client. */
export interface Connection {
  readonly port: RedisPort;
  /** Whether keys are spread over several servers, so that one script cannot see all keys of a batch. */
  readonly cluster: boolean;
  /** What each server answers to `CONFIG GET maxmemory-policy`, in the shape of the client. Rejects where that is forbidden. */
  readonly evictionPolicies?: () => Promise<readonly unknown[]>;
}

/**
 * Recognises a client by what it can do: none is imported.
 *
 * @throws {SecurityConfigError} `option.invalid`
 */
export function connectionOf(client: unknown): Connection {
  if (hasMethod(client, 'ready') && hasMethod(client, 'eval')) {
    return { port: client as RedisPort, cluster: false };
  }
  if (isIoredis(client)) return fromIoredis(client);
  if (isNodeRedis(client)) return fromNodeRedis(client);
  throw invalidOption(
    'state',
    client,
    'give redisState() a client: new Redis(url) of ioredis or iovalkey, createClient({ url }) of redis, ' +
      'or an object with ready() and eval(sha1, source, keys, args)',
  );
}
