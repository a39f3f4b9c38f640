import { median } from './statistics.js';

/** One way of doing something. `i` counts its calls, from one round to the next. */
export type Contender = (i: number) => unknown;

/** How many rounds, and how long one contender runs in each, in milliseconds of CPU. */
export interface ComparePace {
  readonly rounds: number;
  readonly window: number;
}

/** What contenders cost. */
export interface Comparison<Name extends string> {
  /** The median of the rounds, in microseconds of CPU a call. */
  readonly of: (name: Name) => number;
  /** The median over the rounds of one divided by another, of the same round. */
  readonly ratio: (name: Name, base: Name) => number;
}

/** Runs contenders against each other in this process, in turn and every other round backwards. */
export async function compare<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { rounds, window }: ComparePace,
): Promise<Comparison<Name>> {
  const names = Object.keys(contenders) as Name[];
  const counts = new Map<Name, number>();
  const figures = new Map<Name, number[]>(names.map((name) => [name, []]));
  const batches = new Map<Name, Batch>(names.map((name) => [name, batchesOf(contenders[name])]));
  for (const name of names) counts.set(name, await fitting(batches.get(name)!, window));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const count = counts.get(name)!;
      figures.get(name)!.push((await batches.get(name)!(count)) / count);
    }
  }
  return {
    of: (name) => median(figures.get(name)!),
    ratio: (name, base) => median(figures.get(name)!.map((one, round) => one / figures.get(base)![round]!)),
  };
}

/** How many calls fill a window; making that many also has them compiled. */
async function fitting(batch: Batch, window: number): Promise<number> {
  let count = 1;
  for (;;) {
    const spent = await batch(count);
    if (spent >= window * 1000) return count;
    count = Math.ceil(count * Math.min(8, Math.max(1.5, (window * 1100) / Math.max(1, spent))));
  }
}

/** Makes so many further calls, and says what they cost in microseconds of CPU. */
type Batch = (count: number) => Promise<number>;

function batchesOf(run: Contender): Batch {
  let made = 0;
  return async (count) => {
    const before = process.cpuUsage();
    for (const end = made + count; made < end; made++) {
      const result = run(made);
      if (result instanceof Promise) await result;
    }
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
}
