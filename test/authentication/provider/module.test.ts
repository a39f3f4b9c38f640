import { Controller, Get, Post } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import {
  Authenticated,
  CurrentUser,
  Returns,
  Revocation,
  Roles,
  type Principal,
  type SecurityEvent,
} from 'nestjs-gatehouse';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../support/api-client.js';
import { guardedModule } from '../../support/guarded-module.js';
import { API, API_CLIENT, IdentityProvider, OPAQUE_API } from '../../support/identity-provider.js';
import { ADAPTERS, startApp } from '../../support/start-app.js';
import { Forge, newKey } from '../forge.js';

const secret = newKey('HS256');
const shop = new Forge({ issuer: 'shop', audience: API, algorithm: 'HS256', signingKey: secret });
let handled = 0;

@Controller('me')
class MeController {
  constructor(private readonly revocation: Revocation) {}

  @Get() @Authenticated() @Returns(String) me(@CurrentUser() { id }: Principal): string {
    handled++;
    return id;
  }
  @Get('unlimited') @Roles('user') @SkipThrottle() @Returns(String) unlimited(
    @CurrentUser() { id }: Principal,
  ): string {
    handled++;
    return id;
  }
  @Post('logout-everywhere') @Authenticated() @SkipThrottle() @Returns(null) async everywhere(
    @CurrentUser() { id }: Principal,
  ): Promise<void> {
    await this.revocation.revokeSubject(id);
  }
}

const closing: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(adapter: (typeof ADAPTERS)[number]) {
  const provider = await IdentityProvider.start('RS256');
  closing.push(() => provider.down());
  const opaque = await IdentityProvider.start('ES256');
  closing.push(() => opaque.down());
  const events: SecurityEvent[] = [];
  const module = guardedModule([MeController], {
    authentication: {
      issuers: [
        { issuer: 'shop', audience: API, secret: secret.export() as Buffer },
        { issuer: provider.url, audience: API },
        { issuer: opaque.url, audience: OPAQUE_API, introspection: API_CLIENT },
      ],
      revocation: true,
    },
    throttling: { throttlers: [{ name: 'user', by: 'user', ttl: 60_000, limit: 2 }] },
    events: { sink: { write: (event) => void events.push(event) } },
  });
  const app = await startApp(module, adapter);
  closing.push(app.close);
  handled = 0;
  const client = new ApiClient(app.url);
  return { provider, opaque, events, as: (token: string) => client.as(token) };
}

describe.each(ADAPTERS)('an application with three issuers, on %s', (adapter) => {
  it('knows the callers of each, and keeps their limits and revocations apart', async () => {
    const { provider, opaque, as } = await start(adapter);
    const sameName = [
      as(shop.claiming({ sub: 'alice' })),
      as((await provider.signIn('alice')).access_token),
      as((await opaque.signIn('alice', OPAQUE_API)).access_token),
    ];
    const ids = ['shop|alice', `${provider.url}|alice`, `${opaque.url}|alice`];
    for (const [i, caller] of sameName.entries()) {
      expect((await caller.get('/me/unlimited')).text).toContain(ids[i]);
      for (const status of [200, 200, 429]) expect((await caller.get('/me')).status).toBe(status);
    }
    for (const [i, caller] of sameName.entries()) {
      expect((await caller.post('/me/logout-everywhere')).status).toBe(201);
      const statuses = await Promise.all(
        sameName.map(async (who) => (await who.get('/me/unlimited')).status),
      );
      expect(statuses).toEqual(sameName.map((_, other) => (other <= i ? 401 : 200)));
    }
  });

  it('refuses what none of them issued, with a reason in the log and none in the answer', async () => {
    const { provider, opaque, events, as } = await start(adapter);
    const { access_token: good, id_token: idToken } = await provider.signIn('alice');
    const asked = opaque.count('/token/introspection');
    for (const [token, reason] of [
      [shop.claiming({ iss: 'https://unknown.test' }), 'token.issuer'],
      [shop.claiming({ iss: provider.url }), 'token.algorithm'],
      [shop.claiming({ iss: opaque.url }), 'token.inactive'],
      [idToken!, 'token.type'],
      [`${good.slice(0, -4)}AAAA`, 'token.signature'],
      ['opaque-and-unknown', 'token.inactive'],
    ] as const) {
      const { status, headers, text } = await as(token).get('/me/unlimited');
      expect([status, headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer realm="api", error="invalid_token"',
      ]);
      expect(text).not.toContain('token.');
      expect(events.at(-1)).toMatchObject({ type: 'authentication.failed', reason });
    }
    expect(opaque.count('/token/introspection')).toBe(asked + 2);
    // At the start, and for none of these.
    expect(provider.count('/jwks')).toBe(1);
    expect(opaque.count('/jwks')).toBe(0);
    expect(handled).toBe(0);
  });

  it('goes on with the others while one is down', async () => {
    const { provider, opaque, as } = await start(adapter);
    const [jwt, unknown] = [await provider.signIn('alice'), await opaque.signIn('alice', OPAQUE_API)];
    await opaque.down();
    expect((await as(unknown.access_token).get('/me/unlimited')).status).toBe(503);
    expect((await as(jwt.access_token).get('/me/unlimited')).status).toBe(200);
    expect((await as(shop.claiming({})).get('/me/unlimited')).status).toBe(200);
  });
});
