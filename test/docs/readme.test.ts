import { Module, type Type } from '@nestjs/common';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { validateSync } from 'class-validator';
import { SignJWT } from 'jose';
import { SecurityModule } from 'nestjs-gatehouse';
import type { Repository } from 'typeorm';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ROOT, textOf } from '../structure/sources.js';
import { ADAPTERS, startApp } from '../support/start-app.js';
import { blocksOf, inCopy, pages } from './markdown.js';
import { commandsOf, hasCurl, isAsShown, runInShell } from './shell.js';
import { removeSnippets, SNIPPETS, typeErrors, writeSnippets } from './snippets.js';

const readme = blocksOf('README.md');
const code = readme.filter(({ language }) => language === 'ts' || language === 'js');
const docs = pages()
  .filter((page) => page.startsWith('docs/'))
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'ts');

let own: string[];
let others: string[];

beforeAll(() => {
  removeSnippets();
  own = writeSnippets(code);
  others = writeSnippets(docs);
  process.env['JWT_SECRET'] = randomBytes(32).toString('base64');
});

afterAll(() => {
  removeSnippets();
  delete process.env['JWT_SECRET'];
});

const snippet = (name: string) => import(join(SNIPPETS, name)) as Promise<Record<string, Type>>;

describe('the code of the pages', () => {
  it('compiles: README', () => {
    expect(typeErrors(own.filter((path) => path.endsWith('.ts')))).toEqual([]);
  });

  it('compiles: docs', () => {
    expect(others.length).toBeGreaterThan(5);
    expect(typeErrors(others)).toEqual([]);
  });

  it('would not compile if it were wrong', () => {
    const wrong = "import { Roles } from 'nestjs-gatehouse';\nexport class A { @Roles() b() {} }";
    const [path] = writeSnippets([{ page: 'wrong', language: 'ts', heading: '', text: wrong }]);
    const errors = typeErrors([path!]);
    rmSync(path!);
    expect(errors.join()).toContain('Expected at least 1 argument');
  });
});

describe.each(ADAPTERS)('the quick start on %s', (adapter) => {
  it.runIf(hasCurl)('answers as the README shows, and logs the reasons', async () => {
    const { AppModule } = await snippet('app.module.ts');
    const log = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const started = await startApp(AppModule!, adapter);
    const commands = commandsOf(readme.find(({ language }) => language === 'console')!.text);
    let printed: string[];
    let lines: string;
    try {
      const here = commands.map(({ command }) =>
        command.replaceAll('localhost:3000', started.url.replace('http://', '')),
      );
      printed = await runInShell(here, SNIPPETS);
    } finally {
      await started.close();
      lines = log.mock.calls.map(([text]) => String(text)).join('');
      log.mockRestore();
    }
    const different = commands.flatMap(({ command, prints }, i) =>
      isAsShown(printed[i]!, prints) ? [] : [{ command, shown: prints, printed: printed[i] }],
    );
    expect(different).toEqual([]);
    const events = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { reason: string });
    expect(events.map(({ reason }) => reason)).toEqual(['token.missing', 'access.hidden', 'access.property']);
    expect(lines).not.toMatch(/eyJ|Ring twice/);
  });

  it('does not start without decorators, and says what the README says', async () => {
    const { AppModule } = await snippet('app.module.ts');
    const { ReportsController } = await snippet('reports.controller.ts');
    class Root {}
    const boot = startApp(
      { module: Root, imports: [AppModule!], controllers: [ReportsController!] },
      adapter,
    );
    const shown = readme.find(
      ({ language, heading }) => language === 'text' && heading === 'When a decorator is missing',
    );
    expect(String(await boot.catch((error: unknown) => error))).toBe(shown!.text);
  });
});

describe('what other pages add to the quick start', () => {
  const given = (name: string) => {
    const at = docs.findIndex(({ text }) => text.includes(`export class ${name} `));
    return import(others[at]!) as Promise<Record<string, Type>>;
  };
  const tokenOf = (subject: string, role: string) =>
    new SignJWT({ roles: [role] })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .setIssuer('my-shop')
      .setAudience('my-shop-api')
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(Buffer.from(process.env['JWT_SECRET']!));

  it('starts with it, and does what the pages say', async () => {
    const { AppModule } = await snippet('app.module.ts');
    const { Order } = await snippet('order.entity.ts');
    const { OrderListController } = await given('OrderListController');
    const { RefundsController, RefundWindow } = await given('RefundsController');
    class Pasted {}
    Module({
      imports: Reflect.getMetadata('imports', AppModule!) as [],
      controllers: [OrderListController!, RefundsController!],
      providers: [RefundWindow!],
    })(Pasted);
    const started = await startApp(Pasted, 'express');
    const orders = started.app.get<Repository<any>>(getRepositoryToken(Order!), { strict: false });
    const made = (userId: string, costPrice: number, createdAt = new Date()) =>
      orders.save(orders.create({ userId, costPrice, createdAt }));
    const [cheap, dear] = [await made('alice', 1), await made('bob', 9)];
    const old = await made('alice', 5, new Date(0));
    const call = async (path: string, who: [string, string], method = 'GET') => {
      const authorization = `Bearer ${await tokenOf(...who)}`;
      const response = await fetch(`${started.url}/orders${path}`, { method, headers: { authorization } });
      return { status: response.status, body: JSON.parse((await response.text()) || 'null') };
    };
    const sue: [string, string] = ['sue', 'support'];
    const alice: [string, string] = ['alice', 'user'];
    const idsOf = ({ body }: { body: any }): string[] => body.items.map(({ id }: { id: string }) => id);
    expect(idsOf(await call('', sue))).toEqual([dear.id, old.id, cheap.id]);
    expect(idsOf(await call('', alice))).toEqual([cheap, old].map(({ id }) => id as string).sort());
    expect((await call('?minCost=5', alice)).status).toBe(400);
    expect(idsOf(await call('?minCost=5&sort=costPrice', sue))).toEqual([old.id, dear.id]);
    expect((await call(`/${cheap.id}/refund`, sue, 'POST')).status).toBe(201);
    expect((await call(`/${old.id}/refund`, sue, 'POST')).status).toBe(403);
    await started.close();
  });

  it('starts with an entity and a resource of its own', async () => {
    const { Expense, ExpenseResource } = (await given('Expense')) as Record<string, any>;
    class Own {}
    Module({
      imports: [
        TypeOrmModule.forRoot({ type: 'sqljs', entities: [Expense], synchronize: true }),
        SecurityModule.forRoot({
          authentication: { issuer: 'i', audience: 'a', secret: process.env['JWT_SECRET'] },
          authorization: { roles: { support: [] }, resources: [ExpenseResource] },
        }),
      ],
    })(Own);
    await (await startApp(Own, 'express')).close();
  });
});

it('the quick start lets null through only where the column takes it', async () => {
  const { WriteOrder } = await snippet('write-order.dto.ts');
  const refused = (value: object) =>
    validateSync(Object.assign(new WriteOrder!() as object, value)).map(({ property }) => property);
  expect(refused({ note: null, status: null })).toEqual(['status']);
  expect(refused({})).toEqual([]);
});

describe('the commands of the README', () => {
  const { scripts, ...pkg } = JSON.parse(textOf('package.json')) as {
    scripts?: Record<string, string>;
    devDependencies?: Record<string, string>;
    peerDependencies?: Record<string, string>;
    peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  };
  const commands = readme.filter(({ language }) => language === 'sh').map(({ text }) => text);

  it.skipIf(inCopy)('are one line each, and their scripts exist', () => {
    expect(commands).toContain('npm ci && npm start');
    expect(commands).toContain('npm ci && npm test');
    expect(scripts).toMatchObject({
      start: 'node dist/sample-app/main.js',
      test: expect.any(String) as string,
    });
    // Without these, `npm ci` alone would not be all the set-up.
    expect(scripts!['prestart']).toContain('build:sample');
    expect(scripts!['pretest']).toContain('build:sample');
  });

  it.skipIf(inCopy)('install what the package needs beside a new Nest project', () => {
    const line = commands.find((command) => command.startsWith('npm install nestjs-gatehouse'))!;
    const installed = line.split(' ').slice(3);
    const inNewProject = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'];
    const known = { ...pkg.devDependencies, ...pkg.peerDependencies };
    expect(installed.filter((name) => known[name] === undefined)).toEqual([]);
    const needed = Object.keys(pkg.peerDependencies ?? {}).filter(
      (name) => !pkg.peerDependenciesMeta?.[name]?.optional && !name.startsWith('@types/'),
    );
    expect(needed.filter((name) => ![...installed, ...inNewProject].includes(name))).toEqual([]);
  });

  it.skipIf(inCopy || !hasCurl)(
    'npm start serves the shop, and the commands that it prints work',
    async () => {
      const main = join(ROOT, 'dist/sample-app/main.js');
      expect(existsSync(main), 'the build is missing: npm run build && npm run build:sample').toBe(true);
      const folder = mkdtempSync(join(tmpdir(), 'shop-'));
      const env = { ...process.env, PORT: '0', DATABASE_URL: '', ADAPTER: '', HOST: '', SAMPLE_PASSWORD: '' };
      const shop = spawn(process.execPath, [main], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      try {
        const said = await saidBy(shop, 'The shop listens on');
        const pasted = [...said.matchAll(/^(.+):\n {2}((?:[A-Z]+=|curl).*)$/gm)].map(([, does, command]) => ({
          does: does!,
          command: command!,
        }));
        expect(pasted.length).toBeGreaterThan(3);
        const printed = await runInShell(
          pasted.map(({ command }) => command),
          folder,
        );
        pasted.forEach(({ does, command }, i) => {
          if (/^[A-Z]+=/.test(command)) return;
          const answer = JSON.parse(printed[i]!) as { status?: number };
          const status = /\b[45]\d\d\b/.exec(does)?.[0];
          expect([does, answer.status]).toEqual([does, status === undefined ? undefined : Number(status)]);
        });
      } finally {
        shop.kill();
        await once(shop, 'exit');
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});

/** What a process has printed once it has printed `end`; an error with its output where it ends before. */
function saidBy(child: ReturnType<typeof spawn>, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const onData = (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes(end)) resolve(said);
    };
    child.stdout!.on('data', onData);
    child.stderr!.on('data', onData);
    child.once('exit', () => reject(new Error(`it ended early and said: ${said}`)));
  });
}
