import { anonymous, foreign, list, newClients, one, post } from '../harness/clients.js';
import { expectStatus } from '../harness/load.js';
import type { Issuer } from '../harness/keys.js';
import { USERS } from '../harness/server-process.js';
import { columns, type Table } from '../report/table.js';
import { ADAPTERS, type Stack } from '../stacks/create-app.js';
import type { Run } from './run.js';
import { withServers } from './with-servers.js';

const STACKS: readonly Stack[] = ['bare', 'hand-best', 'floor', 'gatehouse'];
// Room for everything that the counted requests allocate, so that nothing is collected before it is counted.
const COUNTED = 100;
const ROOM = ['--min-semi-space-size=512', '--max-semi-space-size=512'];

/** What a request allocates. */
export async function allocationTable(issuer: Issuer, run: Run): Promise<Table> {
  const clients = newClients(issuer, USERS, USERS);
  const loads = {
    'one order': { requests: clients.map(one), status: 200 },
    'list of 100': { requests: clients.map((client) => list(client, 100)), status: 200 },
    POST: { requests: clients.map((client) => post(client)), status: 201 },
    '401, no token': { requests: clients.map(anonymous), status: 401 },
    '404, not yours': { requests: clients.map((client) => foreign(client, USERS)), status: 404 },
  };
  const rows: Table['rows'][number][] = [];
  for (const adapter of ADAPTERS) {
    const figures: number[][] = [];
    for (const stack of STACKS) {
      run.progress(`${adapter}: allocations of ${stack}`);
      // One at a time: each takes half a gigabyte.
      await withServers([{ stack, adapter, issuer, nodeArguments: ROOM }], async ([server]) => {
        const ofStack: number[] = [];
        for (const { requests, status } of Object.values(loads)) {
          await server!.load.run(requests, { requests: 500, milliseconds: 1500 });
          const before = await server!.figures('collect');
          const counted = await server!.load.run(requests, { requests: COUNTED });
          const after = await server!.figures();
          // The bare one refuses nobody.
          expectStatus(counted, stack === 'bare' && status > 400 ? 200 : status, server!.name);
          ofStack.push((after.heapUsed - before.heapUsed) / counted.requests / 1024);
        }
        figures.push(ofStack);
      });
    }
    Object.keys(loads).forEach((load, at) =>
      rows.push([adapter, load, ...figures.map((ofStack) => ofStack[at])]),
    );
  }
  return {
    id: 'allocations',
    title: 'Allocations a request',
    note: 'KiB of heap that one request allocates.',
    columns: columns('adapter', 'load', 'bare:1', 'hand-assembled, best keys:1', 'floor:1', 'gatehouse:1'),
    rows,
  };
}
