import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../structure/sources.js';

const folder = join(ROOT, 'test/types');
const compilerAt = (path: string) => join(ROOT, 'node_modules', path, 'bin/tsc');
const run = (compiler: string, ...args: string[]) =>
  execFileSync(process.execPath, [compiler, ...args], { encoding: 'utf8' });

// A wrong program that compiles is an unused @ts-expect-error, which is an error.
it.each([
  ['6', 'typescript'],
  ['7', 'typescript7'],
] as const)(
  'TypeScript %s: every program that must not compile does not, and every other one does',
  (version, path) => {
    expect(readdirSync(folder).filter((name) => name.endsWith('.types.ts')).length).toBeGreaterThan(0);
    const compiler = compilerAt(path);
    expect(run(compiler, '--version')).toMatch(new RegExp(`^Version ${version}\\.`));
    // Prints what is wrong and fails.
    expect(run(compiler, '--noEmit', '-p', folder)).toBe('');
  },
);
