import { ThrottlerStorageService } from '@nestjs/throttler';
import { memoryState } from 'nestjs-gatehouse';
import { compare } from '../harness/compare.js';
import { columns, type Table } from '../report/table.js';
import type { Run } from './run.js';

const PERIOD = 60_000;
const LIMIT = 1_000_000;
/** So many hits are on all keys together, or on the one. */
const MANY = 10_000;

/** One more hit on a key that has many, and what a key costs in memory. */
export async function limitTables(run: Run): Promise<Table[]> {
  return [await hitTable(run), keyTable(run)];
}

async function hitTable(run: Run): Promise<Table> {
  const rows: Table['rows'][number][] = [];
  for (const hits of run.quick ? [1, 1000, 10_000] : [1, 100, 10_000, 100_000]) {
    run.progress(`limits: a key with ${hits} hits`);
    // Few hits on many keys in turn: thousands of calls on one key would make it one with thousands of hits.
    const users = Array.from({ length: Math.max(1, MANY / hits) }, (_, i) => `user-${i}`);
    const state = memoryState();
    const consumes = users.map(
      (user) =>
        [
          { op: 'consume', key: `user:limit:${user}`, rate: rateOf(LIMIT, PERIOD), cost: 1, enforced: true },
        ] as const,
    );
    for (const consume of consumes) for (let i = 0; i < hits; i++) void state.run(consume);
    const throttler = new ThrottlerStorageService();
    const increment = (user: string) => throttler.increment(user, PERIOD, LIMIT, PERIOD, 'user');
    for (const user of users) {
      await increment(user);
      fill(throttler, user, hits);
    }
    const { of } = await compare(
      {
        ours: (i) => state.run(consumes[i % users.length]!),
        theirs: (i) => increment(users[i % users.length]!),
      },
      // A few calls only, because each adds a hit.
      { rounds: 3, window: Math.min(run.compare.window, 10) },
    );
    rows.push([hits, of('theirs'), of('ours')]);
  }
  return {
    id: 'hits',
    title: 'One more hit on a key',
    note: `Microseconds of CPU for one more hit on a key that has so many in its window; where the hits are few, on ${MANY.toLocaleString('en-US')} and fewer keys in turn. The target is that ours does not grow.`,
    columns: columns('hits in the window:0', '@nestjs/throttler in memory:1', 'gatehouse in memory:2'),
    rows,
  };
}

/** Gives a key as many hits as it should have: 6.7 copies them at each further one, so that one by one would take minutes. */
function fill(throttler: ThrottlerStorageService, user: string, hits: number): void {
  const { hitExpirations } = throttler as unknown as { hitExpirations: Map<string, Map<string, number[]>> };
  const list = hitExpirations.get(user)!.get('user')!;
  while (list.length < hits) list.push(list[0]!);
}

function keyTable(run: Run): Table {
  const rows: Table['rows'][number][] = [];
  for (const keys of run.quick ? [1000, 100_000] : [1000, 10_000, 100_000, 1_000_000]) {
    run.progress(`limits: ${keys} keys`);
    const state = memoryState({ maxKeys: keys });
    const timers = activeTimers();
    const before = heap();
    // An hour, so that every key is still alive when the memory is measured.
    const rate = rateOf(100, 3_600_000);
    for (let i = 0; i < keys; i++) {
      void state.run([{ op: 'consume', key: `user:limit:user-${i}`, rate, cost: 1, enforced: true }]);
    }
    const bytes = (heap() - before) / keys;
    rows.push([keys, bytes, activeTimers() - timers]);
    void state.run([]);
  }
  return {
    id: 'keys',
    title: 'Keys in memory',
    note: 'Heap bytes a key of one limit while all are alive, and timers that the keys started.',
    columns: columns('keys:0', 'bytes a key:0', 'timers:0'),
    rows,
  };
}

function heap(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

const rateOf = (limit: number, period: number) =>
  ({ algorithm: 'gcra', limit, period, burst: limit, block: 0 }) as const;
