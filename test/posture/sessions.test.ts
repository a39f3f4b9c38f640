import { Controller, Inject, Injectable, Post, type INestApplication, type Type } from '@nestjs/common';
import { keyRing, Public, Returns, SessionService, type SecurityOptions } from 'nestjs-gatehouse';
import { afterEach, describe, expect, it } from 'vitest';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';

let running: StartedApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const own = (rest: object = {}) => ({
  issuer: 'https://shop.example',
  audience: 'https://api.shop.example',
  keys: keyRing({ ephemeral: true }),
  ...rest,
});
const cookies = (refreshPath?: string) => ({
  sessions: { transport: 'cookie', cookie: refreshPath === undefined ? {} : { refreshPath } } as const,
});

@Controller(['auth', 'v1/:tenant/auth'])
class AuthController {
  constructor(private readonly sessions: SessionService) {}
  @Post('refresh') @Public('a test') @Returns(null) async refresh() {
    await this.sessions.refresh('', (id) => ({ id }));
  }
}

describe.each(ADAPTERS)('the boot audit of sessions on %s', (adapter) => {
  /** The findings; `undefined` where it boots. */
  async function found(
    options: Partial<SecurityOptions>,
    prepare?: (app: INestApplication) => void,
    providers: unknown[] = [],
    controllers: Type[] = [AuthController],
  ): Promise<string | undefined> {
    try {
      running = await startApp(guardedModule(controllers, options, providers), adapter, prepare);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  it('finds SessionService without keys, however it is injected, and nothing where nobody takes it', async () => {
    expect(await found({})).toMatch(/AuthController {2}\[sessions\.unusable\][^→]*no keys[^→]*→ .*keyRing/);
    @Injectable()
    class ByToken {
      constructor(@Inject(SessionService) readonly it: unknown) {}
    }
    @Injectable()
    class ByProperty {
      @Inject(SessionService) readonly it!: unknown;
    }
    const factory = { provide: 'MADE', inject: [SessionService], useFactory: (it: unknown) => it };
    for (const [name, provider] of [
      ['ByToken', ByToken],
      ['ByProperty', ByProperty],
      ['MADE', factory],
    ] as const)
      expect(await found({}, undefined, [provider], [])).toContain(`${name}  [sessions.unusable]`);
    expect(await found({}, undefined, [], [])).toBeUndefined();
  });

  it('finds tokens that no route would take', async () => {
    const dpop = { publicUrl: 'https://api.shop.example' };
    expect(await found({ authentication: own({ dpop: { ...dpop, required: true } }) })).toMatch(
      /\[sessions\.unusable\][^→]*dpop\.required[^→]*→ .*@RequireDpop/,
    );
    expect(await found({ authentication: own({ dpop }), accounts: cookies() })).toBeUndefined();
  });

  it.each<[string | undefined, string | undefined, boolean]>([
    [undefined, undefined, true],
    [undefined, 'api', false],
    ['/api/auth/refresh', 'api', true],
    ['/api/auth', 'api', true],
    ['/', 'api', true],
    ['/behind/a/proxy/auth/refresh', undefined, true],
    ['/behind/a/proxy/auth', undefined, true],
    ['/v1/acme/auth/refresh', undefined, true],
    ['/auth/refresh/again', undefined, false],
    ['/auth/refres', undefined, false],
    ['/sessions', undefined, false],
  ])('with the refresh path %s and the prefix %s', async (path, prefix, isRight) => {
    const options = { authentication: own(), accounts: cookies(path) };
    const prepare = (app: INestApplication) => void (prefix && app.setGlobalPrefix(prefix));
    const findings = await found(options, prepare);
    if (isRight) return expect(findings).toBeUndefined();
    expect(findings).toContain('accounts.sessions.cookie.refreshPath  [sessions.refresh-path]');
    const where = 'accounts.sessions.cookie.refreshPath';
    const baseline = [{ code: 'sessions.refresh-path', where, reason: 'another service' } as const];
    expect(await found({ ...options, audit: { baseline } }, prepare)).toBeUndefined();
  });
});
