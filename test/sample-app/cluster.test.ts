import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { canRun } from '../support/redis.js';

const CLUSTER = fileURLToPath(new URL('../../dist/sample-app/cluster.js', import.meta.url));

describe.runIf(canRun(import.meta.url, 'own'))('npm run sample:cluster', () => {
  it(
    'shows two shops that share limits, lockouts, revocations and sessions',
    { timeout: 90_000 },
    async () => {
      const cwd = await mkdtemp(join(tmpdir(), 'shop-cluster-'));
      const ports = `${await freePort()},${await freePort()}`;
      const { REDIS_URL: _, ...environment } = process.env;
      const env = { ...environment, PORTS: ports, REDIS_PORT: String(await freePort()) };
      try {
        const { stdout } = await promisify(execFile)(process.execPath, [CLUSTER], {
          cwd,
          env,
          timeout: 80_000,
        });
        expect(stdout.match(/^yes {2}one (limit|lockout|revocation|session):/gm)).toHaveLength(4);
        expect(stdout).not.toMatch(/^NO /m);
      } finally {
        await rm(cwd, { recursive: true });
      }
    },
  );
});
