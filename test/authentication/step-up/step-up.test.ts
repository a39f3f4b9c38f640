import { Controller, Get, Next } from '@nestjs/common';
import {
  Authenticated,
  AuthenticateWith,
  CurrentUser,
  Public,
  RawResponse,
  RequireDpop,
  Returns,
  StepUp,
  type Principal,
} from 'nestjs-gatehouse';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import { requirementOf } from '../../../lib/pipeline/authentication/requirements.js';
import { isSteppedUp } from '../../../lib/pipeline/authentication/step-up/step-up.js';
import { Posture } from '../../../lib/posture/posture.js';
import { guardedModule } from '../../support/guarded-module.js';
import { ADAPTERS, startApp, type AdapterName, type StartedApp } from '../../support/start-app.js';
import { bearer, issuer } from '../../support/tokens.js';
import { sendProven, tokenOf } from '../dpop/proof-app.js';
import { newProofKey, PUBLIC_URL } from '../dpop/proof-forge.js';
import { send } from '../send.js';

let served = 0;
const reasons: string[] = [];

@Controller('pay')
@StepUp({ acr: ['gold', 'silver'] })
class PayController {
  @Get()
  @Returns(String)
  pay(@CurrentUser() { id }: Principal) {
    served++;
    return id;
  }

  @Get('soon')
  @StepUp({ maxAge: 300, amr: ['pwd', 'otp'] })
  @Returns(String)
  soon(@CurrentUser() { id }: Principal) {
    served++;
    return id;
  }
}

const moduleOf = (controllers: Array<new () => object>, authentication: object = {}) =>
  guardedModule(controllers, {
    authentication: { ...issuer.options, ...authentication },
    events: { sink: { write: (event) => void ('reason' in event && reasons.push(event.reason)) } },
  });
const now = () => Math.floor(Date.now() / 1000);
const strong = () => ({ acr: 'silver', auth_time: now() - 10, amr: ['otp', 'pwd', 'hwk'] });

describe.each(ADAPTERS)('@StepUp on %s', (adapter: AdapterName) => {
  let app: StartedApp;
  beforeAll(async () => {
    app = await startApp(moduleOf([PayController], { dpop: { publicUrl: PUBLIC_URL } }), adapter);
  });
  afterAll(() => app.close());
  beforeEach(() => {
    served = 0;
    reasons.length = 0;
  });
  const by = async (path: string, claims: object) =>
    send(app.url + path, await bearer('alice', [], { ...claims }));

  it('lets in who signed in as it asks', async () => {
    for (const acr of ['gold', 'silver']) expect((await by('/pay', { acr })).status).toBe(200);
    expect((await by('/pay/soon', strong())).status).toBe(200);
    expect(served).toBe(3);
  });

  it('answers who did not with what to ask the issuer for', async () => {
    const { status, headers, body } = await by('/pay', { acr: 'bronze' });
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="api", error="insufficient_user_authentication", acr_values="gold silver"',
    ]);
    expect(JSON.parse(body)).toMatchObject({ status: 401 });
    const late = await by('/pay/soon', { ...strong(), auth_time: now() - 400 });
    expect(late.headers['www-authenticate']).toBe(
      'Bearer realm="api", error="insufficient_user_authentication", max_age="300"',
    );
    expect([served, reasons]).toEqual([0, ['token.step-up', 'token.step-up']]);
  });

  it.each<[string, object]>([
    ['no acr', { acr: undefined }],
    ['another acr', { acr: 'GOLD' }],
    ['a list for acr', { acr: ['silver'] }],
    ['both words in one acr', { acr: 'gold silver' }],
    ['no auth_time', { auth_time: undefined }],
    ['an auth_time too long ago', { auth_time: now() - 310 }],
    ['an auth_time in the future', { auth_time: now() + 100 }],
    ['no amr', { amr: undefined }],
    ['half the amr', { amr: ['pwd'] }],
    ['text for amr', { amr: 'pwd otp' }],
    ['nothing', { acr: undefined, auth_time: undefined, amr: undefined }],
  ])('%s: the handler does not run', async (_, claims) => {
    const { status } = await by('/pay/soon', { ...strong(), ...claims });
    expect([status, served, reasons]).toEqual([401, 0, ['token.step-up']]);
  });

  it('holds for a bound token too, whose proof it does not use up', async () => {
    const key = await newProofKey('ES256');
    const weak = await tokenOf('alice', key);
    const answer = await sendProven(app, weak, key, '/pay', { jti: 'one' });
    expect(answer.headers['www-authenticate']).toMatch(
      /^DPoP realm="api", algs="[^"]+", error="insufficient_user_authentication", acr_values="gold silver"$/,
    );
    const better = await tokenOf('alice', key, strong());
    expect((await sendProven(app, better, key, '/pay', { jti: 'one' })).status).toBe(200);
  });

  it('stands in the inventory', () => {
    const table = app.app.get(Posture).table();
    expect(table).toContain('acr gold or silver');
    expect(table).toContain('amr pwd and otp, signed in 300s ago at most');
  });
});

@Controller()
class DetourController {
  @Get('detour')
  @Authenticated()
  @RawResponse('hands the request on')
  first(@Next() next: () => void) {
    next();
  }

  @Get('detour')
  @StepUp({ acr: 'gold' })
  @Returns(String)
  second() {
    served++;
    return 'second';
  }
}

it('holds where another route has let the caller in and hands the request on', async () => {
  const app = await startApp(moduleOf([DetourController]), 'express');
  served = 0;
  expect((await send(`${app.url}/detour`, await bearer('alice'))).status).toBe(401);
  expect(served).toBe(0);
  expect((await send(`${app.url}/detour`, await bearer('alice', [], { acr: 'gold' }))).status).toBe(200);
  expect(served).toBe(1);
  await app.close();
});

describe('the rule', () => {
  const rule = { acr: [], maxAge: 300, amr: [] };
  it.each<[unknown, boolean]>([
    [1000, true],
    [700, true],
    [699, false],
    [1001, false],
    [undefined, false],
    ['1000', false],
    [NaN, false],
    [Infinity, false],
    [null, false],
  ])('auth_time %j at 1000 with maxAge 300: %j', (auth_time, expected) => {
    expect(isSteppedUp(rule, { auth_time, iat: 1000 }, 1000)).toBe(expected);
  });

  it.each([
    [1005, true],
    [1006, false],
  ])('auth_time %j of a token that an issuer ahead issued at 1005, at 1000: %j', (auth_time, expected) => {
    expect(isSteppedUp(rule, { auth_time, iat: 1005 }, 1000)).toBe(expected);
  });

  it('is met by no API key, whatever its claims say', () => {
    const demands = {
      dpopOnly: false,
      stepUp: [{ acr: ['gold'], maxAge: undefined, amr: [] }],
      bearer: 'Bearer',
      dpop: undefined,
    };
    const requirement = requirementOf(demands)!;
    const principal = { id: 'a', roles: [], scopes: [], claims: { acr: 'gold' }, authenticatedAt: 0 };
    expect(requirement({ ...principal, method: 'api-key' })).toHaveProperty('reason', 'token.step-up');
    expect(requirement({ ...principal, method: 'jwt' })).toBeUndefined();
  });
});

describe('at boot', () => {
  it.each<[string, () => MethodDecorator & ClassDecorator, RegExp]>([
    ['@StepUp', () => StepUp({ acr: 'gold' }), /@StepUp/],
    ['@RequireDpop', () => RequireDpop(), /@RequireDpop/],
  ])(
    '%s on a public route does not start, and on one that takes API keys neither',
    async (_, decorator, named) => {
      class OpenController {
        open() {
          return 'open';
        }
      }
      const descriptor = Object.getOwnPropertyDescriptor(OpenController.prototype, 'open')!;
      for (const each of [Get('open'), Public('a probe'), Returns(String), decorator()])
        each(OpenController.prototype, 'open', descriptor);
      Controller()(OpenController);
      const module = moduleOf([OpenController], { dpop: { publicUrl: PUBLIC_URL } });
      await expect(startApp(module, 'express')).rejects.toThrow(/access\.contradiction/);
      await expect(startApp(module, 'express')).rejects.toThrow(named);

      class KeysController {
        keys() {
          return 'keys';
        }
      }
      const keys = Object.getOwnPropertyDescriptor(KeysController.prototype, 'keys')!;
      for (const each of [Get('keys'), AuthenticateWith('jwt', 'api-key'), Returns(String), decorator()])
        each(KeysController.prototype, 'keys', keys);
      Controller()(KeysController);
      const other = moduleOf([KeysController], { dpop: { publicUrl: PUBLIC_URL } });
      await expect(startApp(other, 'express')).rejects.toThrow(/access\.contradiction/);
    },
  );

  it.each([
    undefined,
    null,
    {},
    { acr: '' },
    { acr: 'two words' },
    { acr: 'a"b' },
    { acr: 'a\\b' },
    { acr: 'a\nb' },
    { acr: [] },
    { acr: ['gold', 1] },
    { amr: 'ä' },
    { maxAge: 0 },
    { maxAge: -1 },
    { maxAge: 1.5 },
    { maxAge: '300' },
    { maxAge: Infinity },
    { maxage: 300 },
    { acr: 'gold', more: 1 },
  ])('@StepUp(%j) is an error', (options) => {
    expect(() => StepUp(options as never)(class Some {})).toThrow(SecurityConfigError);
  });
});
