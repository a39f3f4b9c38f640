import { deepStrictEqual as equal, ok } from 'node:assert';
import type { Consumed } from '../core/state-store.js';
import { admissions, consume, hit, matches, type Case } from './contract-support.js';

const allowed = (results: readonly unknown[]): boolean[] =>
  (results as readonly Consumed[]).map((result) => result.allowed);

/** What holds for both algorithms. */
const shared = (['gcra', 'log'] as const).flatMap((algorithm): Case[] => {
  const limited = (key: string, limit: number, rest: Parameters<typeof consume>[2] = {}) =>
    consume(key, limit, { algorithm, ...rest });
  const cases: Case[] = [
    {
      name: 'charges all limits of a batch or none',
      async check({ store }) {
        await store.run([limited('user:a', 1, { period: 60_000 })]);
        const batch = [limited('address:a', 5, { period: 60_000 }), limited('user:a', 1, { period: 60_000 })];
        const [address, user] = (await store.run(batch)) as Consumed[];
        equal([user!.allowed, address!.allowed, address!.remaining], [false, true, 5]);
        equal((await hit(store, limited('address:a', 5, { period: 60_000 }))).remaining, 4);
      },
    },
    {
      name: 'charges a key that stands twice in a batch twice, or not at all',
      async check({ store }) {
        const op = limited('k', 3, { period: 60_000 });
        equal(allowed(await store.run([op, op])), [true, true]);
        ok(allowed(await store.run([op, op])).includes(false));
        equal(await admissions(store, op), 1);
        const spent = limited('spent', 1, { period: 60_000 });
        await store.run([spent]);
        const other = limited('other', 3, { period: 60_000 });
        await store.run([other, other, spent]);
        equal((await hit(store, other)).remaining, 2);
      },
    },
    {
      name: 'counts a limit that is not enforced, and lets it hold up nothing',
      async check({ store }) {
        const watched = limited('watched', 1, { period: 60_000, enforced: false });
        const enforced = limited('enforced', 2, { period: 60_000 });
        equal(allowed(await store.run([watched, enforced])), [true, true]);
        equal(allowed(await store.run([watched, enforced])), [false, true]);
        equal((await hit(store, enforced)).allowed, false);
        const [second] = (await store.run([{ ...watched, key: 'fresh' }, enforced])) as Consumed[];
        equal([second!.allowed, second!.remaining], [true, 1]);
      },
    },
    {
      name: 'blocks a denied key for as long as told, and hammering does not make it longer',
      async check({ store, advance }) {
        const op = limited('k', 1, { period: 100, block: 1500 });
        await store.run([op]);
        const began = performance.now();
        matches(await hit(store, op), answer(false, 0, 1500, 1500), began);
        await advance(500);
        ok((await hit(store, op)).retryAfter <= 1000);
        await advance(1000);
        equal((await hit(store, op)).allowed, true);
      },
    },
    {
      name: 'blocks the key that was over its limit, not the others of its batch',
      async check({ store }) {
        const [user, address] = [
          limited('user:a', 1, { block: 60_000 }),
          limited('address:a', 5, { block: 60_000 }),
        ];
        await store.run([user]);
        equal(allowed(await store.run([address, user])), [true, false]);
        equal((await hit(store, address)).allowed, true);
      },
    },
    {
      name: 'charges what a request costs, or nothing',
      async check({ store }) {
        const op = (cost: number) => limited('k', 10, { period: 60_000, cost });
        equal((await hit(store, op(4))).remaining, 6);
        equal(allowed([await hit(store, op(7))]), [false]);
        equal((await hit(store, op(6))).remaining, 0);
        equal((await hit(store, op(1))).allowed, false);
      },
    },
    {
      name: 'gives back what is refunded, and no more than was taken',
      async check({ store }) {
        const op = limited('k', 3, { period: 60_000 });
        const refund = (cost: number) => store.run([{ op: 'refund', key: 'k', rate: op.rate, cost }]);
        equal(await admissions(store, op), 3);
        await refund(2);
        equal(await admissions(store, op), 2);
        await refund(3);
        await refund(3);
        equal(await admissions(store, op), 3);
      },
    },
    {
      name: 'is exact under concurrency',
      async check({ store }) {
        const batch = [
          limited('address:a', 50, { period: 600_000 }),
          limited('user:a', 20, { period: 600_000 }),
        ];
        const answers = await Promise.all(Array.from({ length: 300 }, async () => store.run(batch)));
        equal(answers.filter((results) => !allowed(results).includes(false)).length, 20);
        equal((await hit(store, batch[0]!)).remaining, 29);
      },
    },
    {
      name: 'never locks a caller out for longer than a limit that was made smaller says',
      async check({ store }) {
        equal(await admissions(store, limited('k', 10, { period: 600_000 })), 10);
        const smaller = limited('k', 2, { period: 1000 });
        ok((await hit(store, smaller)).retryAfter <= 1000);
      },
    },
  ];
  return cases.map(({ name, check }) => ({ name: `${name} (${algorithm})`, check }));
});

/** What a store must do with limits. */
export const countCases: readonly Case[] = [
  ...shared,
  {
    name: 'admits the limit, says what is left, and when to come back (gcra)',
    async check({ store, advance }) {
      const op = consume('k', 2);
      const began = performance.now();
      matches(await hit(store, op), answer(true, 1, 0, 1000), began);
      matches(await hit(store, op), answer(true, 0, 0, 2000), began);
      const denied = await hit(store, op);
      matches(denied, answer(false, 0, 1000, 2000), began);
      await advance(denied.retryAfter);
      equal((await hit(store, op)).allowed, true);
      equal((await hit(store, op)).allowed, false);
      await advance(2000);
      equal((await hit(store, op)).remaining, 1);
    },
  },
  {
    name: 'admits the limit, says what is left, and when to come back (log)',
    async check({ store, advance }) {
      const op = consume('k', 2, { algorithm: 'log' });
      const began = performance.now();
      matches(await hit(store, op), answer(true, 1, 0, 2000), began);
      await advance(1000);
      const second = performance.now();
      matches(await hit(store, op), answer(true, 0, 0, 2000), second);
      const denied = await hit(store, op);
      ok(denied.retryAfter > 0 && denied.retryAfter <= 1000);
      await advance(denied.retryAfter);
      equal((await hit(store, op)).allowed, true);
      equal((await hit(store, op)).allowed, false);
    },
  },
  {
    name: 'admits no more at once than a burst (gcra)',
    async check({ store, advance }) {
      const op = consume('k', 20, { period: 10_000, burst: 3 });
      equal(await admissions(store, { ...op, key: 'still', rate: { ...op.rate, period: 600_000 } }), 3);
      equal((await hit(store, { ...op, cost: 3 })).remaining, 0);
      await advance(1000);
      equal((await hit(store, { ...op, cost: 2 })).allowed, true);
    },
  },
  {
    name: 'admits exactly the limit at once, also where it does not divide the period (gcra)',
    async check({ store }) {
      for (const limit of [1, 7, 9, 11, 60, 99, 100])
        equal(await admissions(store, consume(`k${limit}`, limit, { period: 3_599_999 })), limit);
    },
  },
];

function answer(allows: boolean, remaining: number, retryAfter: number, resetAfter: number): Consumed {
  return { allowed: allows, remaining, retryAfter, resetAfter };
}
