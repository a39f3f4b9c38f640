import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newClients, one, post } from '../harness/clients.js';
import type { Issuer } from '../harness/keys.js';
import type { LoadRequest } from '../harness/load.js';
import { ServerProcess, USERS } from '../harness/server-process.js';
import { columns, type Table } from '../report/table.js';
import type { Stack } from '../stacks/create-app.js';
import type { Run } from './run.js';

interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }>;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const STACKS: readonly Stack[] = ['floor', 'gatehouse'];
/** How long each half is, in milliseconds: one to bring the server to its speed, one that counts. */
const PROFILED = 2500;
/** What no stack spends so many microseconds on is left out. */
const SHOWN = 0.5;
// What comes before is booting and compiling.
const SKIPPED = 0.5;

/** Where the time of a request goes, beside the floor: by room of the library, and by what surrounds it. */
export async function profileTable(issuer: Issuer, run: Run): Promise<Table> {
  const clients = newClients(issuer, USERS, USERS);
  const loads = [clients.map(one), clients.map((client) => post(client))];
  const profiles: Array<Map<string, number>> = [];
  for (const requests of loads) {
    for (const stack of STACKS) {
      run.progress(`fastify: a profile of ${stack}`);
      profiles.push(await profile(stack, issuer, requests));
    }
  }
  const places = [...new Set(profiles.flatMap((each) => [...each.keys()]))];
  const rows = places
    .map((place) => [place, ...profiles.map((each) => each.get(place) ?? 0)] as const)
    .filter(([, ...figures]) => figures.some((figure) => figure >= SHOWN))
    .sort((a, b) => b[2]! - b[1]! - (a[2]! - a[1]!));
  return {
    id: 'profile',
    title: 'Where the time goes',
    note: 'Fastify, under `node --cpu-prof`, which itself takes its share: microseconds of CPU a request, by what was running. A room of the library is its folder.',
    columns: columns(
      'place',
      'floor, one order:1',
      'gatehouse, one order:1',
      'floor, POST:1',
      'gatehouse, POST:1',
    ),
    rows,
  };
}

async function profile(
  stack: Stack,
  issuer: Issuer,
  requests: readonly LoadRequest[],
): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  try {
    const nodeArguments = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=250'];
    const server = await ServerProcess.start({ stack, adapter: 'fastify', issuer, nodeArguments });
    await server.load.run(requests, { milliseconds: PROFILED });
    const before = await server.figures();
    const { requests: count } = await server.load.run(requests, { milliseconds: PROFILED });
    const cost = ((await server.figures()).cpu - before.cpu) / count;
    await server.stop();
    const [file] = readdirSync(folder);
    return costs(JSON.parse(readFileSync(join(folder, file!), 'utf8')) as CpuProfile, cost);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a request costs, divided by the samples of each place. */
function costs({ nodes, samples, timeDeltas }: CpuProfile, cost: number): Map<string, number> {
  const placeOf = new Map(
    nodes.map(({ id, callFrame }) => [id, place(callFrame.functionName, callFrame.url)]),
  );
  const spent = new Map<string, number>();
  let total = 0;
  for (let i = Math.floor(samples.length * SKIPPED); i < samples.length; i++) {
    const at = placeOf.get(samples[i]!)!;
    if (at === 'idle') continue;
    spent.set(at, (spent.get(at) ?? 0) + timeDeltas[i]!);
    total += timeDeltas[i]!;
  }
  return new Map([...spent].map(([at, time]) => [at, (time / total) * cost]));
}

function place(name: string, url: string): string {
  if (name === '(idle)') return 'idle';
  if (name === '(garbage collector)') return 'garbage collection';
  const room = /\/dist\/lib\/(?:pipeline\/)?(.+)\/[^/]+$/.exec(url)?.[1];
  if (room !== undefined) return `\`${room}\``;
  if (url.includes('/dist/bench/')) return 'the shop, and the checks of the floor';
  if (url.startsWith('node:')) return 'Node.js';
  const module = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/[^]*$/.exec(url)?.[1];
  if (module === undefined) return 'the engine: regular expressions, microtasks, system calls';
  return module.startsWith('@nestjs/') || module === 'rxjs' ? 'Nest and rxjs' : 'Fastify and other modules';
}
