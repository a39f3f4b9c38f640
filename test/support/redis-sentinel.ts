import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, eventually, startRedis, type TestRedis } from './redis.js';
import { freePort } from './free-port.js';

/** A master and a replica that a Sentinel watches. */
export interface TestSentinel {
  readonly name: string;
  readonly port: number;
  /** The server that was the master at first. */
  readonly master: TestRedis;
  /** Waits until the replica has all that the master has. */
  replicated(): Promise<void>;
  /** Waits until the replica has become the master. */
  failedOver(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one Sentinel that decides alone, and takes a master for dead after 300 ms. */
export async function startSentinel(): Promise<TestSentinel> {
  const name = 'primary';
  const master = await startRedis();
  const replica = await startRedis(
    '--replicaof',
    `127.0.0.1 ${master.port}`,
    '--repl-diskless-sync-delay',
    '0',
  );
  const replicationOf = async (server: TestRedis) => String(await ask(server.port, 'INFO', 'replication'));
  await eventually('the replica is in sync', async () =>
    (await replicationOf(replica)).includes('master_link_status:up'),
  );
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sentinel-'));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  writeFileSync(
    file,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds ${name} 300`,
      `sentinel failover-timeout ${name} 3000`,
      '',
    ].join('\n'),
  );
  const child: ChildProcess = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  await eventually('the Sentinel knows the replica', async () =>
    JSON.stringify(await ask(port, 'SENTINEL', 'REPLICAS', name)).includes(String(replica.port)),
  );
  return {
    name,
    port,
    master,
    async replicated() {
      const offset = /master_repl_offset:(\d+)/.exec(await replicationOf(master))![1]!;
      await eventually(
        'the replica has all',
        async () =>
          Number(/slave_repl_offset:(\d+)/.exec(await replicationOf(replica))?.[1]) >= Number(offset),
      );
    },
    async failedOver() {
      await eventually('the replica is the master', async () =>
        (await replicationOf(replica)).includes('role:master'),
      );
    },
    async stop() {
      process.removeListener('exit', kill);
      kill();
      await Promise.all([master.stop(), replica.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
