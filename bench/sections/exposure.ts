import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ExposureFigures } from '../exposure-worker.js';
import { columns, verdict, type Table } from '../report/table.js';
import type { Run } from './run.js';

const WORKER = fileURLToPath(new URL('../exposure-worker.js', import.meta.url));
// Room for all that one call allocates, so that nothing is collected before it is counted.
const ROOM = ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512'];
const TARGET = 1.5;

const WAYS: ReadonlyArray<readonly [name: keyof ExposureFigures, words: string]> = [
  ['raw', '`JSON.stringify` of the raw rows'],
  ['exposed', 'exposure alone'],
  ['checked', 'exposure and the second line'],
  ['sent', 'the same, and `JSON.stringify` of what leaves'],
  ['transformer', 'class-transformer'],
  ['transformerSent', 'class-transformer and `JSON.stringify`'],
];

/** What a list of 10,000 orders costs on its way out: memory and CPU. */
export function exposureTable(run: Run): Table {
  run.progress('a list of 10,000 orders');
  const text = execFileSync(process.execPath, [...ROOM, WORKER, JSON.stringify(run.compare)], {
    encoding: 'utf8',
  });
  const figures = JSON.parse(text) as ExposureFigures;
  const { raw, transformer } = figures;
  return {
    id: 'exposure',
    title: 'A list of 10,000 orders',
    note: `Each with three lines, as its owner sees it: heap that one call allocates, and CPU. Exposure with the second line has to allocate at most ${TARGET} times what \`JSON.stringify\` of the raw rows does, also with the text that leaves.`,
    columns: columns(
      'way',
      'MiB:1',
      'MiB ÷ raw:2',
      'CPU, ms:1',
      'CPU ÷ raw:2',
      'class-transformer ÷ this, MiB:1',
      'class-transformer ÷ this, CPU:1',
      'verdict',
    ),
    rows: WAYS.map(([name, words]) => {
      const { memory, cpu } = figures[name];
      const compared = name === 'exposed' || name === 'checked';
      const sent = name === 'sent' ? figures.transformerSent : undefined;
      const other = compared ? transformer : sent;
      return [
        words,
        memory,
        memory / raw.memory,
        cpu,
        cpu / raw.cpu,
        other && other.memory / memory,
        other && other.cpu / cpu,
        name === 'checked' || name === 'sent' ? verdict(memory / raw.memory, TARGET) : undefined,
      ];
    }),
  };
}
