import { SessionService } from 'nestjs-gatehouse';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createShop } from '../../sample-app/app.module.js';
import { shopKeys } from '../../sample-app/auth/shop-keys.js';
import { sessionPrincipal } from '../../sample-app/auth/session-principal.js';
import { SEEDED_ACCOUNTS, SEEDED_ORDERS, SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { seededRows } from '../../sample-app/database/seeded-rows.js';
import { User } from '../../sample-app/database/user.entity.js';
import { sharedState } from '../../sample-app/shared-state.js';
import { curlCommands, welcome } from '../../sample-app/welcome.js';
import { inCopy } from '../docs/markdown.js';
import { ROOT } from '../structure/sources.js';
import { ApiClient } from '../support/api-client.js';
import { emptyPostgres } from '../support/postgres.js';
import { startApp } from '../support/start-app.js';
import { signIn } from '../support/sign-in.js';

const run = promisify(execFile);
const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe('the keys of the shop', () => {
  let directory: string | undefined;
  afterEach(async () => {
    if (directory) await rm(directory, { recursive: true });
    directory = undefined;
  });

  it('are made once, for their owner’s eyes, and found again', async () => {
    directory = await mkdtemp(join(tmpdir(), 'shop-key-'));
    const file = join(directory, 'data', 'key.json');
    const made = shopKeys(file);
    for (const each of [file, `${file}.device`]) expect((await stat(each)).mode & 0o777).toBe(0o600);
    const again = shopKeys(file);
    expect(again.ring.jwks()).toEqual(made.ring.jwks());
    expect(again.deviceSecret).toEqual(made.deviceSecret);
    expect(made.ring.jwks().keys[0]).not.toHaveProperty('d');
  });

  it('are not replaced where the file holds something else, and the error does not quote it', async () => {
    directory = await mkdtemp(join(tmpdir(), 'shop-key-'));
    const file = join(directory, 'key.json');
    await writeFile(file, 'a secret', { mode: 0o600 });
    expect(() => shopKeys(file)).toThrow(/^(?!.*a secret).*keyRing\.file is no JSON/);
    expect(await readFile(file, 'utf8')).toBe('a secret');
  });

  it('are others for each shop without a file', async () => {
    expect(shopKeys().ring.jwks()).not.toEqual(shopKeys().ring.jwks());
  });
});

describe.runIf(hasCurl)('the commands that the sample app prints', () => {
  it.each([
    ['plain', false],
    [`it's "quoted" $HOME \\ %00`, false],
    ['in cookies', true],
  ])('work when pasted, with the password %s (cookies: %s)', async (password, cookies) => {
    const shop = await startApp(createShop({ password, cookies, events: { write() {} } }), 'express');
    try {
      const lines = curlCommands(shop.url, password, cookies).map(({ command }) => `${command}; echo`);
      const { stdout } = await run('sh', ['-c', lines.join('\n')]);
      const [, orders, foreign, patch, users, , partner, removal, team, ordered, other] = stdout.split('\n');
      expect(JSON.parse(orders!).items).toHaveLength(4);
      expect(orders).toContain(SEEDED_ORDERS.aliceOpen.id);
      expect(partner).toBe(orders);
      expect(JSON.parse(team!).items).toMatchObject([{ id: SEEDED_ACCOUNTS.kitchen.id }]);
      expect(JSON.parse(ordered!).items).toMatchObject([{ id: SEEDED_ORDERS.kitchenOpen.id }]);
      expect(ordered).not.toContain('note');
      const statuses = [foreign, patch, users, removal, other].map((answer) => JSON.parse(answer!).status);
      expect(statuses).toEqual([404, 403, 403, 401, 404]);
    } finally {
      await shop.close();
    }
  });
});

describe('what the sample app says at start', () => {
  it('is who is there, as they are, and no commands with rows that are gone', async () => {
    const shop = await startApp(createShop({ events: { write() {} } }), 'express');
    try {
      const source = shop.app.get(DataSource);
      const said = async () => welcome(shop.url, 'x', await seededRows(source));
      expect(await said()).toMatch(/^ {2}sue {4}support .* tea-north$/m);
      expect(await said()).toMatch(/^ {2}curl /m);
      await source.getRepository(User).update({ username: 'sue' }, { roles: ['user'] });
      expect(await said()).toMatch(/^ {2}sue {4}user .* tea-north$/m);
      await source.getRepository(User).delete({ username: 'sue' });
      expect(await said()).not.toMatch(/^ {2}(sue|curl) /m);
      expect(await said()).toMatch(/^ {2}alice .* tea-north$/m);
    } finally {
      await shop.close();
    }
  });
});

// The copy for Nest 11 has no build.
describe.skipIf(inCopy)('the built sample app', { timeout: 60_000 }, () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'shop-start-'))));
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs it until it ends, or says where it listens. */
  const started = (settings: NodeJS.ProcessEnv) =>
    new Promise<{ said: string; code: number | null }>((resolve) => {
      const env = {
        ...process.env,
        PORT: '0',
        ADAPTER: '',
        HOST: '',
        DATABASE_URL: '',
        REDIS_URL: '',
        ...settings,
      };
      const shop = spawn(process.execPath, [join(ROOT, 'dist/sample-app/main.js')], { cwd: folder, env });
      let said = '';
      const hear = (chunk: Buffer) => {
        said += chunk.toString('utf8');
        if (said.includes('The shop listens on')) shop.kill();
      };
      shop.stdout.on('data', hear);
      shop.stderr.on('data', hear);
      shop.once('close', (code) => resolve({ said, code }));
    });

  it('says what to write where it cannot start, and keeps no stack', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      const tries: Array<[NodeJS.ProcessEnv, RegExp]> = [
        [{ ADAPTER: 'koa' }, /neither express nor fastify: write ADAPTER=fastify/],
        [{ PORT: 'http' }, /no port: write PORT=3001/],
        [{ PORT: String(port) }, /taken: write PORT=3001/],
      ];
      await Promise.all(
        tries.map(async ([settings, expected]) => {
          const { said, code } = await started(settings);
          expect(code).toBe(1);
          expect(said).toMatch(expected);
          expect(said).not.toMatch(/^\s+at |koa|listens/m);
        }),
      );
    } finally {
      taken.close();
    }
  });

  it('keeps its keys where the state is kept, and neither in memory', async () => {
    const { said } = await started({});
    expect(said).toContain('they end with this process');
    expect(await readdir(folder)).toEqual([]);
    const database = await emptyPostgres();
    try {
      const kept = await started({ DATABASE_URL: database.url });
      expect(kept.said).not.toContain('they end with this process');
      expect(await readdir(join(folder, '.data'))).toContain('key-ring.json');
    } finally {
      await database.drop();
    }
  });
});

describe('a shop whose state is in its database', () => {
  it('takes no token after a restart that was taken back before', async () => {
    const database = await emptyPostgres();
    const directory = await mkdtemp(join(tmpdir(), 'shop-state-'));
    const start = async () =>
      startApp(
        createShop({
          databaseUrl: database.url,
          state: await sharedState(undefined, database.url),
          keyFile: join(directory, 'key.json'),
          events: { write() {} },
        }),
        'express',
      );
    let shop = await start();
    try {
      const sessions = shop.app.get(SessionService);
      const [ended, other] = [
        await signIn(sessions, sessionPrincipal(SEEDED_USERS.alice)),
        await signIn(sessions, sessionPrincipal(SEEDED_USERS.bob)),
      ];
      const me = async ({ accessToken }: typeof ended) =>
        (await new ApiClient(shop.url, accessToken).get('/me')).status;
      await new ApiClient(shop.url, ended.accessToken).post('/auth/logout');
      expect([await me(ended), await me(other)]).toEqual([401, 200]);
      await shop.close();
      shop = await start();
      expect([await me(ended), await me(other)]).toEqual([401, 200]);
    } finally {
      await shop.close();
      await database.drop();
      await rm(directory, { recursive: true });
    }
  });
});
