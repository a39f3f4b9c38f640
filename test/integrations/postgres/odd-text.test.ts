import { postgresState } from 'nestjs-gatehouse/postgres';
import { describe, expect, it } from 'vitest';
import type { Consumed } from '../../../lib/core/state-store.js';
import { limited } from './caller.js';
import { openPool } from './open-pool.js';
import { ownDatabase } from './own-database.js';

const ODD = [
  '\0',
  'a\0b',
  'a',
  '\ud800',
  '\udc00',
  '\ufffd',
  'a\ud800',
  '\u007f\u0080\u2028',
  "'; DROP TABLE odd; --",
  '$run$; DROP TABLE odd; $set_up$',
  '"}]}; DROP TABLE odd; --',
  '\\u0000',
  '\\',
  '$1',
  'x'.repeat(300_000),
  `${'x'.repeat(300_000)}\ud800`,
  `${'x'.repeat(300_000)}\udc00`,
];

const database = ownDatabase();

describe('postgresState', () => {
  it('keeps any key apart from any other, and any value as it is', async () => {
    const store = postgresState(database.pool, { table: 'odd' });
    await store.run(ODD.map((text) => ({ op: 'put', key: text, value: text, ttl: 60_000 })));
    expect(await store.run(ODD.map((text) => ({ op: 'read', key: text })))).toEqual(ODD);
    const counts = (await store.run(ODD.map((text) => limited('log', text, 1)))) as Consumed[];
    expect(counts.map(({ allowed }) => allowed)).toEqual(ODD.map(() => true));
    expect((await database.pool.query('SELECT count(*)::int FROM odd')).rows).toEqual([
      { count: 2 * ODD.length },
    ]);
  });

  it('replaces a value only where all of it is the expected one', async () => {
    const store = postgresState(database.pool, { table: 'odd' });
    for (const text of ODD) {
      const set = (expected: string, value: string) =>
        ({ op: 'compareAndSet', key: `cas ${text}`, expected, value, ttl: 60_000 }) as const;
      await store.run([{ op: 'put', key: `cas ${text}`, value: text, ttl: 60_000 }]);
      const others = ODD.filter((other) => other !== text).map((other) => set(other, 'wrong'));
      expect(await store.run(others)).toEqual(others.map(() => false));
      expect(await store.run([set(text, 'right'), set('right', text)])).toEqual([true, true]);
    }
  });

  it('keeps any text in a database that is not in UTF-8', async () => {
    await database.pool.query(
      `CREATE DATABASE latin_${process.pid} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`,
    );
    const url = new URL(database.url);
    url.pathname = `/latin_${process.pid}`;
    const latin = openPool(url.href);
    try {
      const store = postgresState(latin);
      await store.run([{ op: 'put', key: '語', value: '語\0\ud800', ttl: 60_000 }]);
      expect(await store.run([{ op: 'read', key: '語' }])).toEqual(['語\0\ud800']);
    } finally {
      await latin.end();
      await database.pool.query(`DROP DATABASE latin_${process.pid} WITH (FORCE)`);
    }
  });
});
