import { ServerProcess, type ServerSpec } from '../harness/server-process.js';

/** Starts servers one after the other, hands them over, and stops them whatever happens. */
export async function withServers<T>(
  specs: readonly ServerSpec[],
  use: (servers: readonly ServerProcess[]) => Promise<T>,
): Promise<T> {
  const servers: ServerProcess[] = [];
  try {
    for (const spec of specs) servers.push(await ServerProcess.start(spec));
    return await use(servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
