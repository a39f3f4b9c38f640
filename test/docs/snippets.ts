import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../structure/sources.js';
import type { Block } from './markdown.js';

/** Where the code of the pages is written while it is tested: inside the tree, so that its imports resolve. */
export const SNIPPETS = join(ROOT, 'test/docs/.snippets');

/** Writes blocks as files, under the name in their first line (`// order.entity.ts`), and returns their paths. */
export function writeSnippets(blocks: readonly Block[]): string[] {
  mkdirSync(SNIPPETS, { recursive: true });
  return blocks.map(({ page, language, text }, index) => {
    const name = /^\/\/ ([\w.-]+)$/m.exec(text.split('\n')[0]!)?.[1];
    const path = join(SNIPPETS, name ?? `${page.replace(/\W/g, '-')}-${index}.${language}`);
    writeFileSync(path, `${text}\n`);
    return path;
  });
}

/** Removes what {@link writeSnippets} has written. */
export function removeSnippets(): void {
  rmSync(SNIPPETS, { recursive: true, force: true });
}

/** What the compiler says of snippets, with the options of the project. What it says of the library is no matter of theirs. */
export function typeErrors(paths: readonly string[]): string[] {
  const config = join(ROOT, 'tsconfig.json');
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(config, (path) => ts.sys.readFile(path)).config,
    ts.sys,
    ROOT,
    undefined,
    config,
  );
  const program = ts.createProgram([...paths], { ...options, noEmit: true });
  const found = paths.flatMap((path) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  });
  return found.map(({ file, messageText }) => {
    return `${file?.fileName.replace(SNIPPETS, '')}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
