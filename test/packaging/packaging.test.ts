import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../structure/sources.js';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-packaging-'));
let tarball: string;

const run = (cwd: string, command: string, ...args: string[]) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

beforeAll(() => {
  // The build is there already: `npm test` makes it first.
  const [packed] = JSON.parse(
    run(ROOT, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder),
  ) as Array<{ filename: string }>;
  tarball = join(folder, packed!.filename);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function consumer(nest: string): string {
  const cwd = join(folder, `nest-${nest}`);
  cpSync(join(ROOT, 'test/packaging/consumers'), cwd, { recursive: true });
  const own = JSON.parse(
    readFileSync(join(ROOT, nest === '11' ? 'test/nest11/package.json' : 'package.json'), 'utf8'),
  ) as {
    dependencies: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  const root = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as typeof own;
  // What has nothing to do with Nest's version is only in the first.
  const ranges = { ...root.devDependencies, ...own.devDependencies, ...own.dependencies };
  const needed = [
    '@nestjs/common',
    '@nestjs/core',
    '@nestjs/passport',
    '@nestjs/platform-express',
    '@nestjs/platform-fastify',
    '@nestjs/throttler',
    'class-transformer',
    'class-validator',
    'drizzle-orm',
    'passport',
    'passport-jwt',
    'reflect-metadata',
    'rxjs',
    'typeorm',
  ];
  const dependencies = Object.fromEntries(needed.map((name) => [name, ranges[name]]));
  writeFileSync(
    join(cwd, 'package.json'),
    JSON.stringify({
      name: 'consumer',
      private: true,
      dependencies: { ...dependencies, 'nestjs-gatehouse': tarball },
    }),
  );
  run(cwd, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error');
  return cwd;
}

describe.each(['12', '11'])('the packed tarball in a project on Nest %s', (nest) => {
  let cwd: string;
  beforeAll(() => {
    cwd = consumer(nest);
  }, 300_000);

  it('leaves no invalid or missing peer', () => {
    const tree = JSON.parse(run(cwd, 'npm', 'ls', '--json')) as { problems?: string[] };
    expect(tree.problems ?? []).toEqual([]);
  });

  it.each(['esm.mjs', 'cjs.cjs'])(
    'boots from %s on Express and Fastify',
    (file) => {
      const answers = JSON.parse(run(cwd, process.execPath, file).trim().split('\n').at(-1)!) as Record<
        string,
        Record<string, { status: number; type: string; body: object }> & { hash?: string }
      >;
      expect(answers.subpaths).toEqual(Array(6).fill('function'));
      for (const adapter of ['express', 'fastify']) {
        const { open, closed, unknown, hash } = answers[adapter]!;
        expect(hash).toMatch(/^\$scrypt\$ln=16,r=8,p=2\$/);
        expect(open).toMatchObject({ status: 200, body: { ok: true } });
        expect(open!.body).not.toHaveProperty('hidden');
        expect(closed).toMatchObject({ status: 401, type: 'application/problem+json' });
        expect(unknown).toMatchObject({ status: 404, type: 'application/problem+json' });
      }
    },
    60_000,
  );
});

it('the tarball holds the library, its types and its pages, and nothing else', () => {
  const files = run(folder, 'tar', '-tzf', tarball)
    .trim()
    .split('\n')
    .map((name) => name.replace('package/', ''));
  expect(files).toContain('dist/lib/index.js');
  expect(files).toContain('dist/lib/index.d.ts');
  expect(
    files.filter(
      (name) =>
        !/^(dist\/lib\/|docs\/|README\.md|SECURITY\.md|CHANGELOG\.md|LICENSE|package\.json)/.test(name),
    ),
  ).toEqual([]);
});
