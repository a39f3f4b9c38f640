import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import { SignJWT } from 'jose';
import {
  Authenticated,
  CurrentUser,
  JwtAuthGuard,
  Public,
  Returns,
  Revocation,
  type Principal,
  type SecurityEvent,
  type SecurityOptions,
} from 'nestjs-gatehouse';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type AdapterName, type StartedApp } from '../support/start-app.js';
import { bearer, issuer } from '../support/tokens.js';

let handled = 0;

@Controller('me')
class MeController {
  constructor(private readonly revocation: Revocation) {}

  @Get() @Authenticated() @Returns(null) read() {
    handled++;
  }
  @Get('lone') @Public('guarded by hand') @UseGuards(JwtAuthGuard) @Returns(null) lone() {
    handled++;
  }
  @Post('logout') @Authenticated() @Returns(null) async logout(@CurrentUser() user: Principal) {
    await this.revocation.revokeToken(user);
  }
  @Post('logout-everywhere') @Authenticated() @Returns(null) async everywhere(
    @CurrentUser() { id }: Principal,
  ) {
    await this.revocation.revokeSubject(id);
  }
}

let app: StartedApp;
let events: SecurityEvent[];
afterEach(() => app.close());

async function start(adapter: AdapterName, options: Partial<SecurityOptions> = {}): Promise<void> {
  handled = 0;
  events = [];
  const module = guardedModule([MeController], {
    authentication: { ...issuer.options, revocation: true },
    events: { sink: { write: (event) => void events.push(event) } },
    ...options,
  });
  app = await startApp(module, adapter);
}
async function send(method: string, path: string, authorization: string) {
  const response = await fetch(`${app.url}/me${path}`, { method, headers: { authorization } });
  await response.text();
  return { status: response.status, challenge: response.headers.get('www-authenticate') };
}

async function issued(subject: string, iat: number, jti?: string): Promise<string> {
  const token = new SignJWT({ roles: [] })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
    .setIssuer(issuer.options.issuer)
    .setAudience(issuer.options.audience)
    .setSubject(subject)
    .setIssuedAt(iat)
    .setExpirationTime(iat + 600);
  if (jti !== undefined) token.setJti(jti);
  return `Bearer ${await token.sign(issuer.privateKey)}`;
}

describe.each(ADAPTERS)('revocation, on %s', (adapter) => {
  it('ends one token, at once and everywhere that asks for one', async () => {
    await start(adapter);
    const [one, other, bob] = [await bearer('alice'), await bearer('alice'), await bearer('bob')];
    for (const token of [one, other, bob]) expect((await send('GET', '', token)).status).toBe(200);
    expect((await send('POST', '/logout', one)).status).toBe(201);
    handled = 0;
    expect(await send('GET', '', one)).toEqual({
      status: 401,
      challenge: 'Bearer realm="api", error="invalid_token"',
    });
    expect((await send('GET', '/lone', one)).status).toBe(401);
    expect((await send('POST', '/logout-everywhere', one)).status).toBe(401);
    expect(handled).toBe(0);
    expect(events.map((event) => 'reason' in event && event.reason)).toEqual(Array(3).fill('token.revoked'));
    for (const token of [other, bob]) expect((await send('GET', '', token)).status).toBe(200);
    expect((await send('GET', '/lone', other)).status).toBe(200);
  });

  it('ends every token that a subject was issued so far, and none of later', async () => {
    await start(adapter);
    const now = Math.floor(Date.now() / 1000);
    const [old, fresh, bob] = [await issued('alice', now - 100), await bearer('alice'), await bearer('bob')];
    expect((await send('POST', '/logout-everywhere', fresh)).status).toBe(201);
    for (const token of [old, fresh]) expect((await send('GET', '', token)).status).toBe(401);
    expect((await send('GET', '', bob)).status).toBe(200);
    expect((await send('GET', '', await issued('alice', now + 3))).status).toBe(200);
  });

  it('cannot end a token without jti, but its subject', async () => {
    await start(adapter);
    const token = await issued('alice', Math.floor(Date.now() / 1000) - 5);
    expect((await send('POST', '/logout', token)).status).toBe(500);
    expect((await send('POST', '/logout-everywhere', token)).status).toBe(201);
    expect((await send('GET', '', token)).status).toBe(401);
  });

  it('asks nobody and ends nothing without the option, and says so', async () => {
    await start(adapter, { authentication: issuer.options });
    const token = await bearer('alice');
    expect((await send('POST', '/logout', token)).status).toBe(500);
    expect((await send('GET', '', token)).status).toBe(200);
    const revocation = app.app.get(Revocation);
    await expect(revocation.revokeSubject('alice')).rejects.toThrow(/authentication\.revocation/);
  });

  it('is shared by what shares a store', async () => {
    const state = memoryState();
    await start(adapter, { state });
    const first = app;
    const token = await bearer('alice');
    expect((await send('POST', '/logout', token)).status).toBe(201);
    await start(adapter, { state });
    expect((await send('GET', '', token)).status).toBe(401);
    await first.close();
  });
});
