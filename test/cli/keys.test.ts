import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyRing } from '../../lib/kit/keys/key-ring.js';
import { textOf } from '../structure/sources.js';
import { transpiled } from '../support/transpiled.js';

const main = transpiled('lib/cli/main.ts');
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  file = join(folder, 'keys', 'ring.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => main.remove());

function gatehouse(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main.file, ...args], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}
const keys = (...args: string[]) => gatehouse('keys', ...args, '--file', file);
const kids = () => (keyRing({ file }).jwks().keys as Array<{ kid: string }>).map(({ kid }) => kid);
const privates = () =>
  [...readFileSync(file, 'utf8').matchAll(/"(?:d|p|q|dp|dq|qi)": "([^"]+)"/g)].map((match) => match[1]!);

describe('gatehouse keys', () => {
  it.each([
    [[], 'EdDSA'],
    [['--algorithm', 'Ed25519'], 'EdDSA'],
    [['--algorithm', 'ES256'], 'ES256'],
    [['--algorithm', 'RS256'], 'RS256'],
  ])('generate %j makes a ring that an application opens, and prints no private key', (args, alg) => {
    const made = keys('generate', ...args);
    expect(made.status).toBe(0);
    expect(made.stdout).toMatch(new RegExp(`${kids()[0]} +${alg} +signing`));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(keyRing({ file }).sign({}, {})).toMatch(/\./);
    expect(privates().length).toBeGreaterThan(0);
    const listed = keys('list');
    for (const secret of privates()) expect(made.stdout + made.stderr + listed.stdout).not.toContain(secret);
    expect(listed.stdout).toContain(kids()[0]);
  });

  it('generate replaces nothing', () => {
    keys('generate');
    const before = readFileSync(file, 'utf8');
    expect(keys('generate')).toMatchObject({ status: 1, stdout: '' });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('rotate publishes the next key, which does not sign yet; once', () => {
    keys('generate', '--publish-ahead', '2h', '--longest-token', '30m');
    const [first] = kids();
    const rotate = keys('rotate', '--algorithm', 'ES256');
    expect(rotate.status).toBe(0);
    expect(kids()).toHaveLength(2);
    const header = keyRing({ file }).sign({}, {}).split('.')[0]!;
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ kid: first });
    expect(rotate.stdout).toMatch(/ ES256 +next /);
    expect(keyRing({ file }).longestToken).toBe(1800);
    for (const secret of privates()) expect(rotate.stdout).not.toContain(secret);
    expect(keys('rotate')).toMatchObject({ status: 1 });
  });

  it('retire ends a key now, --compromised also what it signed', () => {
    keys('generate');
    const [first] = kids() as [string];
    expect(keys('retire', first)).toMatchObject({ status: 0 });
    expect(kids()).toHaveLength(2);
    const [, second] = kids() as [string, string];
    expect(keys('retire', second, '--compromised').status).toBe(0);
    expect(kids()).not.toContain(second);
    expect(keys('retire', first).stderr).toContain('retired already');
    expect(keys('retire', 'nobody')).toMatchObject({ status: 1, stdout: '' });
  });

  it.each<[string, string[], string]>([
    ['an unknown command', ['kyes', 'list'], 'there is no command "kyes"'],
    ['no action', ['keys'], 'is missing'],
    ['a near miss', ['keys', 'rotat', '--file', 'x'], 'Did you mean rotate?'],
    ['no file', ['keys', 'list'], '--file is missing'],
    ['an unknown option', ['keys', 'list', '--fiel', 'x'], "Unknown option '--fiel'"],
    ['a word too many', ['keys', 'rotate', 'x', '--file', 'x'], 'x'],
    ['no kid', ['keys', 'retire', '--file', 'x'], 'takes one kid'],
    [
      'an algorithm of secrets',
      ['keys', 'generate', '--file', 'x', '--algorithm', 'HS256'],
      'none of Ed25519',
    ],
    ['a bad time', ['keys', 'generate', '--file', 'x', '--publish-ahead', '1 hour'], '90s, 15m, 1h or 7d'],
    ['too short a time', ['keys', 'generate', '--file', 'x', '--publish-ahead', '1s'], 'no time of 300s'],
  ])('teaches on %s', (_, args, says) => {
    const { status, stdout, stderr } = gatehouse(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(says);
    expect(stderr).toContain('Usage:');
  });

  it('changes the ring that a link names, and leaves the link: no compromised key stays behind', () => {
    keys('generate');
    const [first] = kids() as [string];
    const link = join(folder, 'ring.json');
    const chain = join(folder, 'chain.json');
    symlinkSync(join('keys', 'ring.json'), link);
    symlinkSync(link, chain);
    expect(gatehouse('keys', 'retire', '--file', chain, first, '--compromised').status).toBe(0);
    expect(readFileSync(file, 'utf8')).not.toContain(first);
    expect(gatehouse('keys', 'rotate', '--file', link).status).toBe(0);
    expect(kids()).toHaveLength(2);
    for (const each of [link, chain]) expect(lstatSync(each).isSymbolicLink()).toBe(true);
    expect(readdirSync(join(folder, 'keys'))).toEqual(['ring.json']);
    expect(readdirSync(folder).toSorted()).toEqual(['chain.json', 'keys', 'ring.json']);
    symlinkSync(join(folder, 'gone.json'), join(folder, 'dangling.json'));
    const dangling = gatehouse('keys', 'rotate', '--file', join(folder, 'dangling.json'));
    expect(dangling).toMatchObject({ status: 1, stdout: '' });
    expect(dangling.stderr).toContain('is not there');
  });

  it('locks the ring and not a name of it', () => {
    keys('generate');
    const link = join(folder, 'ring.json');
    symlinkSync(file, link);
    writeFileSync(`${file}.lock`, '');
    expect(gatehouse('keys', 'rotate', '--file', link).stderr).toContain('being changed by another process');
  });

  it.skipIf(process.platform === 'win32')('refuses a pipe, and does not wait for its other end', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    for (const action of ['list', 'rotate']) {
      const { status, stderr } = gatehouse('keys', action, '--file', pipe);
      expect([action, status]).toEqual([action, 1]);
      expect(stderr).toContain('is no file');
    }
  });

  it('refuses a ring that others can read, and one that is not there', () => {
    expect(keys('rotate')).toMatchObject({ status: 1 });
    keys('generate');
    chmodSync(file, 0o644);
    for (const action of ['list', 'rotate']) {
      const { status, stderr } = keys(action);
      expect(status).toBe(1);
      expect(stderr).toContain('chmod 600');
    }
  });

  it('shows how it is used', () => {
    expect(gatehouse('--help')).toMatchObject({ status: 0, stderr: '' });
    expect(gatehouse().stdout).toContain('gatehouse keys rotate');
  });

  it('does what docs/sessions.md says', () => {
    const lines = [...textOf('docs/sessions.md').matchAll(/^npx gatehouse (.+)$/gm)].map(
      (match) => match[1]!,
    );
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['generate', 'list', 'rotate', 'retire']);
    for (const line of lines) {
      const args = line.replace('.data/keys.json', file).split(' ');
      const result = gatehouse(...args.map((arg) => (arg === 'KID' ? kids()[0]! : arg)));
      expect([line, result.status, result.stderr]).toEqual([line, 0, '']);
    }
  });

  it('is the bin of the package', () => {
    const { bin } = JSON.parse(textOf('package.json')) as { bin?: Record<string, string> };
    if (bin) expect(bin).toEqual({ gatehouse: 'dist/lib/cli/main.js' });
    expect(readFileSync(main.file, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(execFileSync(process.execPath, [main.file], { encoding: 'utf8' })).toContain('Usage');
  });
});
