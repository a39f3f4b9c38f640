import { describe, expect, it } from 'vitest';
import type { StateOp, StateResult } from '../../lib/core/state-store.js';
import { GuardedStore, StateUnavailable } from '../../lib/kit/state/guarded-store.js';

const READ: StateOp[] = [{ op: 'read', key: 'a' }];
const START = 1_790_000_000_000;

/** A store whose answers the test decides, and what was asked of it. */
function house(deadline = 20) {
  let now = START;
  let behave: () => unknown = () => [undefined];
  const seen = { calls: 0 };
  const asked: Array<readonly StateOp[]> = [];
  const outages: unknown[] = [];
  const inner = {
    run: (batch: readonly StateOp[]): Promise<StateResult[]> => {
      seen.calls++;
      asked.push(batch);
      return behave() as Promise<StateResult[]>;
    },
  };
  const listener = {
    began: (since: number) => outages.push(['began', since - START]),
    ended: (milliseconds: number) => outages.push(['ended', milliseconds]),
  };
  return {
    store: new GuardedStore(inner, deadline, listener, () => now),
    seen,
    asked,
    outages,
    advance: (ms: number) => void (now += ms),
    behaves: (how: () => unknown) => void (behave = how),
  };
}
const failure = async (run: () => unknown): Promise<string> => {
  try {
    await run();
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};
const rejects = () => Promise.reject(new Error('refused'));
const hangs = () => new Promise(() => {});

describe('a guarded store', () => {
  it('hands over answers, with or without a promise', async () => {
    const { store, behaves } = house();
    expect(store.run(READ)).toEqual([undefined]);
    behaves(async () => ['x']);
    await expect(store.run(READ)).resolves.toEqual(['x']);
  });

  it('gives up on one that hangs at the deadline, and takes no late answer', async () => {
    const { store, behaves } = house();
    let answer!: (results: unknown) => void;
    behaves(() => new Promise((resolve) => (answer = resolve)));
    await expect(store.run(READ)).rejects.toBeInstanceOf(StateUnavailable);
    answer(['late']);
    let fail!: (error: Error) => void;
    behaves(() => new Promise((_, reject) => (fail = reject)));
    expect(await failure(() => store.run(READ))).toMatch(/in time/);
    // Nobody listens any more; an unhandled rejection would end this run.
    fail(new Error('late'));
  });

  it('does after all what is asked for a late answer, also while the breaker is open, and nothing for one in time', async () => {
    const { store, behaves, asked } = house(20);
    const late = (results: readonly StateResult[]): StateOp[] =>
      results[0] === 'done' ? [{ op: 'remove', key: 'a' }] : [];
    behaves(async () => ['done']);
    await store.run(READ, late);
    behaves(rejects);
    await failure(() => store.run(READ, late));
    await failure(() => store.run(READ, late));
    const answers: Array<(results: unknown) => void> = [];
    behaves(() => new Promise((resolve) => answers.push(resolve)));
    await expect(store.run(READ, late)).rejects.toThrow(/in time/);
    expect(await failure(() => store.run(READ, late))).toBe('the state store is down');
    expect(asked).toEqual([READ, READ, READ, READ]);
    answers[0]!(['done']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.slice(4)).toEqual([[{ op: 'remove', key: 'a' }]]);
  });

  it('does not call an answer late that waits while this process is busy', async () => {
    const { store, behaves } = house(20);
    behaves(
      () =>
        new Promise((resolve) => {
          setImmediate(() => {
            const until = performance.now() + 60;
            while (performance.now() < until);
            // What a socket does: its answer is read after the timers of the same turn.
            setImmediate(() => resolve(['on time']));
          });
        }),
    );
    await expect(store.run(READ)).resolves.toEqual(['on time']);
  });

  it.each([
    ['rejects', rejects],
    [
      'throws',
      () => {
        throw new Error('refused');
      },
    ],
    ['hangs', hangs],
    ['gives too few results', async () => []],
    ['gives no list', async () => ({ length: 1 })],
  ])(
    'opens after three failures of one that %s, tries again, and tells how long it was down',
    async (_, how) => {
      const { store, behaves, seen, outages, advance } = house();
      behaves(how);
      for (let i = 0; i < 3; i++) {
        expect(await failure(() => store.run(READ))).not.toBe('none');
        advance(10);
      }
      expect([seen.calls, outages]).toEqual([3, [['began', 0]]]);
      for (let i = 0; i < 50; i++)
        expect(await failure(() => store.run(READ))).toBe('the state store is down');
      expect(seen.calls).toBe(3);
      advance(250);
      expect(await failure(() => store.run(READ))).not.toBe('none');
      expect(await failure(() => store.run(READ))).toBe('the state store is down');
      expect(seen.calls).toBe(4);
      advance(250);
      behaves(async () => ['back']);
      await expect(store.run(READ)).resolves.toEqual(['back']);
      await expect(store.run(READ)).resolves.toEqual(['back']);
      expect([seen.calls, outages]).toEqual([
        6,
        [
          ['began', 0],
          ['ended', 530],
        ],
      ]);
    },
  );

  it('lets one call try while it is down', async () => {
    const { store, behaves, seen, advance } = house();
    behaves(rejects);
    for (let i = 0; i < 3; i++) await failure(() => store.run(READ));
    advance(250);
    behaves(hangs);
    const trying = failure(() => store.run(READ));
    for (let i = 0; i < 5; i++) expect(await failure(() => store.run(READ))).toBe('the state store is down');
    expect(seen.calls).toBe(4);
    await trying;
  });

  it('is not opened by failures that are not in a row', async () => {
    const { store, behaves, outages } = house();
    for (let i = 0; i < 10; i++) {
      behaves(rejects);
      await failure(() => store.run(READ));
      await failure(() => store.run(READ));
      behaves(async () => ['x']);
      await store.run(READ);
    }
    expect(outages).toEqual([]);
  });

  it('passes on what the store says of itself', async () => {
    const listener = { began: () => undefined, ended: () => undefined };
    const warned = { run: () => [], check: () => ['evicts'] };
    expect(await new GuardedStore(warned, 50, listener).check()).toEqual(['evicts']);
    expect(await new GuardedStore({ run: () => [] }, 50, listener).check()).toEqual([]);
  });
});
