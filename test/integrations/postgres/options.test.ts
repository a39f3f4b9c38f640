import { postgresState, postgresStateSql, type PostgresPool } from 'nestjs-gatehouse/postgres';
import { describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import type { StateOp } from '../../../lib/core/state-store.js';
import { limited } from './caller.js';

const answering = (rows: unknown): PostgresPool => ({ query: async () => ({ rows: rows as unknown[] }) });
const failing = (error: Error): PostgresPool => ({
  async query() {
    throw error;
  },
});
const claim: StateOp = { op: 'claim', key: 'k', ttl: 1000 };

describe('the options of postgresState', () => {
  it.each([undefined, null, {}, 'postgres://user:secret@host/db', 5, { query: 'SELECT' }])(
    'refuse a pool that is none: %j',
    (pool) => {
      const act = () => postgresState(pool as never);
      expect(act).toThrow(SecurityConfigError);
      expect(act).toThrow(/^\[option\.invalid\] state is .*\n.*write postgresState\(new Pool\(/);
      expect(act).not.toThrow(/secret/);
    },
  );

  it.each([
    '',
    'State',
    '1state',
    'state-2',
    'state"',
    'state;DROP TABLE users',
    'state"; DROP TABLE users; --',
    "state'",
    'a.b.c',
    '.state',
    'state.',
    'state\n',
    'stäte',
    'state\0',
    'x'.repeat(51),
    `${'x'.repeat(64)}.state`,
    5,
    null,
    ['state'],
  ])('refuse the table name %j', (table) => {
    const message = /^\[option\.invalid\] state\.table is .*\n.*write a name/;
    expect(() => postgresState(answering([]), { table: table as never })).toThrow(message);
    expect(() => postgresStateSql(table as never)).toThrow(message);
  });

  it.each([
    [{ tabel: 'x' }, /state\.table\?/],
    [{ setUp: 'no' }, /state\.setUp is a string/],
    ['state', /state is a string/],
  ])('refuse %j', (options, message) => {
    expect(() => postgresState(answering([]), options as never)).toThrow(message);
  });
});

describe('postgresState rejects', () => {
  it.each([
    ['no rows', undefined],
    ['rows that are none', 'rows'],
    ['no row', []],
    ['two rows', [{ results: '[true]' }, { results: '[true]' }]],
    ['no results', [{}]],
    ['results that are no list', [{ results: '{}' }]],
    ['too few', [{ results: '[]' }]],
    ['too many', [{ results: '[true,true]' }]],
    ['one of another kind', [{ results: '["true"]' }]],
    ['null', [{ results: '[null]' }]],
  ])('an answer with %s', async (_, rows) => {
    await expect(postgresState(answering(rows)).run([claim])).rejects.toThrow(
      /does not fit its batch.*Pool of pg/,
    );
  });

  it.each(['true', '{"allowed":true}', '{"allowed":true,"remaining":null,"retryAfter":0,"resetAfter":0}'])(
    'a count that is %s',
    async (answer) => {
      const store = postgresState(answering([{ results: `[${answer}]` }]));
      await expect(store.run([limited('gcra', 'k', 1)])).rejects.toThrow(/does not fit its batch/);
    },
  );

  it('a pool that answers nothing, as one with callbacks does', async () => {
    const store = postgresState({ query: () => undefined } as never);
    await expect(store.run([claim])).rejects.toThrow(/does not fit its batch|no answer/);
  });

  it.each(['ECONNREFUSED', '57P01', '53300', undefined, 'secret word', 5])(
    'where the database fails with %j, without a word of the driver',
    async (code) => {
      const error = Object.assign(new Error('secret postgres://user:secret@host/db'), { code });
      const rejected = await Promise.resolve(postgresState(failing(error)).run([claim])).catch(
        (e: unknown) => e,
      );
      expect(rejected).toBeInstanceOf(Error);
      const { message, stack, cause } = rejected as Error;
      expect(message).toMatch(/^postgresState got no answer from the database \((?:[A-Z0-9]+|no code)\)\.$/);
      expect(`${message}${stack}${JSON.stringify(rejected)}`).not.toContain('secret');
      expect(cause).toBeUndefined();
    },
  );

  it('where the set-up fails, with the words for that, and tries again with the next call', async () => {
    const texts: string[] = [];
    const pool: PostgresPool = {
      async query(text) {
        texts.push(text.slice(0, 6));
        const code = text.startsWith('SELECT') ? '42883' : '42501';
        throw Object.assign(new Error('secret'), { code });
      },
    };
    const store = postgresState(pool);
    await expect(store.run([claim])).rejects.toThrow(/lacks a privilege/);
    await expect(store.run([claim])).rejects.toThrow(/lacks a privilege/);
    expect(texts).toEqual(['SELECT', 'DO $se', 'SELECT', 'DO $se']);
  });

  it('asks nothing for an empty batch', async () => {
    expect(await postgresState(failing(new Error('asked'))).run([])).toEqual([]);
  });
});
