import type { SecurityEvent } from 'nestjs-gatehouse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createShop } from '../../sample-app/app.module.js';
import { SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { Browser } from '../accounts/sessions/browser.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';

const PASSWORD = 'a password for tests';
const { alice } = SEEDED_USERS;

describe.each(ADAPTERS)('the shop in cookie mode on %s', (adapter) => {
  let shop: StartedApp;
  let browser: Browser;
  const events: SecurityEvent[] = [];

  beforeEach(async () => {
    events.length = 0;
    const sink = { write: (event: SecurityEvent) => void events.push(event) };
    shop = await startApp(createShop({ password: PASSWORD, cookies: true, events: sink }), adapter);
    browser = new Browser(shop.url);
    const login = await browser.own('POST', '/auth/login', { username: 'alice', password: PASSWORD });
    expect(login.status).toBe(200);
    expect(Object.keys(JSON.parse(login.text) as object).toSorted()).toEqual(['csrfToken', 'expiresIn']);
  });
  afterEach(() => shop.close());

  it('knows who signed in, beside the cookie of their device', async () => {
    expect(browser.set).toHaveLength(4);
    const me = await browser.send('GET', '/me');
    expect((JSON.parse(me.text) as { id: string }).id).toBe(alice.id);
    expect((await browser.own('PATCH', `/users/${alice.id}`, { displayName: 'Alice A.' })).status).toBe(200);
  });

  it('does nothing for the page of somebody else', async () => {
    const path = `/users/${alice.id}`;
    const body = { displayName: 'Mallory' };
    for (const headers of [{}, { Origin: 'https://evil.example' }, { Origin: `https://${browser.host}` }])
      expect((await browser.send('PATCH', path, headers as Record<string, string>, body)).status).toBe(403);
    expect(events.slice(-3).map((event) => 'reason' in event && event.reason)).toEqual([
      'csrf.origin',
      'csrf.origin',
      'csrf.token',
    ]);
    expect((await browser.send('GET', path)).text).not.toContain('Mallory');
  });

  it('goes on with a refresh, and ends with a logout', async () => {
    expect((await browser.own('POST', '/auth/refresh')).status).toBe(200);
    expect((await browser.send('GET', '/me')).status).toBe(200);
    const copy = browser.copy();
    expect((await browser.own('POST', '/auth/logout')).status).toBe(204);
    expect((await copy.own('POST', '/auth/refresh')).status).toBe(401);
    expect((await copy.send('GET', '/me')).status).toBe(401);
  });
});
