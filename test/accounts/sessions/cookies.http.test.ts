import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import {
  ANYONE,
  Authenticated,
  CurrentUser,
  ExposeFor,
  JwtAuthGuard,
  keyRing,
  Public,
  Returns,
  SessionService,
  type Principal,
  type SecurityEvent,
  type SessionsOptions,
} from 'nestjs-gatehouse';
import { APP_GUARD } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { RawRequest } from '../../../sample-app/auth/raw-request.decorator.js';
import { guardedModule } from '../../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';
import { Browser } from './browser.js';

class Given {
  @IsOptional() @IsString() id?: string;
  @IsOptional() @IsString() refreshToken?: string;
}
class Tokens {
  @ExposeFor(ANYONE) accessToken?: string;
  @ExposeFor(ANYONE) refreshToken?: string;
  @ExposeFor(ANYONE) csrfToken?: string;
  @ExposeFor(ANYONE) expiresIn!: number;
}

let handled: string[] = [];
const events: SecurityEvent[] = [];

@Controller('auth')
class AuthController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @HttpCode(200)
  @Public('a test')
  @Returns(Tokens)
  login(@Body() { id = 'alice' }: Given, @RawRequest() raw: IncomingMessage) {
    return this.sessions.begin(id, () => ({ id, roles: ['user'] }), raw);
  }

  @Post('refresh')
  @HttpCode(200)
  @Public('a test')
  @Returns(Tokens)
  refresh(@Body() { refreshToken }: Given, @RawRequest() raw: IncomingMessage) {
    return this.sessions.refresh(refreshToken, (id) => ({ id, roles: ['user'] }), raw);
  }

  @Post('logout')
  @HttpCode(204)
  @Authenticated()
  @Returns(null)
  logout(@CurrentUser() user: Principal, @RawRequest() raw: IncomingMessage) {
    return this.sessions.logout(user, raw);
  }

  // Below the refresh path: the refresh token is sent nowhere else.
  @Post('refresh/logout')
  @HttpCode(204)
  @Public('a test')
  @Returns(null)
  logoutWith(@Body() { refreshToken }: Given, @RawRequest() raw: IncomingMessage) {
    return this.sessions.logoutWith(refreshToken, raw);
  }

  @Post('everywhere')
  @HttpCode(204)
  @Authenticated()
  @Returns(null)
  everywhere(@CurrentUser() { id }: Principal, @RawRequest() raw: IncomingMessage) {
    return this.sessions.logoutEverywhere(id, raw);
  }
}

@Controller('things')
@Authenticated()
class ThingsController {
  @Get()
  @Returns(null)
  read() {
    handled.push('read');
  }

  @Post()
  @HttpCode(204)
  @Returns(null)
  write(@Body() { id = 'write' }: Given) {
    handled.push(id);
  }
}

const APP = 'https://app.example.com';
const KEYS = keyRing({ ephemeral: true });
const ISSUER = { issuer: 'https://shop.example', audience: 'https://api.shop.example' };

describe.each(ADAPTERS)('sessions in cookies on %s', (adapter) => {
  let started: StartedApp;
  afterEach(() => started.close());

  async function open(sessions: SessionsOptions = {}, providers: unknown[] = []): Promise<Browser> {
    handled = [];
    events.length = 0;
    const app = guardedModule(
      [AuthController, ThingsController],
      {
        authentication: { ...ISSUER, keys: KEYS, revocation: true },
        accounts: { sessions: { transport: 'cookie', cookie: { origins: [APP] }, ...sessions } },
        events: { sink: { write: (event) => void events.push(event) } },
        throttling: { failures: { limit: 1000, ttl: 60_000 } },
      },
      providers,
    );
    started = await startApp(app, adapter);
    return new Browser(started.url);
  }

  async function signedIn(...given: Parameters<typeof open>): Promise<Browser> {
    const browser = await open(...given);
    expect((await browser.own('POST', '/auth/login')).status).toBe(200);
    return browser;
  }
  const reason = () => {
    const event = events.at(-1);
    return event && 'reason' in event ? event.reason : undefined;
  };

  it('are set where pages cannot read them, and no token is in the answer', async () => {
    const browser = await open();
    const { status, text } = await browser.own('POST', '/auth/login');
    expect(status).toBe(200);
    const body = JSON.parse(text) as Record<string, unknown>;
    expect(body).toEqual({ csrfToken: browser.value('__Host-csrf'), expiresIn: 900 });
    const attributes = browser.set.map((line) => line.replace(/=[^;]+/, '='));
    expect(attributes.toSorted()).toEqual([
      '__Host-access=; Max-Age=900; Path=/; Secure; HttpOnly; SameSite=Lax',
      '__Host-csrf=; Max-Age=604800; Path=/; Secure; SameSite=Strict',
      '__Secure-refresh=; Max-Age=604800; Path=/auth/refresh; Secure; HttpOnly; SameSite=Strict',
    ]);
  });

  it('are taken for reading as they are, for changing with origin and token alone', async () => {
    const browser = await signedIn();
    const csrf = browser.value('__Host-csrf')!;
    const own = { Origin: 'https://api.example.com' };
    const token = { 'X-CSRF-Token': csrf };
    expect((await browser.send('GET', '/things')).status).toBe(200);
    expect(handled).toEqual(['read']);
    const cases: Array<[Record<string, string>, number, string?]> = [
      [{}, 403, 'csrf.origin'],
      [token, 403, 'csrf.origin'],
      [own, 403, 'csrf.token'],
      [{ ...own, 'X-CSRF-Token': `${csrf}x` }, 403, 'csrf.token'],
      [{ ...token, Origin: 'https://evil.example' }, 403, 'csrf.origin'],
      [{ ...token, Origin: 'null' }, 403, 'csrf.origin'],
      [{ ...token, Origin: 'http://api.example.com' }, 403, 'csrf.origin'],
      [{ ...token, Origin: 'https://api.example.com.evil.example' }, 403, 'csrf.origin'],
      [{ ...token, Origin: 'https://evil.example/https://api.example.com' }, 403, 'csrf.origin'],
      [{ ...token, Origin: 'https://sub.api.example.com' }, 403, 'csrf.origin'],
      [{ ...token, ...own, 'Sec-Fetch-Site': 'cross-site' }, 403, 'csrf.origin'],
      [{ ...token, 'Sec-Fetch-Site': 'same-site' }, 403, 'csrf.origin'],
      [{ ...token, 'Sec-Fetch-Site': 'none' }, 403, 'csrf.origin'],
      [{ ...token, Referer: 'https://api.example.com/' }, 403, 'csrf.origin'],
      [{ ...token, ...own }, 204],
      [{ ...token, ...own, 'Sec-Fetch-Site': 'same-origin' }, 204],
      [{ ...token, 'Sec-Fetch-Site': 'same-origin' }, 204],
      [{ ...token, Origin: APP, 'Sec-Fetch-Site': 'same-site' }, 204],
    ];
    handled = [];
    for (const [headers, status, why] of cases) {
      events.length = 0;
      const answer = await browser.send('POST', '/things', headers);
      expect([headers, answer.status, reason()]).toEqual([headers, status, why]);
    }
    expect(handled).toEqual(Array(4).fill('write'));
    expect(JSON.stringify(events)).not.toContain(csrf);
  });

  it('take the CSRF token of their own session alone, in every one of its refreshes', async () => {
    const browser = await signedIn();
    const other = new Browser(started.url);
    await other.own('POST', '/auth/login', { id: 'mallory' });
    const write = (token: string) =>
      browser.send('POST', '/things', { Origin: APP, 'X-CSRF-Token': token }).then(({ status }) => status);
    const csrf = browser.value('__Host-csrf')!;
    expect(await write(other.value('__Host-csrf')!)).toBe(403);
    await browser.own('POST', '/auth/refresh');
    expect(await write(csrf)).toBe(204);
    expect(handled).toEqual(['write']);
  });

  it('are protected where JwtAuthGuard asks alone, too', async () => {
    const signed = await signedIn();
    await started.close();
    // Asked by that guard and no other: the route is public.
    const browser = await open({}, [{ provide: APP_GUARD, useClass: JwtAuthGuard }]);
    expect((await browser.own('POST', '/auth/login')).status).toBe(401);
    for (const [name, cookie] of signed.cookies) browser.cookies.set(name, cookie);
    expect((await browser.send('POST', '/auth/login', { Origin: APP })).status).toBe(403);
    expect(reason()).toBe('csrf.token');
    expect((await browser.own('POST', '/auth/login')).status).toBe(200);
  });

  it('let a bearer through as ever, and two credentials not at all', async () => {
    const browser = await signedIn();
    const authorization = `Bearer ${browser.value('__Host-access')}`;
    const bare = new Browser(started.url);
    expect((await bare.send('POST', '/things', { Authorization: authorization })).status).toBe(204);
    expect((await browser.send('GET', '/things', { Authorization: authorization })).status).toBe(400);
    expect(reason()).toBe('credential.several');
    const twice = `__Host-access=a; __Host-access=${browser.value('__Host-access')}`;
    expect((await bare.send('GET', '/things', { Cookie: twice })).status).toBe(400);
  });

  it('go on by the refresh route, which is protected as well and uses up no token where it refuses', async () => {
    const browser = await signedIn();
    const before = browser.value('__Secure-refresh');
    const refused: Array<Record<string, string>> = [
      {},
      { Origin: 'https://api.example.com' },
      { Origin: 'https://evil.example', 'X-CSRF-Token': browser.value('__Host-csrf')! },
      { Origin: 'https://api.example.com', 'X-CSRF-Token': 'x' },
    ];
    for (const headers of refused) {
      expect((await browser.send('POST', '/auth/refresh', headers)).status).toBe(403);
      expect(reason()).toMatch(/^csrf\./);
      expect(browser.set).toEqual([]);
    }
    expect((await browser.own('POST', '/auth/refresh')).status).toBe(200);
    expect(browser.value('__Secure-refresh')).not.toBe(before);
    expect((await browser.send('GET', '/things')).status).toBe(200);
    // Never elsewhere, and never from the body.
    const bare = new Browser(started.url);
    const { status } = await bare.own('POST', '/auth/refresh', {
      refreshToken: browser.value('__Secure-refresh'),
    });
    expect([status, reason()]).toEqual([401, 'session.invalid']);
    const planted = `__Secure-refresh=x; __Secure-refresh=${browser.value('__Secure-refresh')}`;
    expect((await bare.send('POST', '/auth/refresh', { Origin: APP, Cookie: planted })).status).toBe(401);
  });

  it('of many tabs that refresh at once stay the same for all, and nobody’s are taken', async () => {
    const browser = await signedIn();
    const tabs = Array.from({ length: 30 }, () => browser.copy());
    const answers = await Promise.all(tabs.map((tab) => tab.own('POST', '/auth/refresh')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(tabs.map((tab) => tab.value('__Secure-refresh'))).size).toBe(1);
    for (const tab of tabs) expect(tab.set.filter((line) => line.includes('Max-Age=0'))).toEqual([]);
    expect((await tabs[7]!.own('POST', '/auth/refresh')).status).toBe(200);
  });

  it('are left alone by a refusal, also that of a reused token', async () => {
    const browser = await signedIn({ grace: 0 });
    const late = browser.copy();
    await browser.own('POST', '/auth/refresh');
    expect((await browser.send('GET', '/things')).status).toBe(200);
    expect((await late.own('POST', '/auth/refresh')).status).toBe(401);
    expect([reason(), late.set]).toEqual(['session.reused', []]);
    // It has ended for both, access tokens included.
    for (const each of [browser, late]) expect((await each.send('GET', '/things')).status).toBe(401);
    expect(handled).toEqual(['read']);
  });

  it.each(['logout', 'everywhere'])('end with %s, in the browser too', async (path) => {
    const browser = await signedIn();
    const thief = browser.copy();
    expect((await browser.send('POST', `/auth/${path}`)).status).toBe(403);
    expect((await browser.own('POST', `/auth/${path}`)).status).toBe(204);
    expect(browser.set).toHaveLength(3);
    expect(browser.cookies.size).toBe(0);
    expect((await thief.own('POST', '/auth/refresh')).status).toBe(401);
    expect((await thief.send('GET', '/things')).status).toBe(401);
  });

  it('end by the refresh token alone, when the access token has expired', async () => {
    const browser = await signedIn();
    const [thief, unchanged] = [browser.copy(), browser.copy()];
    for (const each of [browser, thief]) each.cookies.delete('__Host-access');
    const path = '/auth/refresh/logout';
    const own = { Origin: 'https://api.example.com' };
    for (const headers of [{}, own, { ...own, 'X-CSRF-Token': 'x' }, { Origin: 'https://evil.example' }]) {
      expect((await browser.send('POST', path, headers)).status).toBe(403);
      expect([reason()?.split('.')[0], browser.set]).toEqual(['csrf', []]);
    }
    expect((await unchanged.send('GET', '/things')).status).toBe(200);
    expect((await browser.own('POST', path)).status).toBe(204);
    expect([browser.set.length, browser.cookies.size]).toEqual([3, 0]);
    expect((await thief.own('POST', '/auth/refresh')).status).toBe(401);
    expect((await unchanged.send('GET', '/things')).status).toBe(401);
    // It is over already, and the cookies go all the same.
    expect((await thief.own('POST', path)).status).toBe(204);
    expect(thief.cookies.size).toBe(0);
  });

  it('end by no refresh token of a body', async () => {
    const browser = await signedIn();
    const bare = new Browser(started.url);
    const { status } = await bare.own('POST', '/auth/refresh/logout', {
      refreshToken: browser.value('__Secure-refresh'),
    });
    expect(status).toBe(204);
    expect((await browser.own('POST', '/auth/refresh')).status).toBe(200);
  });

  it('are not begun by the page of somebody else, who would have signed us in as themselves', async () => {
    const browser = await open();
    const answer = await browser.send('POST', '/auth/login', { Origin: 'https://evil.example' });
    expect([answer.status, reason(), browser.set]).toEqual([403, 'csrf.origin', []]);
  });

  it('are set for the path and the strictness that the options say', async () => {
    const browser = await open({ cookie: { refreshPath: '/shop/auth/refresh', sameSite: 'strict' } });
    await browser.own('POST', '/auth/login');
    expect(browser.set.every((line) => line.includes('SameSite=Strict'))).toBe(true);
    expect(browser.set.join()).toContain('Path=/shop/auth/refresh;');
  });

  it('are nothing to an application whose tokens are bearers', async () => {
    const browser = await open({ transport: 'bearer', cookie: undefined });
    const { text } = await browser.send('POST', '/auth/login');
    const { accessToken, refreshToken } = JSON.parse(text) as Record<string, string>;
    expect([browser.set, refreshToken?.length]).toEqual([[], 89]);
    const read = await browser.send('GET', '/things', { Cookie: `__Host-access=${accessToken}` });
    expect([read.status, reason()]).toEqual([401, 'token.missing']);
  });
});
