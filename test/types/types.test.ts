import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ROOT } from '../structure/sources.js';

const folder = join(ROOT, 'test/types');
const programs = readdirSync(folder).filter((name) => name.endsWith('.types.ts'));

// A wrong program that compiles is an unused @ts-expect-error, which is an error.
it('every program that must not compile does not, and every other one does', () => {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config as object;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram([...programs.map((name) => join(folder, name)), join(ROOT, 'sample-app/security-types.ts')], options);
  const messages = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start ?? 0).line + 1 : 0;
    return `${file?.fileName.replace(ROOT, '')}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
  expect(programs.length).toBeGreaterThan(0);
  expect(messages).toEqual([]);
}, 120_000);
