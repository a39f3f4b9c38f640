import { Redis } from 'ioredis6';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

/** A Redis server that was started for a test. */
export interface TestRedis {
  readonly port: number;
  readonly url: string;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
  /** Kills it, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on its port, empty, after {@link TestRedis.kill}. */
  restart(): Promise<void>;
  /** Lets it hang: connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
}

const SERVER = 'redis-server';
const hasServer = spawnSync(SERVER, ['--version']).status === 0;
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Whether the tests of a file can run; says so where they cannot. `own`: they kill or configure the server. */
export function canRun(file: string, needs: 'any' | 'own'): boolean {
  if (hasServer || (needs === 'any' && process.env['REDIS_URL'])) return true;
  const name = file.slice(file.indexOf('test/'));
  const orUrl = needs === 'any' ? ', or set REDIS_URL to a server that tests may write to' : '';
  console.warn(
    `SKIPPED ${name}: no redis-server. Install one and put it on the PATH (apt-get install redis-server)${orUrl}.`,
  );
  return false;
}

/** The server that `REDIS_URL` names, else one that is started. For tests that use keys of their own and no more. */
export async function anyRedis(): Promise<Pick<TestRedis, 'url' | 'stop'>> {
  const url = process.env['REDIS_URL'];
  return url ? { url, stop: async () => {} } : startRedis();
}

/** A server of its own for one test file, in memory only. */
export async function startRedis(...options: string[]): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'));
  const port = await freePort();
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  let child: ChildProcess;
  async function start(): Promise<void> {
    child = spawn(SERVER, [...settings, ...options], { stdio: 'ignore' });
    running.add(child);
    await answers(port);
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    running.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    restart: start,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

/** How often a command was called on a server, by `INFO commandstats`. */
export async function callsOf(port: number, command: string): Promise<number> {
  const stats = String(await ask(port, 'INFO', 'commandstats'));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

/** Asks one server one thing over a connection of its own. */
export async function ask(port: number, command: string, ...args: string[]): Promise<unknown> {
  const client = new Redis(port, '127.0.0.1');
  client.on('error', () => {});
  try {
    return await client.call(command, ...args);
  } finally {
    client.disconnect();
  }
}

/** Waits until something is so, ten seconds at most. */
export async function eventually<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (const began = performance.now(); performance.now() - began < 10_000;) {
    try {
      const found = await look();
      if (found) return found;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => void setTimeout(resolve, 25));
  }
  throw new Error(`After ten seconds, still not: ${what}`);
}

async function answers(port: number): Promise<void> {
  await eventually(`redis-server answers on port ${port}`, () => ask(port, 'PING'));
}
