import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEEDED_ORDERS, SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { explainedText } from '../../lib/cli/explained-text.js';
import { ROOT, textOf } from '../structure/sources.js';
import { inCopy } from '../docs/markdown.js';

const SHOP = 'dist/sample-app/app.module.js#createShop';
const { alice, bob, sue } = SEEDED_USERS;
const { bobOpen } = SEEDED_ORDERS;
const TENANT = ['--tenant', alice.tenantId];
const DENIED = ['--as', alice.id, '--roles', 'user', ...TENANT, '--object', bobOpen.id];
let folder: string;

function gatehouse(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const main = join(ROOT, 'dist/lib/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'explain', ...args], {
    encoding: 'utf8',
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: undefined, ...environment },
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}
const explain = (route: string, ...args: string[]) => gatehouse([route, '--app', SHOP, ...args]);
const json = (route: string, ...args: string[]) =>
  JSON.parse(explain(route, '--json', ...args).stdout) as Record<string, any>;

// The copy for Nest 11 has no build.
describe.skipIf(inCopy)('gatehouse explain, of the built shop', { timeout: 120_000 }, () => {
  beforeAll(() => {
    expect(existsSync(join(ROOT, 'dist/sample-app/app.module.js')), 'npm run build:sample').toBe(true);
    folder = mkdtempSync(join(tmpdir(), 'explain-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('says of a route who is let in, who writes, who sees what, and which rule refuses this caller this object', () => {
    const { status, stdout, stderr } = explain('PATCH /orders/:id', ...DENIED);
    expect([status, stderr]).toEqual([0, '']);
    const shown = /```text\n(PATCH \/orders\/:id[\s\S]*?)```/.exec(textOf('docs/policies.md'))![1]!;
    expect(stdout).toBe(shown);
    expect(stdout).not.toContain(bob.id);
  });

  it('works as the README says, in a clone that is built', () => {
    const command = /^node dist\/lib\/cli\/main\.js explain (?:.*\\\n)*.*$/m.exec(textOf('README.md'))![0];
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      encoding: 'utf8',
      cwd: ROOT,
      env: { ...process.env, NODE_ENV: undefined },
      timeout: 60_000,
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('read Order: refused, 404');
    expect(stdout).not.toContain(bob.id);
  });

  it('is for programs too, and shows values where it is told to', () => {
    const explained = json(
      'POST /orders/:id/refund',
      '--as',
      sue.id,
      '--roles',
      'support',
      ...TENANT,
      '--object',
      bobOpen.id,
      '--values',
    );
    expect(explained).toMatchObject({
      address: 'POST /orders/:id/refund',
      handler: 'OrdersController.refund',
      rules: [{ resource: 'Order', action: 'refund' }],
      policies: ['RefundWindow'],
      exposure: { id: 'anyone', internalNote: 'admin' },
      caller: { id: sue.id, roles: ['support', 'user'], missing: [] },
      decisions: [{ resource: 'Order', action: 'refund', answer: 'admitted' }],
    });
    expect(JSON.stringify(explained.decisions)).toContain(bob.id);
    expect(explained.exposure).not.toHaveProperty('userId');
  });

  it('answers as a request would be answered', () => {
    const answer = (route: string, ...args: string[]) => json(route, ...args).decisions[0].answer;
    expect(answer('PATCH /orders/:id', ...DENIED)).toBe(404);
    const removes = (...args: string[]) =>
      answer('DELETE /orders/:id', ...args, '--object', bobOpen.id) as unknown;
    expect(removes('--as', sue.id, '--roles', 'support', ...TENANT)).toBe(403);
    expect(removes('--as', bob.id, ...TENANT)).toBe('admitted');
    expect(removes('--as', bob.id)).toBe(404);
    expect(answer('OrdersController.get', '--as', bob.id, '--object', 'no-id')).toBe(404);
    expect(answer('GET /orders', '--as', bob.id, ...TENANT, '--object', bobOpen.id)).toBe('listed');
    expect(answer('GET /orders', '--as', alice.id, ...TENANT, '--object', bobOpen.id)).toBe('not listed');
    expect(json('GET /orders', '--as', 'x').caller.missing).toEqual(['scope orders:read']);
    expect(json('POST /orders/:id/refund', '--as', 'x', '--roles', 'user').caller.missing).toEqual([
      'role support',
    ]);
  });

  it('takes a caller from a file, and an application from a function that makes one', () => {
    const caller = join(folder, 'sue.json');
    writeFileSync(caller, JSON.stringify({ id: sue.id, roles: ['support'], scopes: ['orders:read'] }));
    expect(json('GET /orders', '--as', caller).caller).toEqual({
      id: sue.id,
      roles: ['support', 'user'],
      answer: 'admitted',
      missing: [],
    });
    const { stdout } = gatehouse(['GET /api/orders/:id', '--app', 'test/cli/prefixed.mjs']);
    expect(stdout).toContain('GET /api/orders/:id  (OrdersController.get)');
  });

  it.each([
    [['PATH /orders/:id', '--app', SHOP], "Did you mean 'PATCH /orders/:id'?"],
    [['TRACE /nothing/like/it', '--app', SHOP], 'The routes are:'],
    [['GET /orders'], '--app is missing'],
    [['GET', '/orders', '--app', SHOP], 'in quotes'],
    [['GET /orders', '--app', 'dist/sample-app/app.module.js'], 'a file of several exports'],
    [['GET /orders', '--app', 'dist/sample-app/app.module.js#nothing'], 'an export that is not there'],
    [
      ['GET /orders', '--app', 'dist/sample-app/users/users.module.js#UsersModule', '--as', ''],
      '--as names nobody',
    ],
    [['GET /orders', '--app', SHOP, '--object', 'a'], '--object needs --as'],
    [['GET /orders', '--app', SHOP, '--as', 'a', '--values'], '--values needs --object'],
    [['GET /orders', '--app', SHOP, '--roles', 'user'], '--roles needs --as'],
    [['GET /orders', '--app', SHOP, '--scopes', 'a', '--tenant', 't'], '--scopes needs --as'],
    [['GET /orders', '--app', SHOP, '--as', 'a', '--roles', 'user,suport'], "Did you mean 'support'?"],
    [['GET /orders', '--app', SHOP, '--as', 'a', '--roles', 'x'], 'Its roles are: '],
    [['GET /me', '--app', SHOP, '--as', 'a', '--object', bobOpen.id], 'GET /orders/:id'],
    [
      ['GET /orders/:id', '--app', SHOP, '--as', 'a', '--object', '{"Ordr":"a"}'],
      "--object names a resource that the route neither loads nor lists. Did you mean 'Order'?",
    ],
    [['GET /orders', '--app', SHOP, '--as', 'nobody.json'], 'is not there'],
    [['GET /orders', '--app', SHOP, '--verbose'], 'verbose'],
  ])('%j is wrong use', (args, message) => {
    const { status, stdout, stderr } = gatehouse(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it.each(['Production', 'PRODUCTION', ' production\n'])('takes %j for production', (word) => {
    const { status, stderr } = gatehouse(['GET /orders', '--app', SHOP], { NODE_ENV: word });
    expect([status, stderr]).toEqual([2, expect.stringContaining('in production say --production')]);
  });

  it('does not start an application in production unless it is told to', () => {
    // Keys that end with the process do not start there.
    const production = { NODE_ENV: 'production', KEY_FILE: join(folder, 'keys.json') };
    const shop = 'test/cli/prefixed.mjs';
    expect(gatehouse(['GET /api/orders', '--app', shop], production)).toMatchObject({
      status: 2,
      stdout: '',
    });
    expect(gatehouse(['GET /api/orders', '--app', shop, '--production'], production).status).toBe(0);
  });

  it('a file that is not there is a failure, and an application without the module is wrong use', () => {
    expect(gatehouse(['GET /orders', '--app', 'dist/nowhere.js'])).toMatchObject({ status: 1, stdout: '' });
    const { stderr } = gatehouse(['GET /orders', '--app', 'test/cli/bare.mjs']);
    expect(stderr).toContain('without SecurityModule');
  });
});

it('an action without a rule, and an object that is not there, are said in words', () => {
  const text = explainedText({
    address: 'GET /a',
    handler: 'A.get',
    controls: {},
    rules: [{ resource: 'A', action: 'read', rule: [] }],
    policies: [],
    exposure: {},
    decisions: [{ resource: 'A', action: 'read', answer: 404 }],
  });
  expect(text).toBe(
    'read A\n  no rule: nobody is admitted\n\nread A: refused, 404\n  there is no such object',
  );
});
