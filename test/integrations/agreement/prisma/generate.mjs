// Writes clients.json: what `prisma generate` makes of the two schemas, without its types. The Prisma CLI is no dependency of
// this project, because it is 300 MB: it is installed for the moment, in the version of @prisma/client.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = new URL('.', import.meta.url).pathname;
const client = new URL('../../../../node_modules/@prisma/client/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(client, 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-prisma-'));
const run = (command, ...args) =>
  execFileSync(command, args, {
    cwd: folder,
    stdio: 'inherit',
    // Generating needs no engine; without this the CLI downloads one.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath },
  });

writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
run('npm', 'install', '--no-audit', '--no-fund', `prisma@${version}`, `@prisma/client@${version}`);
const clients = {};
for (const provider of ['postgresql', 'sqlite']) {
  copyFileSync(join(here, `${provider}.prisma`), join(folder, 'schema.prisma'));
  rmSync(join(folder, 'generated'), { recursive: true, force: true });
  run('npx', 'prisma', 'generate', '--schema', 'schema.prisma');
  const code = readFileSync(join(folder, 'generated/internal/class.ts'), 'utf8');
  const text = (pattern) => JSON.parse(pattern.exec(code)[1]);
  clients[provider] = {
    clientVersion: text(/"clientVersion": (".*")/),
    engineVersion: text(/"engineVersion": (".*")/),
    inlineSchema: text(/"inlineSchema": (".*")/),
    runtimeDataModel: text(/config\.runtimeDataModel = JSON\.parse\((".*")\)/),
    strings: text(/strings: JSON\.parse\((".*")\)/),
    graph: text(/graph: (".*")/g),
  };
}
writeFileSync(join(here, 'clients.json'), `${JSON.stringify(clients, null, 2)}\n`);
rmSync(folder, { recursive: true });
