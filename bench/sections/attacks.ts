import { foreign, forged, HOSTILE, newClients, one, post, type ShopClient } from '../harness/clients.js';
import type { Issuer } from '../harness/keys.js';
import { expectStatus, type LoadRequest, type LoadResult } from '../harness/load.js';
import { USERS } from '../harness/server-process.js';
import { percentile } from '../harness/statistics.js';
import { columns, type Table } from '../report/table.js';
import { ADAPTERS, type Stack } from '../stacks/create-app.js';
import type { Run } from './run.js';
import { withServers } from './with-servers.js';

const STACKS: readonly Stack[] = ['hand-best', 'floor', 'gatehouse'];
const REQUESTS = 800;

const ATTACKS: ReadonlyArray<(client: ShopClient) => LoadRequest> = [
  (client) => post(client, HOSTILE),
  forged,
  (client) => foreign(client, USERS),
  (client) => ({ ...one(client), path: '/admin/../orders//%2e%2e' }),
];

/** How long honest callers wait while one request in a hundred is an attack. */
export async function attackTable(issuer: Issuer, run: Run): Promise<Table> {
  const clients = newClients(issuer, REQUESTS, USERS);
  const honest = clients.map(one);
  const mixed = clients.map((client, at) =>
    at % 100 === 50 ? ATTACKS[Math.floor(at / 100) % ATTACKS.length]!(client) : one(client),
  );
  const rows: Table['rows'][number][] = [];
  for (const adapter of run.quick ? (['fastify'] as const) : ADAPTERS) {
    await withServers(
      STACKS.map((stack) => ({ stack, adapter, issuer })),
      async (servers) => {
        for (const server of servers) {
          run.progress(`${adapter}: attacks on ${server.spec.stack}`);
          await server.load.run(honest, run.pace.warmUp);
          const peace = await server.load.run(honest, { requests: REQUESTS });
          expectStatus(peace, 200, server.name);
          // As many as the load holds: each of its requests is sent once.
          const war = await server.load.run(mixed, { requests: REQUESTS });
          const waits = war.latencies.filter(({ index }) => index % 100 !== 50);
          const p99 = (latencies: LoadResult['latencies']) =>
            percentile(
              latencies.map(({ milliseconds }) => milliseconds),
              0.99,
            );
          rows.push([
            adapter,
            server.spec.stack,
            p99(peace.latencies),
            p99(waits),
            Math.max(...waits.map(({ milliseconds }) => milliseconds)),
          ]);
        }
      },
    );
  }
  return {
    id: 'attacks',
    title: 'Honest callers during an attack',
    note: `Milliseconds that honest callers wait for one order, with 32 connections: without attacks, and while one request in a hundred is one (the hostile body, a forged token, another's order, a path with traversal; ${REQUESTS} requests).`,
    columns: columns('adapter', 'stack', 'p99 in peace:1', 'p99 under attack:1', 'longest under attack:1'),
    rows,
  };
}
