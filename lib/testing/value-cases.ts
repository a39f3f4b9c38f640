import { deepStrictEqual as equal } from 'node:assert';
import type { StateOp, StateStore } from '../core/state-store.js';
import { consume, hit, one, type Case } from './contract-support.js';

const put = (key: string, value: string, ttl: number): StateOp => ({ op: 'put', key, value, ttl });
const read = (store: StateStore, key: string) => one(store, { op: 'read', key });

/** What a store must do with values. */
export const valueCases: readonly Case[] = [
  {
    name: 'answers an empty batch with an empty list',
    async check({ store }) {
      equal(await store.run([]), []);
    },
  },
  {
    name: 'reads what was put, until its time is over',
    async check({ store, advance }) {
      equal(await read(store, 'a'), undefined);
      await store.run([put('a', 'x', 300)]);
      equal(await read(store, 'a'), 'x');
      await store.run([put('a', 'y', 1200)]);
      await advance(500);
      equal(await read(store, 'a'), 'y');
      await advance(700);
      equal(await read(store, 'a'), undefined);
    },
  },
  {
    name: 'keeps any text as it is',
    async check({ store }) {
      const texts = [
        '',
        ' ',
        '0',
        'null',
        '{"a":1}',
        'é\u{1F600}',
        '\n\r\t',
        '\\x00',
        'a\0b',
        'x'.repeat(20_000),
      ];
      for (const [index, text] of texts.entries()) await store.run([put(`t${index}`, text, 60_000)]);
      for (const [index, text] of texts.entries()) equal(await read(store, `t${index}`), text);
    },
  },
  {
    name: 'lets one caller claim a key, until its time is over',
    async check({ store, advance }) {
      const claim: StateOp = { op: 'claim', key: 'jti:1', ttl: 1000 };
      const claims = await Promise.all(Array.from({ length: 50 }, () => one(store, claim)));
      equal(claims.filter((claimed) => claimed === true).length, 1);
      equal(claims.filter((claimed) => claimed === false).length, 49);
      await advance(1000);
      equal(await one(store, claim), true);
    },
  },
  {
    name: 'does not claim what was put, and claims twice in one batch once',
    async check({ store }) {
      const claim = (key: string): StateOp => ({ op: 'claim', key, ttl: 60_000 });
      await store.run([put('a', '', 60_000)]);
      equal(await one(store, claim('a')), false);
      equal(await store.run([claim('b'), claim('b')]), [true, false]);
    },
  },
  {
    name: 'replaces only the value that is expected, and one of many writers wins',
    async check({ store, advance }) {
      const set = (expected: string | undefined, value: string, ttl = 60_000): StateOp => ({
        op: 'compareAndSet',
        key: 'f',
        expected,
        value,
        ttl,
      });
      equal(await one(store, set('0', '1')), false);
      equal(await one(store, set(undefined, '1')), true);
      equal(await one(store, set(undefined, '2')), false);
      equal(await one(store, set('', '2')), false);
      const race = await Promise.all(
        Array.from({ length: 20 }, (_, i) => one(store, set('1', `winner ${i}`))),
      );
      equal(race.filter((won) => won === true).length, 1);
      equal(await read(store, 'f'), `winner ${race.indexOf(true)}`);
      equal(await one(store, set(`winner ${race.indexOf(true)}`, 'short', 300)), true);
      await advance(300);
      equal(await one(store, set(undefined, '3')), true);
    },
  },
  {
    name: 'forgets what is removed, values and counts',
    async check({ store }) {
      await store.run([put('a', 'x', 60_000), consume('b', 1), consume('c', 1, { algorithm: 'log' })]);
      await store.run(['a', 'b', 'c', 'never there'].map((key) => ({ op: 'remove', key })));
      equal(await read(store, 'a'), undefined);
      equal((await hit(store, consume('b', 1))).allowed, true);
      equal((await hit(store, consume('c', 1, { algorithm: 'log' }))).allowed, true);
    },
  },
  {
    name: 'answers in order, whatever is asked together',
    async check({ store }) {
      const results = await store.run([
        put('a', 'x', 60_000),
        { op: 'read', key: 'a' },
        consume('k', 1),
        { op: 'claim', key: 'c', ttl: 60_000 },
        { op: 'refund', key: 'nobody', rate: consume('k', 1).rate, cost: 1 },
        { op: 'compareAndSet', key: 'a', expected: 'x', value: 'y', ttl: 60_000 },
        { op: 'remove', key: 'a' },
        { op: 'read', key: 'a' },
      ]);
      const allowed = (results[2] as { allowed?: unknown } | undefined)?.allowed;
      equal(
        [...results.slice(0, 2), allowed, ...results.slice(3)],
        [undefined, 'x', true, true, undefined, true, undefined, undefined],
      );
    },
  },
  {
    name: 'does all but the limits of a batch whose limits deny',
    async check({ store }) {
      await store.run([consume('spent', 1)]);
      const results = await store.run([
        put('a', 'x', 60_000),
        consume('spent', 1),
        { op: 'claim', key: 'c', ttl: 60_000 },
      ]);
      equal(results[2], true);
      equal(await read(store, 'a'), 'x');
    },
  },
  {
    name: 'tells long keys, odd keys and keys that look alike apart',
    async check({ store }) {
      const long = 'x'.repeat(5000);
      const keys = [
        '',
        ' ',
        'é',
        '__proto__',
        'constructor',
        'a{b}',
        '{}',
        'a\0b',
        'a',
        'a:',
        'A',
        `${long}y`,
        long,
      ];
      for (const key of keys) equal([key, (await hit(store, consume(key, 1))).allowed], [key, true]);
      for (const key of keys) equal([key, (await hit(store, consume(key, 1))).allowed], [key, false]);
      for (const key of keys) await store.run([put(`v${key}`, key, 60_000)]);
      for (const key of keys) equal(await read(store, `v${key}`), key);
    },
  },
];
