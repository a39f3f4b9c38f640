import { Controller, Get, Injectable, Req, UseGuards, type ExecutionContext } from '@nestjs/common';
import { PassportModule, PassportStrategy } from '@nestjs/passport';
import { createRequire } from 'node:module';
import passport from 'passport';
import passportJwt from 'passport-jwt';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GuardCall } from '../../lib/core/control.js';
import type { Principal } from '../../lib/core/principal.js';
import { keepFacts, rawRequest, RequestFacts } from '../../lib/core/request-facts.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import { CurrentUser } from '../../lib/pipeline/authentication/current-user.decorator.js';
import { acceptedCredentials } from '../../lib/pipeline/authentication/accepted-credentials.js';
import { createJwtStrategy, JWT_STRATEGY } from '../../lib/pipeline/authentication/jwt.strategy.js';
import { JwtAuthGuard } from '../../lib/pipeline/authentication/jwt-auth.guard.js';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { StateTrip } from '../../lib/kit/state/state-trip.js';
import { ProofOfPossession } from '../../lib/pipeline/authentication/proof-of-possession.js';
import { Revocation } from '../../lib/pipeline/authentication/revocation.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';
import { Forge, newMaterial } from './forge.js';
import { ADAPTERS, guardedApp, type GuardedApp } from './guarded-app.js';
import { controlToken, hostileTokens } from './hostile-tokens.js';
import { reader } from './identify.js';
import { send } from './send.js';

const { material, options } = newMaterial('RS256');
const forge = new Forge(material);
let calls = 0;

@Controller()
class WhoController {
  @Get('guarded')
  @UseGuards(JwtAuthGuard)
  guarded(@CurrentUser() user: Principal, @Req() request: { user: unknown }) {
    calls++;
    return { id: user.id, roles: user.roles, same: request.user === user, frozen: Object.isFrozen(user) };
  }

  @Get('twice')
  @UseGuards(JwtAuthGuard, JwtAuthGuard)
  twice(@CurrentUser() user: Principal) {
    return { id: user.id };
  }

  @Get('open')
  open(@CurrentUser() user: Principal) {
    calls++;
    return { id: user.id };
  }
}

// jsonwebtoken is there, because passport-jwt needs it. From here on whoever calls it fails.
const jsonwebtoken = createRequire(createRequire(import.meta.url).resolve('passport-jwt'))(
  'jsonwebtoken',
) as Record<string, unknown>;
const originals = { ...jsonwebtoken };
beforeAll(() => {
  for (const name of ['verify', 'decode', 'sign']) {
    jsonwebtoken[name] = () => {
      throw new Error(`jsonwebtoken.${name} was called`);
    };
  }
});
afterAll(() => void Object.assign(jsonwebtoken, originals));

describe.each(ADAPTERS)('JwtAuthGuard alone on %s', (adapter) => {
  let app: GuardedApp;
  beforeAll(async () => {
    app = await guardedApp(adapter, options, [WhoController]);
  });
  afterAll(() => app.close());

  it('lets a good token in, hands over its principal, and calls jsonwebtoken for nothing', async () => {
    const answer = await send(`${app.url}/guarded`, controlToken(material));
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      200,
      { id: 'alice', roles: ['user'], same: true, frozen: true },
    ]);
    expect((await send(`${app.url}/twice`, controlToken(material))).status).toBe(200);
  });

  it('asks who brings nothing for a token, without an error code, wherever else the token may be', async () => {
    const token = forge.claiming({});
    const missing = await send(`${app.url}/guarded`);
    expect([missing.status, missing.headers['www-authenticate']]).toEqual([401, 'Bearer realm="api"']);
    const elsewhere = [
      'Cookie',
      `access_token=${token}`,
      'X-Access-Token',
      token,
      'Proxy-Authorization',
      `Bearer ${token}`,
    ];
    expect(
      (await send(`${app.url}/guarded?access_token=${token}&auth_token=${token}`, [], elsewhere)).body,
    ).toBe('token.missing');
  });

  it('reports what it refuses, with the reason', async () => {
    app.reported.length = 0;
    await send(`${app.url}/guarded`, `Bearer ${forge.headed({ typ: 'JWT' })}`);
    expect(app.reported).toEqual([expect.stringMatching(/^token\.type .*oidc-compat/)]);
  });

  it('lets none of the hostile tokens in, and runs the handler for none', async () => {
    calls = 0;
    const accepted: string[] = [];
    for (const { name, authorization } of hostileTokens(material)) {
      const { status, headers } = await send(`${app.url}/guarded`, authorization);
      const expected = name.includes('two headers') ? 400 : 401;
      if (status !== expected || !String(headers['www-authenticate']).startsWith('Bearer realm="api"'))
        accepted.push(`${name}: ${status}`);
    }
    expect(accepted).toEqual([]);
    expect(calls).toBe(0);
    expect((await send(`${app.url}/guarded`, controlToken(material))).status).toBe(200);
  });

  it('@CurrentUser() refuses where nobody is identified', async () => {
    calls = 0;
    expect((await send(`${app.url}/open`, controlToken(material))).body).toBe('access.undeclared');
    expect(calls).toBe(0);
  });

  it('is closed where the edge did not run', async () => {
    const bare = await guardedApp(adapter, options, [WhoController], { edge: false });
    expect((await send(`${bare.url}/guarded`, controlToken(material))).body).toBe('access.undeclared');
    await bare.close();
  });

  it('two apps in one process keep their own strategies', async () => {
    const other = newMaterial('RS256');
    const second = await guardedApp(adapter, other.options, [WhoController]);
    const statuses = await Promise.all(
      [app, second].flatMap(({ url }) =>
        [material, other.material].map(
          async (each) => (await send(`${url}/guarded`, controlToken(each))).status,
        ),
      ),
    );
    expect(statuses).toEqual([200, 401, 401, 200]);
    const { name } = second.app.get<{ name: string }>(JWT_STRATEGY);
    await second.close();
    expect(strategies()[name]).toBeUndefined();
    expect((await send(`${app.url}/guarded`, `Bearer ${forge.claiming({ sub: 'bob' })}`)).status).toBe(200);
  });

  it("the default strategy of the application's own PassportModule does not decide", async () => {
    @Injectable()
    class EverybodyStrategy extends PassportStrategy(passport.Strategy, 'everybody') {
      validate() {
        return {};
      }
      override authenticate(this: passport.StrategyCreated<unknown>) {
        this.success({ id: 'anybody' });
      }
    }
    const careless = await guardedApp(adapter, options, [WhoController], {
      imports: [PassportModule.register({ defaultStrategy: 'everybody', property: 'other' })],
    });
    passport.use('everybody', new EverybodyStrategy());
    expect((await send(`${careless.url}/guarded`, 'Bearer x')).status).toBe(401);
    expect((await send(`${careless.url}/guarded`, controlToken(material))).status).toBe(200);
    await careless.close();
    passport.unuse('everybody');
  });
});

describe('JwtAuthGuard', () => {
  const settings = resolveAuthentication(options);
  const accepted = acceptedCredentials(['jwt'], { realm: 'api' });
  const verifier = new TokenVerifier(settings);
  const store = memoryState();
  const guard = new JwtAuthGuard(
    createJwtStrategy(verifier, reader, accepted),
    reader,
    verifier,
    undefined,
    { record: () => undefined, denied: () => undefined },
    new ProofOfPossession(settings),
    undefined,
    new Revocation(settings, store, 0),
    new StateTrip(store),
  );
  afterEach(() => vi.restoreAllMocks());

  function callWith(authorization: string | undefined, type = 'http'): GuardCall {
    const rawHeaders = authorization === undefined ? [] : ['Authorization', authorization];
    const request = { rawHeaders, headers: {}, params: {}, query: {}, body: undefined };
    const http = { getRequest: () => request, getResponse: () => ({}) };
    const context = { getType: () => type, switchToHttp: () => http } as unknown as ExecutionContext;
    const raw = rawRequest(request);
    return { context, request, raw, facts: keepFacts(raw, new RequestFacts('id', 'trace', '127.0.0.1', 0)) };
  }

  it('needs neither passport nor a promise as a stage of SecurityGuard', () => {
    const authorize = vi.spyOn(passport, 'authenticate');
    const first = callWith(controlToken(material));
    expect(guard.identify(first, accepted)).toBeUndefined();
    const second = callWith(first.raw.rawHeaders[1]);
    expect(guard.identify(second, accepted)).toBeUndefined();
    expect(second.facts.principal).toBe(first.facts.principal);
    expect(second.request.user).toBe(first.facts.principal);
    expect(guard.canActivate(second.context)).toBe(true);
    expect(authorize).not.toHaveBeenCalled();
  });

  it('asks passport where it stands alone', async () => {
    const authorize = vi.spyOn(passport, 'authenticate');
    const call = callWith(controlToken(material));
    expect(await guard.canActivate(call.context)).toBe(true);
    expect(authorize).toHaveBeenCalledTimes(1);
    expect(call.facts.principal?.id).toBe('alice');
    expect(call.request.user).toBe(call.facts.principal);
  });

  it('does nothing where the caller is already known', () => {
    const call = callWith('Bearer garbage');
    call.facts.principal = {
      id: 'alice',
      roles: [],
      scopes: [],
      claims: {},
      method: 'jwt',
      authenticatedAt: 0,
    };
    expect(guard.canActivate(call.context)).toBe(true);
  });

  it('a refused request is left without a trace of a caller', async () => {
    const call = callWith('Bearer a.b.c');
    expect(await guard.identify(call, accepted)).toMatchObject({ reason: 'token.malformed' });
    expect([call.facts.principal, call.request.user]).toEqual([null, undefined]);
  });

  it.each(['ws', 'rpc', 'graphql', 'unknown'])('refuses a context of type %s', (type) => {
    expect(() => guard.canActivate(callWith(controlToken(material), type).context)).toThrow(SecurityDenial);
  });

  it.each([undefined, null, false, 0, ''])('does not take %s for a user', (user) => {
    expect(() => guard.handleRequest(undefined, user, undefined)).toThrow(SecurityDenial);
  });

  it('what breaks inside is an error, not a caller', async () => {
    vi.spyOn(verifier, 'verify').mockRejectedValue(new TypeError('broken'));
    await expect(
      guard.identify(callWith(`Bearer ${forge.claiming({ sub: 'carol' })}`), accepted),
    ).rejects.toThrow('broken');
  });

  it("is a subclass of passport-jwt's strategy", () => {
    const strategy = createJwtStrategy(verifier, reader, accepted);
    expect(strategy).toBeInstanceOf(passportJwt.Strategy);
    expect(strategies()[strategy.name]).toBe(strategy);
    strategy.onApplicationShutdown();
  });

  it('the trap is set: a stock passport-jwt strategy runs into it', async () => {
    const stock = new passportJwt.Strategy(
      { secretOrKey: 'x'.repeat(32), jwtFromRequest: () => 'a.b.c' },
      () => undefined,
    );
    expect(() => stock.authenticate({} as never)).toThrow(/jsonwebtoken\.verify was called/);
  });
});

function strategies(): Record<string, unknown> {
  return Reflect.get(passport, '_strategies') as Record<string, unknown>;
}
