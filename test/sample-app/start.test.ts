import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createShop } from '../../sample-app/app.module.js';
import { shopKeys } from '../../sample-app/auth/shop-keys.js';
import { SEEDED_ACCOUNTS, SEEDED_ORDERS } from '../../sample-app/database/seed-data.js';
import { curlCommands } from '../../sample-app/welcome.js';
import { startApp } from '../support/start-app.js';

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
  it.each(['plain', `it's "quoted" $HOME \\ %00`])(
    'work when pasted, with the password %s',
    async (password) => {
      const shop = await startApp(createShop({ password, events: { write() {} } }), 'express');
      try {
        const lines = curlCommands(shop.url, password).map(({ command }) => `${command}; echo`);
        const { stdout } = await run('sh', ['-c', lines.join('\n')]);
        const [, orders, foreign, patch, users, , partner, removal, team, other] = stdout.split('\n');
        expect(JSON.parse(orders!).items).toHaveLength(3);
        expect(orders).toContain(SEEDED_ORDERS.aliceOpen.id);
        expect(partner).toBe(orders);
        expect(JSON.parse(team!).items).toMatchObject([{ id: SEEDED_ACCOUNTS.kitchen.id }]);
        const statuses = [foreign, patch, users, removal, other].map((answer) => JSON.parse(answer!).status);
        expect(statuses).toEqual([404, 403, 403, 401, 404]);
      } finally {
        await shop.close();
      }
    },
  );
});
