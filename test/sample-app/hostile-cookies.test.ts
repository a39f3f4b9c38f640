import type { SecurityEvent } from 'nestjs-gatehouse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createShop } from '../../sample-app/app.module.js';
import { Browser } from '../accounts/sessions/browser.js';
import { material, withKeyFile } from '../attacks/support/tokens.js';
import { controlToken, hostileTokens } from '../authentication/hostile-tokens.js';
import { HandlerCounter } from '../support/handler-counter.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';

const PASSWORD = 'a password for tests';
const REFRESH = '__Secure-refresh';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Tokens that are wrong as such. What is only wrong around a token has no place in a cookie: blanks there are none of it. */
const accessTokens = hostileTokens(material).flatMap(({ name, authorization }) => {
  const token = typeof authorization === 'string' ? authorization.replace(/^Bearer /, '') : '';
  return name.startsWith('grammar:') || token === '' || /[\s;]/.test(token) ? [] : [{ name, token }];
});

/** Cookies with a refresh token that is nearly the good one. */
function refreshCookies(good: string, others: string): Array<{ name: string; cookie: string }> {
  const named = (name: string, value: string) => ({ name, cookie: `${REFRESH}=${value}` });
  const [session, secret, mark] = good.split('.') as [string, string, string];
  const [session2, secret2, mark2] = others.split('.') as [string, string, string];
  const bent = Array.from(good, (letter, at) => {
    const by = letter === '.' ? '-' : ALPHABET[(ALPHABET.indexOf(letter) + 1) % ALPHABET.length]!;
    return named(`another letter at ${at}`, good.slice(0, at) + by + good.slice(at + 1));
  });
  const cut = [1, 2, 22, 23, 44, 66, 67, 88].map((length) =>
    named(`cut at ${length}`, good.slice(0, length)),
  );
  const mixed = [
    [session2, secret, mark],
    [session, secret2, mark],
    [session, secret2, mark2],
    [session, secret, mark2],
    [session2, secret2, mark],
    [session, mark, secret],
    [secret, session, mark],
  ].map((parts, i) => named(`parts of two, ${i}`, parts.join('.')));
  const around = ['"', "'", 'x', '%', '.', '=', ',', '\\', '%00', '\u00ff'].flatMap((text) => [
    named(`${text} before`, text + good),
    named(`${text} after`, good + text),
  ]);
  const otherwise = [
    encodeURIComponent(good).replaceAll('.', '%2E'),
    good.toLowerCase(),
    good.toUpperCase(),
    good.replaceAll('-', '+').replaceAll('_', '/').concat('='),
    Buffer.from(good).toString('base64url'),
    JSON.stringify({ refreshToken: good }),
    `Bearer${good}`,
    'null',
    'undefined',
    '[object Object]',
    '__proto__',
    '0',
    '',
    '*',
    `${'A'.repeat(22)}.${'A'.repeat(43)}.${'A'.repeat(22)}`,
  ].map((value) => named(`instead: ${value.slice(0, 20)}`, value));
  const names = ['__Host-refresh', '__secure-refresh', 'refresh', ' x__Secure-refresh', '__Secure-refresh2'];
  return [
    ...bent,
    ...cut,
    ...mixed,
    ...around,
    ...otherwise,
    ...names.map((name) => ({ name: `as ${name}`, cookie: `${name}=${good}` })),
    { name: 'twice', cookie: `${REFRESH}=${good}; ${REFRESH}=${good}` },
    { name: 'beside a planted one', cookie: `${REFRESH}=x; ${REFRESH}=${good}` },
    { name: 'before a planted one', cookie: `${REFRESH}=${good}; ${REFRESH}=x` },
    { name: 'none', cookie: 'a=b' },
  ];
}

describe.each(ADAPTERS)('hostile cookies on %s', (adapter) => {
  const counter = new HandlerCounter();
  const events: SecurityEvent[] = [];
  let shop: StartedApp;

  beforeAll(async () => {
    const sink = { write: (event: SecurityEvent) => void events.push(event) };
    const limits = { address: 100_000, badTokens: 100_000 };
    shop = await withKeyFile((keyFile) =>
      startApp(
        createShop({ password: PASSWORD, cookies: true, keyFile, limits, events: sink }),
        adapter,
        (app) => app.useGlobalInterceptors(counter),
      ),
    );
  });
  afterAll(() => shop.close());

  it(`${accessTokens.length} access tokens: none gets in, but the control`, async () => {
    expect(accessTokens.length).toBeGreaterThan(70);
    const browser = new Browser(shop.url);
    const read = async (token: string) =>
      (await browser.send('GET', '/orders', { Cookie: `__Host-access=${token}` })).status;
    const control = controlToken(material).replace('Bearer ', '');
    expect(await read(control)).toBe(200);
    counter.reached.length = 0;
    const accepted: string[] = [];
    for (const { name, token } of accessTokens) {
      const status = await read(token);
      // 431: more than Node takes for headers at all.
      if (![401, 431].includes(status)) accepted.push(`${name}: ${status}`);
    }
    expect(accepted).toEqual([]);
    expect(counter.reached).toEqual([]);
    expect(await read(control)).toBe(200);
  });

  it('a control that may read may not write: it is of no session', async () => {
    const browser = new Browser(shop.url);
    const Cookie = `__Host-access=${controlToken(material).replace('Bearer ', '')}`;
    const headers = { Cookie, Origin: `https://${browser.host}`, 'X-CSRF-Token': 'x' };
    expect((await browser.send('POST', '/auth/logout', headers)).status).toBe(403);
  });

  it('refresh tokens: none gives another, none ends the session, and the good one does go on', async () => {
    const login = { username: 'alice', password: PASSWORD };
    const [browser, other] = [new Browser(shop.url), new Browser(shop.url)];
    for (const each of [browser, other])
      expect((await each.own('POST', '/auth/login', login)).status).toBe(200);
    const cases = refreshCookies(browser.value(REFRESH)!, other.value(REFRESH)!);
    expect(cases.length).toBeGreaterThan(140);
    const headers = { Origin: `https://${browser.host}`, 'X-CSRF-Token': browser.value('__Host-csrf')! };
    const accepted: string[] = [];
    for (const { name, cookie } of cases) {
      const { status } = await new Browser(shop.url).send('POST', '/auth/refresh', {
        ...headers,
        Cookie: cookie,
      });
      if (status !== 401) accepted.push(`${name}: ${status}`);
    }
    expect(accepted).toEqual([]);
    expect(events.filter(({ type }) => type.startsWith('session.'))).toEqual([]);
    for (const each of [browser, other]) expect((await each.own('POST', '/auth/refresh')).status).toBe(200);
  });
});
