// Runs `work(task)` of a TypeScript module in a process of its own: child.mjs <module> <task as JSON>.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

// A test that is given up takes its processes with it.
process.on('disconnect', () => process.exit(1));

const [, , path, task] = process.argv;
const { module } = await runnerImport(fileURLToPath(new URL(path, import.meta.url)), { logLevel: 'error' });
process.send('ready');
await once(process, 'message');
process.send(await module.work(JSON.parse(task)));
