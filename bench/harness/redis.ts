import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';

/** Whether there is a `redis-server` on the PATH. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** A Redis that a bench may take down. */
export class RedisProcess {
  #server: ChildProcess | undefined;

  constructor(readonly port: number) {}

  async start(): Promise<void> {
    const where = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', tmpdir()];
    this.#server = spawn('redis-server', [...where, '--save', '', '--appendonly', 'no']);
    for await (const chunk of this.#server.stdout!) {
      if (String(chunk).includes('Ready to accept')) return;
    }
    throw new Error('redis-server did not start');
  }

  signal(name: NodeJS.Signals): void {
    this.#server!.kill(name);
  }
}
