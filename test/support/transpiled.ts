import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A module of `lib/` and all that it imports, as JavaScript that a child process can run. */
export function transpiled(entry: string): { readonly file: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-lib-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const seen = new Set<string>();
  function write(source: string): void {
    if (seen.has(source)) return;
    seen.add(source);
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
    });
    const target = placeOf(source);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
    for (const [, specifier] of outputText.matchAll(/ from '(\.[^']+)\.js'/g)) {
      write(resolve(dirname(source), `${specifier}.ts`));
    }
  }
  const placeOf = (source: string) => join(folder, relative(ROOT, source)).replace(/\.ts$/, '.js');
  write(join(ROOT, entry));
  return {
    file: placeOf(join(ROOT, entry)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
