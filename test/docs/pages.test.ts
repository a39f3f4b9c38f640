import { Module } from '@nestjs/common';
import { Consumes, Cost, defineResource, RawResponse, Roles, SecurityModule } from 'nestjs-gatehouse';
import { fromTypeorm } from 'nestjs-gatehouse/typeorm';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import {
  CONFIG_ERROR_CODES,
  SecurityConfigError,
  type ConfigErrorCode,
} from '../../lib/core/config-error.js';
import { FINDING_CODES } from '../../lib/core/finding.js';
import { REASONS } from '../../lib/core/reason.js';
import { resolveAudit } from '../../lib/posture/audit.options.js';
import { sourcesOf, textOf } from '../structure/sources.js';
import { startApp } from '../support/start-app.js';
import { anchorsOf, blocksOf, brokenLinks, inCopy, pages, tableUnder } from './markdown.js';

describe('every page', () => {
  it.skipIf(inCopy)('links to files and headings that are there', () => {
    expect(pages().flatMap((page) => brokenLinks(page).map((link) => `${page}: ${link}`))).toEqual([]);
  });

  it('has JSON that parses', () => {
    const blocks = pages()
      .flatMap(blocksOf)
      .filter(({ language }) => language === 'json');
    expect(blocks.length).toBeGreaterThan(1);
    for (const { text } of blocks) expect(() => JSON.parse(text) as unknown, text).not.toThrow();
  });
});

describe('docs/reasons.md', () => {
  it('has every reason in its order, with its status', () => {
    const rows = tableUnder('docs/reasons.md', 'Reasons').map(([reason, status]) => [
      reason!.replaceAll('`', ''),
      Number(status),
    ]);
    expect(rows).toEqual(Object.entries(REASONS).map(([reason, { status }]) => [reason, status]));
  });
});

describe('docs/audit.md', () => {
  it('names what the baseline can accept, and nothing else', () => {
    const acceptable = FINDING_CODES.filter((code) => {
      try {
        return resolveAudit({ baseline: [{ code, where: 'A.b', reason: 'why' }] }).length === 1;
      } catch {
        return false;
      }
    });
    const named = tableUnder('docs/audit.md', 'The baseline').flatMap(([, codes]) =>
      codes!.replaceAll('`', '').split(', '),
    );
    expect(new Set(named)).toEqual(new Set(acceptable));
  });
});

describe('README.md', () => {
  it('has every decorator that is exported in its table', () => {
    const exported = [
      ...textOf('lib/index.ts').matchAll(/export \{ (\w+) \} from '[^']+\.decorator\.js'/g),
    ].map((match) => match[1]!);
    expect(exported.length).toBeGreaterThan(10);
    const listed = tableUnder('README.md', 'Decorators').map(([name]) => /^`@(\w+)\(/.exec(name!)?.[1]);
    expect(new Set(listed)).toEqual(new Set([...exported, 'Throttle', 'SkipThrottle']));
    expect(listed.length).toBe(exported.length + 2);
  });
});

describe('docs/configuration.md', () => {
  it.each([
    ['All options', 'SecurityOptions'],
    ['authentication', 'CommonAuthenticationOptions'],
    ['issuer', 'IssuerOptions'],
    ['introspection', 'IntrospectionOptions'],
    ['dpop', 'DpopOptions'],
    ['mtls', 'MtlsOptions'],
    ['authorization', 'AuthorizationOptions'],
    ['defineResource', 'ResourceOptions'],
    ['fromTypeorm', 'FromTypeormOptions'],
    ['fromDrizzle', 'FromDrizzleOptions'],
    ['fromPrisma', 'FromPrismaOptions'],
    ['throttling', 'ThrottlingOptions'],
    ['throttlers', 'NamedThrottler'],
    ['edge', 'EdgeOptions'],
    ['timeouts', 'TimeoutOptions'],
    ['cors', 'CorsOptions'],
    ['input', 'InputOptions'],
    ['lists', 'ListsOptions'],
    ['accounts', 'AccountsOptions'],
    ['passwords', 'PasswordsOptions'],
    ['apiKeys', 'ApiKeysOptions'],
    ['sessions', 'SessionsOptions'],
    ['cookie', 'SessionCookieOptions'],
    ['problems', 'ProblemsOptions'],
    ['events', 'EventsOptions'],
    ['audit', 'AuditOptions'],
    ['baseline', 'AcceptedFinding'],
    ['declare', 'DeclaredController'],
    ['lockout', 'LockoutOptions'],
    ['memoryState', 'MemoryStateOptions'],
    ['redisState', 'RedisStateOptions'],
    ['postgresState', 'PostgresStateOptions'],
    ['outage', 'OutageOptions'],
  ])('%s: has every option of %s in its order, and no other', (heading, name) => {
    const listed = tableUnder('docs/configuration.md', heading).map(([option]) =>
      option!.replaceAll('*', ''),
    );
    expect(listed).toEqual(propertiesOf(name));
  });

  it('has a heading for the link of every error', () => {
    const anchors = anchorsOf('docs/configuration.md');
    const linked = CONFIG_ERROR_CODES.map(
      (code) =>
        /docs\/configuration\.md#(\S+)/.exec(new SecurityConfigError(code, 'a', 'b', 'c').message)![1]!,
    );
    expect(linked.filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });

  const shown = new Map(
    blocksOf('docs/configuration.md')
      .filter(({ language }) => language === 'text')
      .map(({ heading, text }) => [heading, text]),
  );

  it('shows an error for every code but the one that README shows', () => {
    expect([...shown.keys(), 'audit.failed'].sort()).toEqual([...CONFIG_ERROR_CODES].sort());
  });

  it.each(Object.entries(wrongs()))('shows the error of %s as it is', async (code, wrong) => {
    let thrown: unknown;
    try {
      await wrong();
    } catch (error) {
      thrown = error;
    }
    expect(String(thrown)).toBe(shown.get(code));
  });
});

/** What `docs/configuration.md` shows the errors of. */
function wrongs(): Record<Exclude<ConfigErrorCode, 'audit.failed'>, () => unknown> {
  const authentication = { issuer: 'https://id.example.com/', audience: 'https://api.example.com' };
  const forRoot = (options: object) => SecurityModule.forRoot({ authentication, ...options });
  const onMethod = (decorator: MethodDecorator, name: string) => {
    class OrdersController {
      refund(): void {}
      export(): void {}
    }
    decorator(
      OrdersController.prototype,
      name,
      Object.getOwnPropertyDescriptor(OrdersController.prototype, name)!,
    );
  };
  const boot = (imports: unknown[]) => {
    class App {}
    Module({ imports: imports as [] })(App);
    return startApp(App, 'express');
  };
  class Order {
    id!: string;
    userId!: string;
  }
  return {
    'option.missing': () => forRoot({ authentication: { issuer: 'https://id.example.com/' } }),
    'option.unknown': () => forRoot({ edge: { trustProxies: ['10.0.0.0/8'] } }),
    'option.invalid': () => forRoot({ edge: { bodyLimit: '1mb' } }),
    'option.conflict': () => forRoot({ edge: { cors: { origins: ['*'], credentials: true } } }),
    'resource.invalid': () =>
      defineResource(Order, {
        id: 'id',
        owner: 'userId',
        load: fromTypeorm(),
        can: () => ({ read: true }) as never,
      }),
    'access.invalid': () => onMethod((Roles as unknown as () => MethodDecorator)(), 'refund'),
    'exposure.invalid': () => onMethod(RawResponse(''), 'export'),
    'input.invalid': () => Consumes('json'),
    'limits.invalid': () => onMethod(Cost(0), 'export'),
    'module.bare': () => boot([SecurityModule]),
    'module.duplicate': () => boot([forRoot({}), forRoot({ input: { status: 422 } })]),
  };
}

/** The properties of an interface of the library, in order. */
function propertiesOf(name: string): string[] {
  for (const { path, text } of sourcesOf('lib')) {
    if (!text.includes(`export interface ${name}`)) continue;
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
    for (const statement of source.statements) {
      if (ts.isInterfaceDeclaration(statement) && statement.name.text === name) {
        return statement.members.map((member) => member.name!.getText());
      }
    }
  }
  throw new Error(`There is no interface ${name}.`);
}
