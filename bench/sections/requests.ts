import { anonymous, foreign, forged, list, newClients, one, post, receipt } from '../harness/clients.js';
import type { Issuer } from '../harness/keys.js';
import type { LoadRequest } from '../harness/load.js';
import { measure, ratioOf, warmUp, type Cell, type Sample } from '../harness/measure.js';
import { USERS } from '../harness/server-process.js';
import { median } from '../harness/statistics.js';
import { columns, verdict, type Table } from '../report/table.js';
import { ADAPTERS, STACKS, type Adapter, type Stack } from '../stacks/create-app.js';
import type { Run } from './run.js';
import { withServers } from './with-servers.js';

const LOADS = {
  one: { title: 'one order', status: 200, toFloor: 1.1 },
  list: { title: 'list of 100', status: 200, toFloor: 1.1 },
  post: { title: 'POST', status: 201, toFloor: 1.2 },
  anonymous: { title: '401, no token', status: 401, toFloor: undefined },
  forged: { title: '401, forged token', status: 401, toFloor: undefined },
  foreign: { title: '404, not yours', status: 404, toFloor: undefined },
  spent: { title: '429', status: 429, toFloor: undefined },
} as const;

type Load = keyof typeof LOADS;
type SamplesOf = (stack: Stack, load: Load) => readonly Sample[];

const NAMES = Object.keys(LOADS) as Load[];

/** Every load against every stack, with 200 callers whose tokens are known already. */
export async function requestTables(issuer: Issuer, run: Run): Promise<Table[]> {
  const cpu: Table['rows'][number][] = [];
  const throughput: Table['rows'][number][] = [];
  for (const adapter of ADAPTERS) {
    const samples = await measured(adapter, issuer, run);
    for (const load of NAMES) {
      cpu.push(cpuRow(adapter, load, samples));
      throughput.push(throughputRow(adapter, load, samples));
    }
  }
  return [
    {
      id: 'cpu',
      title: 'CPU a request',
      note: 'CPU time of the server process a request, divided by that of bare Nest, which serves where the others refuse. A refused request has to cost less than one order served by the same server.',
      columns: columns(
        'adapter',
        'load',
        'bare, µs:0',
        'hand-assembled:2',
        'hand-assembled, best keys:2',
        'floor:2',
        'gatehouse:2',
        'gatehouse ÷ floor:2',
        'gatehouse ÷ its own order:2',
        'target',
        'verdict',
      ),
      rows: cpu,
    },
    {
      id: 'throughput',
      title: 'Requests a second',
      note: 'With 32 connections and the server on one core.',
      columns: columns(
        'adapter',
        'load',
        'bare:0',
        'hand-assembled:0',
        'hand-assembled, best keys:0',
        'floor:0',
        'gatehouse:0',
        'gatehouse ÷ best keys:1',
      ),
      rows: throughput,
    },
  ];
}

async function measured(adapter: Adapter, issuer: Issuer, run: Run): Promise<SamplesOf> {
  const loads = loadsOf(issuer);
  const samples = await withServers(
    STACKS.map((stack) => ({ stack, adapter, issuer })),
    async (servers) => {
      // Every load in every round, because a refusal is compared with an order as well.
      const cells = NAMES.flatMap((load) =>
        servers.map((server): Cell => ({
          server,
          requests: loads[load],
          // Nobody has told the bare one to refuse anything.
          status: server.spec.stack === 'bare' && load !== 'post' ? 200 : LOADS[load].status,
        })),
      );
      run.progress(`${adapter}: bring the servers to their speed`);
      await warmUp(cells, run.pace);
      run.progress(`${adapter}: every load on every server`);
      return measure(cells, run.pace);
    },
  );
  return (stack, load) => samples[NAMES.indexOf(load) * STACKS.length + STACKS.indexOf(stack)]!;
}

function loadsOf(issuer: Issuer): Readonly<Record<Load, readonly LoadRequest[]>> {
  const clients = newClients(issuer, USERS, USERS);
  return {
    one: clients.map(one),
    list: clients.map((client) => list(client, 100)),
    post: clients.map((client) => post(client)),
    anonymous: clients.map(anonymous),
    forged: clients.map(forged),
    foreign: clients.map((client) => foreign(client, USERS)),
    spent: clients.slice(0, 10).map(receipt),
  };
}

function cpuRow(adapter: Adapter, load: Load, of: SamplesOf): Table['rows'][number] {
  const toBare = (stack: Stack) => ratioOf(of(stack, load), of('bare', load));
  const toFloor = ratioOf(of('gatehouse', load), of('floor', load));
  const toOwn = ratioOf(of('gatehouse', load), of('gatehouse', 'one'));
  const { title, toFloor: target } = LOADS[load];
  return [
    adapter,
    title,
    median(of('bare', load).map(({ cpu }) => cpu)),
    toBare('hand'),
    toBare('hand-best'),
    toBare('floor'),
    toBare('gatehouse'),
    toFloor,
    toOwn,
    target === undefined ? 'below its own order' : `${target} × floor`,
    target === undefined ? verdict(toOwn, 1) : verdict(toFloor, target),
  ];
}

function throughputRow(adapter: Adapter, load: Load, of: SamplesOf): Table['rows'][number] {
  const figures = STACKS.map((stack) => median(of(stack, load).map(({ throughput }) => throughput)));
  const [bare, hand, best, floor, gatehouse] = figures;
  const toBest = ratioOf(of('gatehouse', load), of('hand-best', load), 'throughput');
  return [adapter, LOADS[load].title, bare, hand, best, floor, gatehouse, toBest];
}
