import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis';
import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis6';
import { Cluster as ValkeyCluster, Redis as Valkey } from 'iovalkey';
import * as node6 from 'redis';
import * as node4 from 'redis4';
import * as node5 from 'redis5';
import type { RedisClient } from '../../../lib/integrations/redis/index.js';

/** A client that is connected. */
export interface Connected {
  readonly client: RedisClient;
  close(): void;
}

/** One client library that must work. */
export interface Library {
  readonly name: string;
  connect(url: string): Promise<Connected>;
  connectCluster(ports: readonly number[]): Promise<Connected>;
}

const HOST = '127.0.0.1';
/** An outage is the matter of the test, not of the log. */
export function silence(client: unknown): void {
  (client as { on(event: 'error', listener: () => void): unknown }).on('error', () => {});
}

interface IoredisLibrary {
  readonly status: string;
  disconnect(): void;
  once(event: string, listener: (error?: Error) => void): unknown;
}

/** Waits for the connection of a client of ioredis or iovalkey. */
export async function readyIoredis<C extends IoredisLibrary & RedisClient>(client: C): Promise<Connected> {
  silence(client);
  if (client.status !== 'ready') await new Promise<void>((resolve) => client.once('ready', () => resolve()));
  return { client, close: () => client.disconnect() };
}

/** What ioredis is told in an app: give up at once, send nothing twice. */
export const IMPATIENT = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  retryStrategy: () => 50,
} as const;
const seeds = (ports: readonly number[]) => ports.map((port) => ({ host: HOST, port }));
const roots = (ports: readonly number[]) => ports.map((port) => ({ url: `redis://${HOST}:${port}` }));

interface NodeRedisLibrary {
  connect(): Promise<unknown>;
  destroy?(): unknown;
  disconnect?(): unknown;
}

/** Connects a client of node-redis. */
export async function readyNodeRedis<C extends NodeRedisLibrary & RedisClient>(
  client: C,
): Promise<Connected> {
  silence(client);
  await client.connect();
  return {
    client,
    close() {
      // 4 has disconnect(), later ones destroy().
      if (client.destroy) client.destroy();
      else void client.disconnect!();
    },
  };
}

const socket = { reconnectStrategy: 50 };

/** Every client library, by its name and major version. */
export const LIBRARIES: readonly Library[] = [
  {
    name: 'ioredis 6',
    connect: (url) => readyIoredis(new Redis6(url, IMPATIENT)),
    connectCluster: (ports) => readyIoredis(new Cluster6(seeds(ports))),
  },
  {
    name: 'ioredis 5',
    connect: (url) => readyIoredis(new Redis5(url, IMPATIENT)),
    connectCluster: (ports) => readyIoredis(new Cluster5(seeds(ports))),
  },
  {
    name: 'iovalkey',
    connect: (url) => readyIoredis(new Valkey(url, IMPATIENT)),
    connectCluster: (ports) => readyIoredis(new ValkeyCluster(seeds(ports))),
  },
  {
    name: 'redis 6',
    connect: (url) => readyNodeRedis(node6.createClient({ url, socket, disableOfflineQueue: true })),
    connectCluster: (ports) => readyNodeRedis(node6.createCluster({ rootNodes: roots(ports) })),
  },
  {
    name: 'redis 5',
    connect: (url) => readyNodeRedis(node5.createClient({ url, socket, disableOfflineQueue: true })),
    connectCluster: (ports) => readyNodeRedis(node5.createCluster({ rootNodes: roots(ports) })),
  },
  {
    name: 'redis 4',
    connect: (url) => readyNodeRedis(node4.createClient({ url, socket, disableOfflineQueue: true })),
    connectCluster: (ports) => readyNodeRedis(node4.createCluster({ rootNodes: roots(ports) })),
  },
];
