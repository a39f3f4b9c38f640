import { postgresState, postgresStateSql } from 'nestjs-gatehouse/postgres';
import { describe, expect, it } from 'vitest';
import type { StateStore } from '../../../lib/core/state-store.js';
import { VERSION } from '../../../lib/integrations/postgres/run-sql.js';
import { inProcesses } from './children.js';
import { openPool } from './open-pool.js';
import { ownDatabase } from './own-database.js';

const database = ownDatabase();

const put = (store: StateStore) => store.run([{ op: 'put', key: 'k', value: 'v', ttl: 60_000 }]);
const read = (store: StateStore) => store.run([{ op: 'read', key: 'k' }]);
const asRole = (role: string, password: string) => {
  const url = new URL(database.url);
  [url.username, url.password] = [role, password];
  return openPool(url.href);
};
const versionOf = async (table: string): Promise<string> => {
  const { rows } = await database.pool.query(
    `SELECT obj_description('${table}_run(jsonb)'::regprocedure) AS comment`,
  );
  return (rows as Array<{ comment: string }>)[0]!.comment;
};

describe('the set-up of postgresState', () => {
  it('is raced by several processes, and no call fails', { timeout: 120_000 }, async () => {
    const failed = await inProcesses<string[]>(5, './starter.ts', { url: database.url, tables: 12 });
    expect(failed).toEqual([[], [], [], [], []]);
    expect(await read(postgresState(database.pool, { table: 'raced_11' }))).toEqual(['v']);
  });

  it('happens at boot, and what is wrong is said there', async () => {
    expect(await postgresState(database.pool, { table: 'at_boot' }).check!()).toEqual([]);
    expect((await database.pool.query("SELECT to_regclass('at_boot') AS made")).rows).toEqual([
      { made: 'at_boot' },
    ]);
    const [warning] = await postgresState(database.pool, { table: 'not_made', setUp: false }).check!();
    expect(warning).toContain("postgresStateSql('not_made')");
  });

  it('keeps what is in the table when it runs again', async () => {
    const store = postgresState(database.pool, { table: 'again' });
    await put(store);
    await database.pool.query(postgresStateSql('again'));
    expect(await read(store)).toEqual(['v']);
  });

  it('makes the table in the schema that is named, and again where it was dropped', async () => {
    await database.pool.query('CREATE SCHEMA security');
    const store = postgresState(database.pool, { table: 'security.state' });
    await put(store);
    expect((await database.pool.query('SELECT 1 FROM security.state')).rows).toHaveLength(1);
    await database.pool.query('DROP TABLE security.state');
    expect(await read(store)).toEqual([undefined]);
  });

  it('makes a table that survives a crash', async () => {
    await put(postgresState(database.pool, { table: 'logged' }));
    const { rows } = await database.pool.query(
      "SELECT relpersistence FROM pg_class WHERE relname = 'logged'",
    );
    expect(rows).toEqual([{ relpersistence: 'p' }]);
  });

  it('replaces a function of an older version', async () => {
    const store = postgresState(database.pool, { table: 'older' });
    await put(store);
    await installFunction('older', 0);
    expect(await read(store)).toEqual(['v']);
    expect(await versionOf('older')).toContain(`version ${VERSION}`);
  });

  it('leaves a function of a newer version alone, and says so', async () => {
    const store = postgresState(database.pool, { table: 'newer' });
    await put(store);
    await installFunction('newer', VERSION + 1);
    await expect(read(store)).rejects.toThrow(/newer version of nestjs-gatehouse.*Update this instance/s);
    expect(await versionOf('newer')).toContain(`version ${VERSION + 1}`);
  });
});

describe('postgresState without set-up', () => {
  it('says what to run where the table is missing, and works once it was run', async () => {
    const store = postgresState(database.pool, { table: 'migrated', setUp: false });
    await expect(put(store)).rejects.toThrow(/Run the SQL of postgresStateSql\('migrated'\) in a migration/);
    await database.pool.query(postgresStateSql('migrated'), []);
    await put(store);
    expect(await read(store)).toEqual(['v']);
  });

  it('says so where the function is older', async () => {
    const store = postgresState(database.pool, { table: 'stale', setUp: false });
    await database.pool.query(postgresStateSql('stale'));
    await installFunction('stale', 0);
    await expect(read(store)).rejects.toThrow(/in the version that it needs/);
    expect(await versionOf('stale')).toContain('version 0');
  });

  it('needs no right but that to read and write the table', async () => {
    const role = `app_${process.pid}`;
    await database.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'app'`);
    const own = asRole(role, 'app');
    try {
      await database.pool.query('REVOKE CREATE ON SCHEMA public FROM public');
      const store = postgresState(own);
      await expect(put(store)).rejects.toThrow(/lacks a privilege.*postgresStateSql\(\).*grant/s);
      await database.pool.query(postgresStateSql());
      await expect(put(store)).rejects.toThrow(/lacks a privilege/);
      await database.pool.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse_state TO ${role}`);
      await put(store);
      expect(await read(store)).toEqual(['v']);
    } finally {
      await own.end();
      await database.pool.query(`DROP OWNED BY ${role}`);
      await database.pool.query(`DROP ROLE ${role}`);
    }
  });
});

/** Stands in for the function of another version. */
async function installFunction(table: string, version: number): Promise<void> {
  await database.pool
    .query(`CREATE OR REPLACE FUNCTION ${table}_run(batch jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'other' USING ERRCODE = 'NG001'; END $$`);
  await database.pool.query(`COMMENT ON FUNCTION ${table}_run(jsonb) IS 'State store, version ${version}'`);
}
