// Runs the whole suite on Nest 12 and then on Nest 11, and prints `N passed, N failed` last.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const nest11 = join(root, '.nest11');
let passed = 0;
let failed = 0;
const failures = [];

function run(cwd, command, args) {
  return spawnSync(command, args, { cwd, stdio: 'inherit', env: process.env }).status ?? 1;
}

function suite(title, cwd, ...filters) {
  console.log(`\n=== ${title} ===`);
  const report = join(tmpdir(), `gatehouse-${process.pid}-${title.replace(/\W+/g, '-')}.json`);
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const status = run(cwd, process.execPath, [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...filters,
  ]);
  if (!existsSync(report)) {
    failed += 1;
    return;
  }
  const { numPassedTests, numFailedTests, numFailedTestSuites, success, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  rmSync(report);
  for (const { name, status, message, assertionResults } of testResults) {
    if (status === 'passed') continue;
    const file = `${title}: ${relative(cwd, name)}`;
    if (message) failures.push(`${file}: ${message}`);
    for (const { status, fullName, failureMessages } of assertionResults)
      if (status === 'failed') failures.push(`${file}: ${fullName}\n${failureMessages.join('\n')}`);
  }
  passed += numPassedTests;
  if (status !== 0 && success) failures.push(`${title}: vitest ended with ${status}, and not for a test`);
  // A file that does not load, or an error outside every test, counts as a failure of its own.
  failed += numFailedTests || (success && status === 0 ? 0 : Math.max(1, numFailedTestSuites));
}

/** A copy of the sources beside the second dependency set, so that every import resolves to Nest 11. */
function prepareNest11() {
  mkdirSync(nest11, { recursive: true });
  for (const name of ['lib', 'test', 'sample-app', 'docs', 'dist'])
    rmSync(join(nest11, name), { recursive: true, force: true });
  for (const name of [
    'lib',
    'test',
    'sample-app',
    'docs',
    'README.md',
    'SECURITY.md',
    'vitest.config.ts',
    'tsconfig.json',
    'tsconfig.build.json',
  ]) {
    cpSync(join(root, name), join(nest11, name), { recursive: true });
  }
  for (const name of ['package.json', 'package-lock.json'])
    cpSync(join(root, 'test', 'nest11', name), join(nest11, name));
  return run(nest11, 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

// The bench keeps processes on cores, so nothing runs beside it.
suite('Bench', root, 'test/bench');
suite('Nest 12', root, '--exclude=test/bench/**');
// What looks at the project itself, at a store or at what is built, and not at Nest, needs no second run.
const ONCE = [
  'packaging/**',
  'structure/**',
  'types/**',
  'docs/**',
  'bench/**',
  'integrations/**',
  'lists/pages/**',
  'policy/**',
  'state/**',
  'cli/**',
  'json/**',
  'accounts/passwords/**',
  'accounts/sessions/races.test.ts',
  '**/*.property.test.ts',
  'sample-app/cluster.test.ts',
];
if (prepareNest11() === 0) suite('Nest 11', nest11, ...ONCE.map((files) => `--exclude=test/${files}`));
else failed += 1;

// Once more at the end, where whoever reads the last lines of a long run finds them.
for (const failure of failures) console.log(`\nFAILED ${failure.slice(0, 2000)}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
