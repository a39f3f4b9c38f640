import { hasMethod } from '../../core/options.js';
import type { Connection } from './redis-client.js';
import { evalShaOrEval } from './redis-port.js';

/** What is used of a client of ioredis or iovalkey: `Redis`, also with `sentinels`, or `Cluster`. */
export interface IoredisLike {
  readonly status: string;
  evalsha(sha1: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>;
  eval(source: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>;
}

interface Lazy {
  connect(): Promise<unknown>;
}

interface Server {
  config(subcommand: 'GET', parameter: string): Promise<unknown>;
}

/** Whether a client is one of ioredis or iovalkey. */
export function isIoredis(client: unknown): client is IoredisLike {
  return hasMethod(client, 'evalsha') && typeof (client as IoredisLike).status === 'string';
}

/** A client of ioredis or iovalkey. */
export function fromIoredis(client: IoredisLike): Connection {
  const cluster = (client as { isCluster?: unknown }).isCluster === true;
  return {
    cluster,
    port: {
      // One that was made with lazyConnect connects at its first command.
      ready: () => client.status === 'ready' || client.status === 'wait',
      eval: (sha1, source, keys, args) =>
        evalShaOrEval(
          () => client.evalsha(sha1, keys.length, ...keys, ...args),
          () => client.eval(source, keys.length, ...keys, ...args),
        ),
    },
    async evictionPolicies() {
      // Asked at boot. A Cluster that was made with lazyConnect knows no server yet, and without a queue the first request would fail.
      if (client.status === 'wait') await (client as unknown as Lazy).connect();
      const servers = cluster
        ? (client as unknown as { nodes(role: 'master'): Server[] }).nodes('master')
        : [client as unknown as Server];
      return Promise.all(servers.map((server) => server.config('GET', 'maxmemory-policy')));
    },
  };
}
