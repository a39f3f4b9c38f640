import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT, textOf } from '../structure/sources.js';

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** The word after the fence: `ts`, `json`, `console`, … */
  readonly language: string;
  /** The heading that it stands under. */
  readonly heading: string;
  readonly text: string;
}

/** Whether the tests run in the copy for Nest 11, which has neither a build nor every page. */
export const inCopy = basename(ROOT) === '.nest11';

/** The pages of the project, with their paths from the root. */
export function pages(): string[] {
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return [...top, ...docs.map((name) => `docs/${name}`)];
}

/** Every fenced block of a page. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  let open: { language: string; lines: string[] } | undefined;
  for (const line of textOf(page).split('\n')) {
    if (open && line === '```') {
      blocks.push({ page, language: open.language, heading, text: open.lines.join('\n') });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (line.startsWith('```')) open = { language: line.slice(3), lines: [] };
    else if (line.startsWith('#')) heading = line.replace(/^#+ /, '');
  }
  return blocks;
}

/** The lines of a page that are outside of fenced blocks. */
export function proseOf(page: string): string[] {
  let fenced = false;
  return textOf(page)
    .split('\n')
    .filter((line) => {
      if (line.startsWith('```')) fenced = !fenced;
      return !fenced && !line.startsWith('```');
    });
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(page: string): Set<string> {
  const headings = proseOf(page).filter((line) => /^#+ /.test(line));
  return new Set(headings.map((line) => slug(line.replace(/^#+ /, ''))));
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

/** The links of a page that lead to a file or an anchor that is not there. */
export function brokenLinks(page: string): string[] {
  const links = [
    ...proseOf(page)
      .join('\n')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map((match) => match[1]!);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(page, '..', path);
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !anchorsOf(target).has(anchor);
  });
}

/** The cells of the table rows under a heading, the header left out. */
export function tableUnder(page: string, heading: string): string[][] {
  const lines = proseOf(page);
  const start = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'));
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('#'));
  const rows = rest.slice(0, end === -1 ? undefined : end).filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
