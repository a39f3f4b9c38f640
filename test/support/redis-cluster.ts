import { ask, eventually, startRedis, type TestRedis } from './redis.js';
import { freePort } from './free-port.js';

const SLOTS = 16_384;

/** A Redis Cluster of three masters. */
export interface TestCluster {
  readonly servers: readonly TestRedis[];
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

/** Starts three masters, gives each a third of the slots, and waits until they agree. */
export async function startCluster(): Promise<TestCluster> {
  const servers: TestRedis[] = [];
  const buses: number[] = [];
  for (let i = 0; i < 3; i++) {
    // The default bus port is ten thousand above, which may be no port.
    const bus = await freePort();
    buses.push(bus);
    servers.push(await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(bus)));
  }
  const [first] = servers;
  for (const [i, { port }] of servers.entries()) {
    const from = Math.ceil((SLOTS / 3) * i);
    const to = Math.ceil((SLOTS / 3) * (i + 1)) - 1;
    await ask(port, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    if (i > 0) await ask(first!.port, 'CLUSTER', 'MEET', '127.0.0.1', String(port), String(buses[i]));
  }
  for (const { port } of servers) {
    await eventually('the cluster is formed', async () => {
      const info = String(await ask(port, 'CLUSTER', 'INFO'));
      return info.includes('cluster_state:ok') && info.includes('cluster_size:3');
    });
  }
  return {
    servers,
    ports: servers.map(({ port }) => port),
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
