import type { LoadRequest } from './load.js';
import type { ServerProcess } from './server-process.js';
import { median } from './statistics.js';

/** What one load costs one server. */
export interface Sample {
  /** User and system time of the server process divided by the requests that it answered, in microseconds. */
  readonly cpu: number;
  /** Requests a second. */
  readonly throughput: number;
}

/** One server under one load. */
export interface Cell {
  readonly server: ServerProcess;
  readonly requests: readonly LoadRequest[];
  /** The status that every answer has to have: a load that fails is no measurement. */
  readonly status: number;
}

/** How long a load lasts, in milliseconds. */
export interface Pace {
  /** Once, before anything is measured, so that what runs is compiled. */
  readonly warmUp: number;
  /** Before each measurement: a server that was idle runs slower for a moment. */
  readonly approach: number;
  readonly window: number;
  readonly rounds: number;
}

/** Brings every cell to its speed. */
export async function warmUp(cells: readonly Cell[], { warmUp: milliseconds }: Pace): Promise<void> {
  for (const { server, requests } of cells) await server.load.run(requests, { milliseconds });
}

/**
 * Measures cells against each other: every round takes each once, every other round backwards, so that what the machine does meanwhile
 * meets all alike. One list of samples a cell, in rounds.
 */
export async function measure(cells: readonly Cell[], pace: Pace): Promise<Sample[][]> {
  const samples: Sample[][] = cells.map(() => []);
  for (let round = 0; round < pace.rounds; round++) {
    const order = cells.map((_, index) => index);
    if (round % 2 === 1) order.reverse();
    for (const index of order) samples[index]!.push(await sample(cells[index]!, pace));
  }
  return samples;
}

async function sample({ server, requests, status }: Cell, { approach, window }: Pace): Promise<Sample> {
  await server.load.run(requests, { milliseconds: approach });
  const before = await server.figures();
  const result = await server.load.run(requests, { milliseconds: window });
  const after = await server.figures();
  const right = result.statuses.get(status) ?? 0;
  if (right < result.requests * 0.99) {
    const { stack, adapter } = server.spec;
    const seen = [...result.statuses].map(([code, count]) => `${count} × ${code}`).join(', ');
    throw new Error(
      `${stack} on ${adapter} answered ${requests[0]!.method} ${requests[0]!.path} with ${seen}`,
    );
  }
  return {
    cpu: (after.cpu - before.cpu) / result.requests,
    throughput: (result.requests * 1000) / result.milliseconds,
  };
}

/** The median over the rounds of one cell divided by another, of the same round. */
export function ratioOf(
  samples: readonly Sample[],
  base: readonly Sample[],
  figure: keyof Sample = 'cpu',
): number {
  return median(samples.map((one, round) => one[figure] / base[round]![figure]));
}
