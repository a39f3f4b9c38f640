import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { newIssuer } from './harness/keys.js';
import { canPin, pin } from './harness/pin.js';
import { progressOn } from './harness/progress.js';
import { page } from './report/page.js';
import { toJson, toMarkdown, type Table } from './report/table.js';
import { algorithmTable } from './sections/algorithms.js';
import { allocationTable } from './sections/allocations.js';
import { attackTable } from './sections/attacks.js';
import { exposureTable } from './sections/exposure.js';
import { growthTables } from './sections/growth.js';
import { hostileBodyTable } from './sections/hostile-body.js';
import { limitTables } from './sections/limits.js';
import { nestingTable } from './sections/nesting.js';
import { outageTable } from './sections/outage.js';
import { runOf } from './sections/run.js';
import { signInTable } from './sections/sign-in.js';
import { profileTable } from './sections/profile.js';
import { requestTables } from './sections/requests.js';
import { verifierTable } from './sections/verifier.js';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const progress = progressOn(process.stderr);
const run = runOf(values.quick, progress);
pin(process.pid, 'load');

const issuer = newIssuer('RS256');
const tables: Table[] = [
  ...(await requestTables(issuer, run)),
  await algorithmTable(run),
  await verifierTable(run),
  await hostileBodyTable(issuer, run),
  ...(await limitTables(run)),
  await attackTable(issuer, run),
  await nestingTable(run),
  exposureTable(run),
  await signInTable(run),
];
if (!values.quick) {
  tables.push(
    await outageTable(run),
    await allocationTable(issuer, run),
    await profileTable(issuer, run),
    ...(await growthTables(issuer, run)),
  );
}
progress('done');

const machine = {
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  pinned: canPin,
  date: new Date().toISOString().slice(0, 10),
  seconds: Math.round(performance.now() / 1000),
};
const markdown = toMarkdown(tables);
process.stdout.write(
  `${markdown}\n\n\`\`\`json\n${JSON.stringify({ machine, ...toJson(tables) })}\n\`\`\`\n`,
);
if (values.write) {
  const path = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));
  writeFileSync(path, page(path, machine, markdown));
}
process.exit(0);
