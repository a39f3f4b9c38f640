import { describe, expect, it } from 'vitest';
import type { Consumed, StateOp, StateStore } from '../../lib/core/state-store.js';

/** A store under test, and a way to let time pass in it. */
export interface StoreUnderTest {
  readonly store: StateStore;
  readonly advance: (milliseconds: number) => void | Promise<void>;
}

/** What every state store must do; run by the test of each store. */
export function stateStoreContract(name: string, make: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  const consume = (key: string, limit = 2, period = 1000, block = 0): StateOp => ({
    op: 'consume',
    key,
    limit,
    period,
    block,
  });
  const one = async (store: StateStore, op: StateOp) => (await store.run([op]))[0];
  const hit = async (store: StateStore, op: StateOp) => (await one(store, op)) as Consumed;

  describe(`${name} as a state store`, () => {
    it('answers an empty batch with an empty list', async () => {
      const { store } = await make();
      expect(await store.run([])).toEqual([]);
    });

    it('reads what was put, until its time is over', async () => {
      const { store, advance } = await make();
      expect(await one(store, { op: 'read', key: 'a' })).toBeUndefined();
      await store.run([{ op: 'put', key: 'a', value: 'x', ttl: 100 }]);
      expect(await one(store, { op: 'read', key: 'a' })).toBe('x');
      await store.run([{ op: 'put', key: 'a', value: 'y', ttl: 200 }]);
      await advance(150);
      expect(await one(store, { op: 'read', key: 'a' })).toBe('y');
      await advance(50);
      expect(await one(store, { op: 'read', key: 'a' })).toBeUndefined();
    });

    it('lets one caller claim a key, until its time is over', async () => {
      const { store, advance } = await make();
      const claim: StateOp = { op: 'claim', key: 'jti:1', ttl: 100 };
      const claims = await Promise.all(Array.from({ length: 50 }, () => one(store, claim)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      await advance(100);
      expect(await one(store, claim)).toBe(true);
    });

    it('does not claim what was put, and claims twice in one batch once', async () => {
      const { store } = await make();
      const claim: StateOp = { op: 'claim', key: 'a', ttl: 100 };
      await store.run([{ op: 'put', key: 'a', value: '', ttl: 100 }]);
      expect(await one(store, claim)).toBe(false);
      expect(
        await store.run([
          { ...claim, key: 'b' },
          { ...claim, key: 'b' },
        ]),
      ).toEqual([true, false]);
    });

    it('replaces only the value that is expected', async () => {
      const { store, advance } = await make();
      const set = (expected: string | undefined, value: string): StateOp => ({
        op: 'compareAndSet',
        key: 'f',
        expected,
        value,
        ttl: 100,
      });
      expect(await one(store, set('0', '1'))).toBe(false);
      expect(await one(store, set(undefined, '1'))).toBe(true);
      expect(await one(store, set(undefined, '2'))).toBe(false);
      const race = await Promise.all(
        Array.from({ length: 20 }, (_, i) => one(store, set('1', `winner ${i}`))),
      );
      expect(race.filter(Boolean)).toHaveLength(1);
      await advance(100);
      expect(await one(store, set(undefined, '3'))).toBe(true);
    });

    it('forgets what is removed, values and counts', async () => {
      const { store } = await make();
      await store.run([{ op: 'put', key: 'a', value: 'x', ttl: 100 }, consume('a', 1)]);
      await store.run([{ op: 'remove', key: 'a' }]);
      expect(await one(store, { op: 'read', key: 'a' })).toBeUndefined();
      expect((await hit(store, consume('a', 1))).allowed).toBe(true);
    });

    it('admits the limit, says what is left, and when to come back', async () => {
      const { store, advance } = await make();
      expect(await hit(store, consume('k'))).toEqual({
        allowed: true,
        remaining: 1,
        retryAfter: 0,
        resetAfter: 500,
      });
      expect(await hit(store, consume('k'))).toEqual({
        allowed: true,
        remaining: 0,
        retryAfter: 0,
        resetAfter: 1000,
      });
      const denied = await hit(store, consume('k'));
      expect(denied).toEqual({ allowed: false, remaining: 0, retryAfter: 500, resetAfter: 1000 });
      await advance(denied.retryAfter);
      expect((await hit(store, consume('k'))).allowed).toBe(true);
      expect((await hit(store, consume('k'))).allowed).toBe(false);
      await advance(1000);
      expect((await hit(store, consume('k'))).remaining).toBe(1);
    });

    it('charges all limits of a batch or none', async () => {
      const { store } = await make();
      await store.run([consume('user:a', 1)]);
      const [address, user] = (await store.run([
        consume('address:a', 5),
        consume('user:a', 1),
      ])) as Consumed[];
      expect(user!.allowed).toBe(false);
      expect(address).toEqual({ allowed: true, remaining: 5, retryAfter: 0, resetAfter: 0 });
      expect((await hit(store, consume('address:a', 5))).remaining).toBe(4);
    });

    it('charges a key that stands twice in a batch twice, or not at all', async () => {
      const { store } = await make();
      const twice = [consume('k', 3), consume('k', 3)];
      expect(((await store.run(twice)) as Consumed[]).map(({ allowed }) => allowed)).toEqual([true, true]);
      expect(((await store.run(twice)) as Consumed[]).some(({ allowed }) => !allowed)).toBe(true);
      expect((await hit(store, consume('k', 3))).allowed).toBe(true);
      expect((await hit(store, consume('k', 3))).allowed).toBe(false);
    });

    it('takes back every charge of a key that stands twice in a denied batch', async () => {
      const { store } = await make();
      await store.run([consume('spent', 1)]);
      await store.run([consume('k', 3), consume('k', 3), consume('spent', 1)]);
      expect((await hit(store, consume('k', 3))).remaining).toBe(2);
    });

    it('blocks a denied key for as long as told, and hammering does not make it longer', async () => {
      const { store, advance } = await make();
      const limited = consume('k', 1, 100, 1000);
      await store.run([limited]);
      expect((await hit(store, limited)).retryAfter).toBe(1000);
      await advance(400);
      expect(await hit(store, limited)).toMatchObject({ allowed: false, retryAfter: 600 });
      await advance(600);
      expect((await hit(store, limited)).allowed).toBe(true);
    });

    it('blocks the key that was over its limit, not the others of its batch', async () => {
      const { store } = await make();
      await store.run([consume('user:a', 1, 100, 1000)]);
      const batch = [consume('address:a', 5, 100, 1000), consume('user:a', 1, 100, 1000)];
      expect(((await store.run(batch)) as Consumed[]).map(({ allowed }) => allowed)).toEqual([true, false]);
      expect((await hit(store, consume('address:a', 5, 100, 1000))).allowed).toBe(true);
    });

    it('is exact under concurrency', async () => {
      const { store } = await make();
      const batch = [consume('address:a', 50, 60_000), consume('user:a', 20, 60_000)];
      const answers = await Promise.all(
        Array.from({ length: 300 }, async () => (await store.run(batch)) as Consumed[]),
      );
      expect(answers.filter((results) => results.every(({ allowed }) => allowed))).toHaveLength(20);
      expect((await hit(store, consume('address:a', 50, 60_000))).remaining).toBe(29);
    });

    it('answers in order, whatever is asked together', async () => {
      const { store } = await make();
      const results = await store.run([
        { op: 'put', key: 'a', value: 'x', ttl: 100 },
        { op: 'read', key: 'a' },
        consume('k', 1),
        { op: 'claim', key: 'c', ttl: 100 },
        { op: 'compareAndSet', key: 'a', expected: 'x', value: 'y', ttl: 100 },
        { op: 'remove', key: 'a' },
        { op: 'read', key: 'a' },
      ]);
      expect(results).toEqual([
        undefined,
        'x',
        expect.objectContaining({ allowed: true }),
        true,
        true,
        undefined,
        undefined,
      ]);
    });

    it('tells long keys, odd keys and keys that look alike apart', async () => {
      const { store } = await make();
      const keys = [
        '',
        ' ',
        'é',
        '__proto__',
        'constructor',
        'a\0b',
        'a',
        'a:',
        'x'.repeat(5000),
        `${'x'.repeat(5000)}y`,
      ];
      for (const key of keys) expect((await hit(store, consume(key, 1))).allowed).toBe(true);
      for (const key of keys) expect((await hit(store, consume(key, 1))).allowed).toBe(false);
    });
  });
}
