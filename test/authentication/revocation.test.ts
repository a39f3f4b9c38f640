import { Controller, Get, Post } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SkipThrottle } from '@nestjs/throttler';
import { SignJWT } from 'jose';
import {
  Authenticated,
  CurrentUser,
  JwtAuthGuard,
  Public,
  Returns,
  Revocation,
  type Denial,
  type Principal,
  type SecurityEvent,
  type SecurityOptions,
  type StateOp,
} from 'nestjs-gatehouse';
import { afterEach, describe, expect, it } from 'vitest';
import { RequestFacts } from '../../lib/core/request-facts.js';
import { GuardedStore } from '../../lib/kit/state/guarded-store.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { StateTrip } from '../../lib/kit/state/state-trip.js';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import { FlakyStore, type Mood } from '../limits/flaky-store.js';
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
  @Get('open') @Public('a guard of the application asks') @Returns(null) open() {
    handled++;
  }
  @Post('report-theft') @Public('for a test') @SkipThrottle() @Returns(null) async theft() {
    await this.revocation.revokeSubject('alice');
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

let app: StartedApp | undefined;
let events: SecurityEvent[];
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(
  adapter: AdapterName,
  options: Partial<SecurityOptions> = {},
  providers: unknown[] = [],
): Promise<void> {
  handled = 0;
  events = [];
  const module = guardedModule(
    [MeController],
    {
      authentication: { ...issuer.options, revocation: true },
      events: { sink: { write: (event) => void events.push(event) } },
      ...options,
    },
    providers,
  );
  app = await startApp(module, adapter);
}
async function send(method: string, path: string, authorization: string) {
  const response = await fetch(`${app!.url}/me${path}`, { method, headers: { authorization } });
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
    expect((await send('POST', '/logout-everywhere', one)).status).toBe(401);
    expect(handled).toBe(0);
    expect(events.map((event) => 'reason' in event && event.reason)).toEqual(Array(2).fill('token.revoked'));
    for (const token of [other, bob]) expect((await send('GET', '', token)).status).toBe(200);
  });

  it('ends it for JwtAuthGuard as well, where that asks alone', async () => {
    await start(adapter, {}, [{ provide: APP_GUARD, useExisting: JwtAuthGuard }]);
    const [one, other] = [await bearer('alice'), await bearer('alice')];
    expect((await send('POST', '/logout', one)).status).toBe(201);
    // By the store, then by this instance.
    for (let i = 0; i < 3; i++) expect((await send('GET', '/open', one)).status).toBe(401);
    expect(handled).toBe(0);
    expect(events.map((event) => 'reason' in event && event.reason)).toEqual(Array(3).fill('token.revoked'));
    expect((await send('GET', '/open', other)).status).toBe(200);
  });

  it('a revoked token spends what its owner may call once, and then only what its address may fail', async () => {
    await start(adapter, {
      throttling: {
        throttlers: [{ name: 'user', by: 'user', ttl: 600_000, limit: 4 }],
        failures: { limit: 3, ttl: 600_000 },
      },
    });
    const [stolen, own] = [await bearer('alice'), await bearer('alice')];
    expect((await send('POST', '/logout', stolen)).status).toBe(201);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await send('GET', '', stolen)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429]);
    const owned: number[] = [];
    for (let i = 0; i < 3; i++) owned.push((await send('GET', '', own)).status);
    // One for the logout, one for the first of the stolen token.
    expect(owned).toEqual([200, 200, 429]);
  });

  it.each<Mood>(['rejects', 'throws', 'hangs'])(
    'a handler that takes back while the store %s answers 503',
    async (mood) => {
      const state = new FlakyStore();
      await start(adapter, { state, outage: { deadline: 25 } });
      state.mood = mood;
      expect((await send('POST', '/report-theft', '')).status).toBe(503);
      expect(events).toMatchObject([{ reason: 'state.unavailable' }]);
      expect(JSON.stringify(events)).not.toContain('secret');
    },
  );

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
    const revocation = app!.app.get(Revocation);
    await expect(revocation.revokeSubject('alice')).rejects.toThrow(/authentication\.revocation/);
  });

  it('is shared by what shares a store', async () => {
    const state = memoryState();
    await start(adapter, { state });
    const first = app!;
    const token = await bearer('alice');
    expect((await send('POST', '/logout', token)).status).toBe(201);
    await start(adapter, { state });
    expect((await send('GET', '', token)).status).toBe(401);
    await first.close();
  });
});

describe('Revocation', () => {
  const START = 1_790_000_000_000;
  function house() {
    let now = START;
    const clock = () => now;
    const inner = memoryState({ clock });
    const state = { down: false };
    const flapping = {
      run: (batch: readonly StateOp[]) => {
        if (state.down) throw new Error('down');
        return inner.run(batch);
      },
    };
    const store = new GuardedStore(flapping, 50, { began: () => undefined, ended: () => undefined }, clock);
    const settings = resolveAuthentication({ ...issuer.options, revocation: true });
    const revocation = new Revocation(settings, store, 60_000, clock);
    const trip = new StateTrip(store);
    const asks = (principal: Principal, changes = false) => {
      const facts = new RequestFacts('id', 'trace', '127.0.0.1', now);
      facts.ask(revocation.askFor(principal, changes));
      return (trip.run(facts) as Denial | undefined)?.reason;
    };
    return { revocation, asks, state, advance: (ms: number) => void (now += ms) };
  }
  const principal = (id: string, claims: Record<string, unknown> = {}): Principal => ({
    id,
    roles: [],
    scopes: [],
    claims: { iat: START / 1000, exp: START / 1000 + 600, ...claims },
    method: 'jwt',
    authenticatedAt: 0,
  });

  it('takes back what was issued in the second of the call, whatever fraction of it `iat` has', async () => {
    const { revocation, asks, advance } = house();
    advance(500);
    await revocation.revokeSubject('alice');
    const second = START / 1000;
    const seen = [-1, 0, 0.4, 0.9, 0.999].map((later) => asks(principal('alice', { iat: second + later })));
    expect(seen).toEqual(Array(5).fill('token.revoked'));
    expect(asks(principal('alice', { iat: second + 1 }))).toBeUndefined();
    expect(asks(principal('bob'))).toBeUndefined();
  });

  it('knows again what it has seen revoked, and nothing else', async () => {
    const { revocation, asks, state } = house();
    const [alice, bob] = [principal('alice'), principal('bob')];
    await revocation.revokeSubject('alice');
    expect(revocation.recall(alice)).toBeUndefined();
    expect([asks(alice), asks(bob)]).toEqual(['token.revoked', undefined]);
    state.down = true;
    expect([revocation.recall(alice)?.reason, asks(alice)]).toEqual(['token.revoked', 'token.revoked']);
    expect([revocation.recall(bob), asks(bob)]).toEqual([undefined, undefined]);
  });

  it('lets reads go on for so long after the last look at the token, be there a dozen outages or one', () => {
    const { asks, state, advance } = house();
    const [alice, bob] = [principal('alice'), principal('bob')];
    expect([asks(alice), asks(bob)]).toEqual([undefined, undefined]);
    for (let i = 0; i < 5; i++) {
      advance(10_000);
      state.down = true;
      for (let j = 0; j < 4; j++) expect(asks(alice)).toBeUndefined();
      expect(asks(alice, true)).toBe('state.unavailable');
      expect(asks(principal('stranger'))).toBe('state.unavailable');
      // It works again, and only bob calls.
      advance(1000);
      state.down = false;
      expect(asks(bob)).toBeUndefined();
    }
    state.down = true;
    advance(4999);
    expect([asks(alice), asks(bob)]).toEqual([undefined, undefined]);
    advance(1);
    expect([asks(alice), asks(bob)]).toEqual(['state.unavailable', undefined]);
    advance(250);
    state.down = false;
    expect(asks(alice)).toBeUndefined();
    state.down = true;
    expect(asks(alice)).toBeUndefined();
  });
});
