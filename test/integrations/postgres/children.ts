import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/** What every child process is told. */
export interface Task {
  readonly url: string;
  readonly [detail: string]: string | number;
}

/**
 * Runs a module in several processes at once. It sends one message when it is ready, begins when it is sent one, and sends what came
 * of it.
 */
export async function inProcesses<Result>(count: number, module: string, task: Task): Promise<Result[]> {
  const children = Array.from({ length: count }, (_, index) =>
    fork(CHILD, [module, JSON.stringify({ ...task, index })], { execArgv: [] }),
  );
  const message = async (child: (typeof children)[number]): Promise<unknown> => {
    const [said] = await Promise.race([
      once(child, 'message') as Promise<unknown[]>,
      once(child, 'exit').then((): never => {
        throw new Error(`a process running ${module} ended before it answered`);
      }),
    ]);
    return said;
  };
  try {
    await Promise.all(children.map(message));
    const results = Promise.all(children.map(message));
    for (const child of children) child.send('begin');
    return (await results) as Result[];
  } finally {
    for (const child of children) child.kill();
  }
}
