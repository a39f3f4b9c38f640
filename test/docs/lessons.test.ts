import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { sourcesOf, textOf } from '../structure/sources.js';

/** How many threads of each project are on the page. One may stand in two tables, where it burns on two sides. */
const THREADS: Readonly<Record<string, number>> = {
  'deis/deis': 1,
  'dotnet/aspnetcore': 4,
  'encode/django-rest-framework': 2,
  'ferrerojosh/nest-keycloak-connect': 1,
  'laravel/framework': 1,
  'maticzav/graphql-shield': 3,
  'miki725/django-rest-framework-bulk': 2,
  'nestjs/docs.nestjs.com': 3,
  'nestjs/graphql': 4,
  'nestjs/mapped-types': 3,
  'nestjs/nest': 16,
  'nestjs/passport': 1,
  'nestjsx/crud': 1,
  'prisma/prisma': 4,
  'spring-projects/spring-security': 5,
  'stalniy/casl': 8,
  'supabase/splinter': 1,
  'supabase/supabase': 1,
  'typeorm/typeorm': 3,
  'typestack/class-transformer': 6,
  'typestack/class-validator': 2,
  'typestack/routing-controllers': 1,
  'zenstackhq/zenstack': 5,
};

const THREAD = /[\w.-]+\/[\w.-]+#\d+/g;
const rows = textOf('docs/lessons.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (where|---) /.test(line))
  .map((line) => line.slice(2, -2).split(' | '))
  .map(([where, , , shown]) => ({
    threads: [...where!.matchAll(THREAD)].map(([thread]) => thread),
    shown: shown!.split('<br>').map((test) => {
      const [, path, title] = /^`(test\/[^`]+)`: (.+)$/.exec(test) ?? [];
      return `${path}: ${title}`;
    }),
  }));

/** Every title of a test or of a group of them, as it is written. */
const titles = new Set(
  sourcesOf('test')
    .filter(({ path }) => path.endsWith('.test.ts'))
    .flatMap(({ path, text }) => titlesIn(path, text).map((title) => `${path}: ${title}`)),
);

describe('docs/lessons.md', () => {
  it('has every thread that is known, and for each case a test', () => {
    const threads = new Set(rows.flatMap((row) => row.threads));
    const count: Record<string, number> = {};
    for (const thread of threads) {
      const project = thread.split('#')[0]!;
      count[project] = (count[project] ?? 0) + 1;
    }
    expect(count).toEqual(THREADS);
    expect(rows.length).toBeGreaterThan(50);
  });

  it('names tests that are there', () => {
    const named = rows.flatMap(({ shown }) => shown);
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((test) => !titles.has(test))).toEqual([]);
  });

  it('has every thread that the title of a test names, beside that test', () => {
    const tagged = [...titles].flatMap((title) =>
      [...title.slice(title.indexOf(': ')).matchAll(THREAD)].map(([thread]) => ({ thread, title })),
    );
    expect(tagged.length).toBeGreaterThan(30);
    const missing = tagged.filter(
      ({ thread, title }) =>
        !rows.some(({ threads, shown }) => threads.includes(thread) && shown.includes(title)),
    );
    expect(missing).toEqual([]);
  });
});

/** The first arguments of `it`, `describe` and what comes of their `each`, `skipIf` and the like. */
function titlesIn(path: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(it|describe)\b/.test(node.expression.getText())) {
      const [title] = node.arguments;
      if (title && ts.isStringLiteralLike(title)) found.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true));
  return found;
}
