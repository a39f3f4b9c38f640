import { HOSTILE, newClients, one, post } from '../harness/clients.js';
import type { Issuer } from '../harness/keys.js';
import type { LoadRequest } from '../harness/load.js';
import type { ServerProcess } from '../harness/server-process.js';
import { median } from '../harness/statistics.js';
import { columns, type Table } from '../report/table.js';
import { ADAPTERS, STACKS } from '../stacks/create-app.js';
import type { Run } from './run.js';
import { withServers } from './with-servers.js';

const TARGET = { milliseconds: 20, bytes: 8192 };

/** What one hostile body of one caller with a valid token costs. */
export async function hostileBodyTable(issuer: Issuer, run: Run): Promise<Table> {
  const rows: Table['rows'][number][] = [];
  const parse = median(Array.from({ length: 9 }, parseMilliseconds));
  for (const adapter of run.quick ? (['fastify'] as const) : ADAPTERS) {
    run.progress(`${adapter}: a hostile body`);
    await withServers(
      STACKS.filter((stack) => stack !== 'bare' && !(run.quick && stack === 'hand')).map((stack) => ({
        stack,
        adapter,
        issuer,
        connections: 1,
      })),
      async (servers) => {
        const [client] = newClients(issuer, 1, 1);
        for (const server of servers) {
          await server.load.run([one(client!), post(client!)], { requests: 200 });
          const costs: number[] = [];
          let bytes = 0;
          for (let n = 0; n < (run.quick ? 1 : 3); n++) {
            const before = await server.figures();
            bytes = await refusalBytes(server, post(client!, HOSTILE));
            costs.push(((await server.figures()).cpu - before.cpu) / 1000);
          }
          const cost = median(costs);
          const met = cost - parse <= TARGET.milliseconds && bytes <= TARGET.bytes;
          const ours = server.spec.stack === 'gatehouse';
          rows.push([
            adapter,
            server.spec.stack,
            cost,
            cost - parse,
            bytes,
            ours ? `${TARGET.milliseconds} ms, ${TARGET.bytes} bytes` : '',
            ours ? (met ? 'met' : 'missed') : '',
          ]);
        }
      },
    );
  }
  return {
    id: 'hostile-body',
    title: 'One hostile body',
    note: `One POST of ${HOSTILE.length} bytes with a valid token: an array of empty line items, over the declared \`@ArrayMaxSize(50)\`. The whole request, its connection included; \`JSON.parse\` of the body alone takes ${parse.toFixed(1)} ms.`,
    columns: columns(
      'adapter',
      'stack',
      'CPU, ms:1',
      'beyond JSON.parse, ms:1',
      'answer, bytes:0',
      'target',
      'verdict',
    ),
    rows,
  };
}

function parseMilliseconds(): number {
  const before = process.cpuUsage();
  JSON.parse(HOSTILE);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function refusalBytes({ ready, name }: ServerProcess, { path, ...init }: LoadRequest): Promise<number> {
  const response = await fetch(ready.url + path, init);
  if (response.status !== 400) throw new Error(`${name} answered the hostile body with ${response.status}`);
  return (await response.arrayBuffer()).byteLength;
}
