import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Adapter, Stack } from '../stacks/create-app.js';
import type { Issuer } from './keys.js';
import { LoadGenerator } from './load.js';
import { pin, unpinned } from './pin.js';

/** How a server process is started. */
export interface ServerSpec {
  readonly stack: Stack;
  readonly adapter: Adapter;
  readonly issuer: Issuer;
  readonly users?: number;
  readonly ordersPerUser?: number;
  readonly extraRoutes?: number;
  readonly extraRoles?: number;
  /** How many connections the load keeps open; 32 where nothing is said. */
  readonly connections?: number;
  /** Further arguments of Node.js. */
  readonly nodeArguments?: readonly string[];
}

/** What a server says of itself. Bytes and microseconds. */
export interface ServerFigures {
  /** User and system time of the process. */
  readonly cpu: number;
  readonly heapUsed: number;
}

/** What a server is asked over its channel, so that asking adds no request to what is measured. */
export type ServerCommand = 'figures' | 'collect';

interface Ready {
  readonly url: string;
  readonly bootMilliseconds: number;
}

/** How many users a shop has where nothing else is said. */
export const USERS = 200;

/** A server in a process of its own, on the first core. */
export class ServerProcess {
  readonly load: LoadGenerator;

  private constructor(
    readonly spec: ServerSpec,
    private readonly child: ChildProcess,
    readonly ready: Ready,
  ) {
    this.load = new LoadGenerator(ready.url, spec.connections);
  }

  /** @throws {Error} where the server does not boot. */
  static async start(spec: ServerSpec): Promise<ServerProcess> {
    const { issuer, nodeArguments = [], stack, adapter } = spec;
    const { users = USERS, ordersPerUser = 100, extraRoutes = 0, extraRoles = 0 } = spec;
    const entry = fileURLToPath(new URL('../server.js', import.meta.url));
    const argument = {
      stack,
      adapter,
      users,
      ordersPerUser,
      extraRoutes,
      extraRoles,
      algorithm: issuer.algorithm,
      key: issuer.text,
    };
    const args = ['--expose-gc', ...nodeArguments, entry, JSON.stringify(argument)];
    const child = spawn(...unpinned(process.execPath, args), {
      // What a server writes to its log is made and written, and then thrown away.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const ready = await answer<Ready>(child);
    // Not before: several boot at once.
    pin(child.pid!, 'server');
    return new ServerProcess(spec, child, ready);
  }

  /** Which one it is, for messages. */
  get name(): string {
    return `${this.spec.stack} on ${this.spec.adapter}`;
  }

  /** What the process has used until now. `collect` collects garbage first. */
  figures(command: ServerCommand = 'figures'): Promise<ServerFigures> {
    const figures = answer<ServerFigures>(this.child);
    this.child.send(command);
    return figures;
  }

  async stop(): Promise<void> {
    await this.load.close();
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await gone;
  }
}

function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the server ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as T);
    });
  });
}
