import { ServerProcess, type ServerSpec } from '../harness/server-process.js';

/** Starts servers, hands them over, and stops them whatever happens. */
export async function withServers<T>(
  specs: readonly ServerSpec[],
  use: (servers: readonly ServerProcess[]) => Promise<T>,
): Promise<T> {
  const started = await Promise.allSettled(specs.map((spec) => ServerProcess.start(spec)));
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    return await use(servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
