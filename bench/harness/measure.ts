import { expectStatus, type LoadBound, type LoadRequest } from './load.js';
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
  /** The status that every answer has to have. */
  readonly status: number;
}

/** How long a load lasts; times in milliseconds. */
export interface Pace {
  /**
   * Once, before anything is measured, so that what runs is compiled. In requests, because that is what the engine counts: after the same
   * time, a slow server would be colder than a fast one.
   */
  readonly warmUp: LoadBound;
  /** Before each measurement: a server that was idle runs slower for a moment. */
  readonly approach: number;
  readonly window: number;
  readonly rounds: number;
}

/** Brings every cell to its speed. */
export async function warmUp(cells: readonly Cell[], { warmUp: bound }: Pace): Promise<void> {
  for (const { server, requests } of cells) await server.load.run(requests, bound);
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
  expectStatus(result, status, server.name);
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
