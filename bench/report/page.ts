import { readFileSync } from 'node:fs';

/** Where a run took place, and how long it took. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  /** Whether server and load had a core each. */
  readonly pinned: boolean;
  readonly date: string;
  readonly seconds: number;
}

const BEGIN = '<!-- bench: begin -->';
const END = '<!-- bench: end -->';

/**
 * A page with its figures replaced: what stands between the two marks.
 *
 * @throws {Error} where the page has not both marks.
 */
export function page(path: string, machine: Machine, markdown: string): string {
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${path} has no place for the figures`);
  const { processor, cores, node, pinned, date, seconds } = machine;
  const where = `${date}, ${processor}, ${cores} cores${pinned ? ', server and load on one each' : ''}, Node.js ${node}; the run took ${seconds} s.`;
  return `${text.slice(0, from)}${BEGIN}\n\n${where}\n\n<!-- prettier-ignore-start -->\n\n${markdown}\n\n<!-- prettier-ignore-end -->\n\n${text.slice(to)}`;
}
