import { hasMethod } from '../../core/options.js';
import type { Connection } from './redis-client.js';
import { evalShaOrEval } from './redis-port.js';

interface EvalOptions {
  keys?: string[];
  arguments?: string[];
}

/** What is used of a client of redis (node-redis): of `createClient`, `createClientPool`, `createSentinel` and `createCluster`. */
export interface NodeRedisLike {
  readonly isOpen: boolean;
  evalSha(sha1: string, options?: EvalOptions): Promise<unknown>;
  eval(source: string, options?: EvalOptions): Promise<unknown>;
}

interface Server {
  configGet(parameter: string): Promise<unknown>;
}

interface Cluster {
  readonly isOpen: boolean;
  readonly isReady?: boolean;
  readonly masters: unknown[];
  nodeClient(node: unknown): Server | Promise<Server>;
  sendCommand(firstKey: string | undefined, isReadonly: boolean, args: string[]): Promise<unknown>;
}

/** Whether a client is one of node-redis. */
export function isNodeRedis(client: unknown): client is NodeRedisLike {
  return hasMethod(client, 'evalSha') && typeof (client as NodeRedisLike).isOpen === 'boolean';
}

/** A client of node-redis. */
export function fromNodeRedis(client: NodeRedisLike): Connection {
  if (hasMethod(client, 'nodeClient')) return fromCluster(client as unknown as Cluster);
  return {
    cluster: false,
    port: {
      // A pool knows only whether it was opened.
      ready: () => (client as { isReady?: boolean }).isReady ?? client.isOpen,
      eval(sha1, source, keys, args) {
        const options = { keys: [...keys], arguments: [...args] };
        return evalShaOrEval(
          () => client.evalSha(sha1, options),
          () => client.eval(source, options),
        );
      },
    },
    evictionPolicies: async () => [await (client as unknown as Server).configGet('maxmemory-policy')],
  };
}

function fromCluster(cluster: Cluster): Connection {
  return {
    cluster: true,
    port: {
      // Those of 4 and 5 know only whether they were opened.
      ready: () => cluster.isReady ?? cluster.isOpen,
      eval(sha1, source, keys, args) {
        // evalSha() of 4 does not see the keys: it asks any server, and follows redirections until it gives up.
        const send = (command: string, script: string) =>
          cluster.sendCommand(keys[0], false, [command, script, String(keys.length), ...keys, ...args]);
        return evalShaOrEval(
          () => send('EVALSHA', sha1),
          () => send('EVAL', source),
        );
      },
    },
    async evictionPolicies() {
      const servers = await Promise.all(cluster.masters.map(async (master) => cluster.nodeClient(master)));
      return Promise.all(servers.map((server) => server.configGet('maxmemory-policy')));
    },
  };
}
