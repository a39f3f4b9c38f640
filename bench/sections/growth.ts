import { list, newClients, one } from '../harness/clients.js';
import type { Issuer } from '../harness/keys.js';
import { measure, ratioOf, warmUp } from '../harness/measure.js';
import type { ServerSpec } from '../harness/server-process.js';
import { median } from '../harness/statistics.js';
import { columns, type Table } from '../report/table.js';
import { ADAPTERS } from '../stacks/create-app.js';
import type { Run } from './run.js';
import { withServers } from './with-servers.js';

/** How the cost of a request grows with the list, with the routes and with the roles of an application. */
export async function growthTables(issuer: Issuer, run: Run): Promise<Table[]> {
  return [await listTable(issuer, run), await routeTable(issuer, run), await roleTable(issuer, run)];
}

async function listTable(issuer: Issuer, run: Run): Promise<Table> {
  const stacks = ['bare', 'hand-best', 'floor', 'gatehouse'] as const;
  const rows: Table['rows'][number][] = [];
  await withServers(
    stacks.map((stack): ServerSpec => ({
      stack,
      adapter: 'fastify',
      issuer,
      users: 1,
      ordersPerUser: 10_000,
      connections: 1,
    })),
    async (servers) => {
      const [client] = newClients(issuer, 1, 1);
      for (const length of [1, 10, 100, 1000, 10_000]) {
        run.progress(`growth: a list of ${length}`);
        const cells = servers.map((server) => ({ server, requests: [list(client!, length)], status: 200 }));
        const pace = { ...run.pace, warmUp: { requests: 500, milliseconds: 1000 }, rounds: 4 };
        await warmUp(cells, pace);
        const samples = await measure(cells, pace);
        const perRow = samples.map((each) => median(each.map(({ cpu }) => cpu)) / length);
        rows.push([length, ...perRow, ratioOf(samples[3]!, samples[0]!), ratioOf(samples[3]!, samples[2]!)]);
      }
    },
  );
  return {
    id: 'growth-list',
    title: 'Growth with the list',
    note: 'Fastify, one connection: microseconds of CPU for each order of the list.',
    columns: columns(
      'orders:0',
      'bare:1',
      'hand-assembled, best keys:1',
      'floor:1',
      'gatehouse:1',
      'gatehouse ÷ bare:2',
      'gatehouse ÷ floor:2',
    ),
    rows,
  };
}

async function routeTable(issuer: Issuer, run: Run): Promise<Table> {
  const rows: Table['rows'][number][] = [];
  const requests = newClients(issuer, 100, 100).map(one);
  for (const adapter of ADAPTERS) {
    for (const extraRoutes of [10, 1000]) {
      run.progress(`growth: ${extraRoutes} further routes on ${adapter}`);
      const specs = (['bare', 'gatehouse'] as const).map((stack) => ({
        stack,
        adapter,
        issuer,
        extraRoutes,
      }));
      await withServers(specs, async (servers) => {
        const cells = servers.map((server) => ({ server, requests, status: 200 }));
        const pace = { ...run.pace, rounds: 4 };
        await warmUp(cells, pace);
        const samples = await measure(cells, pace);
        const [bare, ours] = samples.map((each) => median(each.map(({ cpu }) => cpu)));
        const boots = servers.map(({ ready }) => ready.bootMilliseconds);
        rows.push([adapter, extraRoutes, bare, ours, ours! - bare!, ...boots]);
      });
    }
  }
  return {
    id: 'growth-routes',
    title: 'Growth with the routes',
    note: 'One order behind so many other routes, registered before it: microseconds of CPU a request, and milliseconds to boot.',
    columns: columns(
      'adapter',
      'further routes:0',
      'bare, µs:0',
      'gatehouse, µs:0',
      'difference, µs:0',
      'boot of bare, ms:0',
      'boot of gatehouse, ms:0',
    ),
    rows,
  };
}

async function roleTable(issuer: Issuer, run: Run): Promise<Table> {
  const rows: Table['rows'][number][] = [];
  for (const roles of [3, 60]) {
    run.progress(`growth: ${roles} roles`);
    const extraRoles = roles - 3;
    const names = ['user', 'support', 'admin', ...Array.from({ length: extraRoles }, (_, i) => `role-${i}`)];
    await withServers([{ stack: 'gatehouse', adapter: 'fastify', issuer, extraRoles }], async (servers) => {
      const requests = newClients(issuer, 100, 100, names).map(one);
      const cells = servers.map((server) => ({ server, requests, status: 200 }));
      await warmUp(cells, run.pace);
      const [samples] = await measure(cells, run.pace);
      rows.push([roles, median(samples!.map(({ cpu }) => cpu))]);
    });
  }
  return {
    id: 'growth-roles',
    title: 'Growth with the roles',
    note: 'One order on Fastify, of a caller whose token names every role of the application: microseconds of CPU a request. A token with 60 roles is 900 bytes longer.',
    columns: columns('roles:0', 'gatehouse, µs:0'),
    rows,
  };
}
