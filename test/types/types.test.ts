import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ROOT } from '../structure/sources.js';

// The public names, and the roles and refusals that the sample app teaches them.
const WITH = ['lib/index.ts', 'sample-app/security-types.ts', 'sample-app/orders/refund-window.policy.ts'];
const folder = join(ROOT, 'test/types');
const programs = readdirSync(folder).filter((name) => name.endsWith('.types.ts'));

// A wrong program that compiles is an unused @ts-expect-error, which is an error.
it('every program that must not compile does not, and every other one does', () => {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const { options } = ts.getParsedCommandLineOfConfigFile(join(ROOT, 'tsconfig.json'), {}, host)!;
  const roots = [...WITH.map((path) => join(ROOT, path)), ...programs.map((name) => join(folder, name))];
  const program = ts.createProgram(roots, options);
  const messages = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start ?? 0).line + 1 : 0;
    return `${file?.fileName.replace(ROOT, '')}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
  expect(programs.length).toBeGreaterThan(0);
  expect(messages).toEqual([]);
}, 120_000);

it('TypeScript 7 says the same of them', () => {
  const tsc = join(ROOT, 'node_modules/typescript7/bin/tsc');
  expect(execFileSync(process.execPath, [tsc, '--version'], { encoding: 'utf8' })).toMatch(/^Version 7\./);
  // Prints what is wrong and fails.
  const run = () =>
    execFileSync(process.execPath, [tsc, '--noEmit', '-p', join(ROOT, 'tsconfig.json')], {
      encoding: 'utf8',
    });
  expect(run()).toBe('');
}, 120_000);
