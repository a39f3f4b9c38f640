import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { CONFIG_ERROR_CODES } from '../../lib/core/config-error.js';
import { FINDING_CODES } from '../../lib/core/finding.js';
import { REASONS } from '../../lib/core/reason.js';
import { brokenImports } from './import-rule.js';
import { sourcesOf, textOf } from './sources.js';

const lib = sourcesOf('lib');

describe('the import rule', () => {
  it('imports go down only, and no room of the pipeline knows another', () => {
    expect(lib.flatMap(({ path, text }) => brokenImports(path, text))).toEqual([]);
  });

  it('sees an import that goes up, one between rooms, and a type import', () => {
    expect(brokenImports('lib/core/a.ts', "import { x } from '../policy/roles.js';")).toEqual([
      'lib/core/a.ts imports lib/policy/roles.ts',
    ]);
    expect(brokenImports('lib/pipeline/limits/a.ts', "import type { X } from '../edge/x.js';")).toEqual([
      'lib/pipeline/limits/a.ts imports lib/pipeline/edge/x.ts',
    ]);
    expect(brokenImports('lib/pipeline/limits/a.ts', "export * from '../pipeline.js';")).toEqual([
      'lib/pipeline/limits/a.ts imports lib/pipeline/pipeline.ts',
    ]);
    expect(brokenImports('lib/pipeline/limits/a.ts', "import { x } from '../../core/x.js';")).toEqual([]);
  });

  it('accounts stand above the rooms: they may use them, and no room may use them', () => {
    const down = "import { Lockout } from '../../pipeline/limits/lockout/lockout.js';";
    expect(brokenImports('lib/accounts/passwords/a.ts', down)).toEqual([]);
    for (const below of ['core', 'policy', 'kit/state', 'pipeline/limits']) {
      const up = below.includes('/') ? '../../accounts/a.js' : '../accounts/a.js';
      expect(brokenImports(`lib/${below}/a.ts`, `import { a } from '${up}';`)).toEqual([
        `lib/${below}/a.ts imports lib/accounts/a.ts`,
      ]);
    }
    const posture = "import { a } from '../../posture/posture.js';";
    expect(brokenImports('lib/accounts/passwords/a.ts', posture)).toHaveLength(1);
  });

  it('no platform package is imported', () => {
    const platform = /from\s+['"](express|fastify|@nestjs\/platform-[a-z]+|@fastify\/[a-z]+)['"]/;
    expect(lib.filter(({ text }) => platform.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe('the size rule', () => {
  const sizes = lib.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));

  it('no file has more than 300 lines', () => {
    expect(sizes.filter(({ lines }) => lines > 300)).toEqual([]);
  });

  it('the median file has at most 80 lines', () => {
    const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(80);
  });
});

describe('documentation', () => {
  it('every export has JSDoc', () => {
    const bare = lib.flatMap(({ path, text }) => undocumented(path, text));
    expect(bare).toEqual([]);
  });

  it('sees an export without JSDoc', () => {
    expect(undocumented('a.ts', 'export const a = 1;')).toEqual(['a.ts: a']);
    expect(undocumented('a.ts', '/** A. */\nexport function a(): void {}')).toEqual([]);
  });

  it.each([
    ['docs/reasons.md', Object.keys(REASONS)],
    ['docs/audit.md', [...FINDING_CODES]],
    ['docs/configuration.md', [...CONFIG_ERROR_CODES]],
  ])('%s explains every code, and no other', (page, codes) => {
    const explained = [...textOf(page).matchAll(/^\| `([a-z][a-z.-]+)` \|/gm)].map((match) => match[1]!);
    expect([...explained].sort()).toEqual([...codes].sort());
  });

  it('every reason is given somewhere', () => {
    const everything = lib
      .filter(({ path }) => path !== 'lib/core/reason.ts')
      .map(({ text }) => text)
      .join('\n');
    expect(Object.keys(REASONS).filter((reason) => !everything.includes(`'${reason}'`))).toEqual([]);
  });

  it('every finding and every configuration error is raised somewhere', () => {
    const everything = lib
      .filter(({ path }) => !['lib/core/finding.ts', 'lib/core/config-error.ts'].includes(path))
      .map(({ text }) => text)
      .join('\n');
    const raised = (code: string) => everything.includes(`'${code}'`);
    expect([...FINDING_CODES, ...CONFIG_ERROR_CODES].filter((code) => !raised(code))).toEqual([]);
  });
});

/** The exported declarations of a source that carry no JSDoc, of the overloads of a function the first. Re-exports carry that of their source. */
function undocumented(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const seen = new Set<string>();
  return source.statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return [];
    if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    const name = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map((declaration) => declaration.name.getText()).join(', ')
      : ((statement as ts.DeclarationStatement).name?.getText() ?? 'default');
    const later = ts.isFunctionDeclaration(statement) && seen.has(name);
    seen.add(name);
    return later || ts.getJSDocCommentsAndTags(statement).length > 0 ? [] : [`${path}: ${name}`];
  });
}
