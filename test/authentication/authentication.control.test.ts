import { Controller, Get, UseGuards } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ACCESS } from '../../lib/core/access.js';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import type { Stage } from '../../lib/core/control.js';
import { setMetadata } from '../../lib/core/metadata.js';
import type { Principal } from '../../lib/core/principal.js';
import type { RouteDeclaration } from '../../lib/core/route-declaration.js';
import { AuthenticateWith } from '../../lib/pipeline/authentication/authenticate-with.decorator.js';
import { Authenticated } from '../../lib/pipeline/authentication/authenticated.decorator.js';
import { AuthenticationControl } from '../../lib/pipeline/authentication/authentication.control.js';
import { CurrentUser } from '../../lib/pipeline/authentication/current-user.decorator.js';
import { JwtAuthGuard } from '../../lib/pipeline/authentication/jwt-auth.guard.js';
import { Public } from '../../lib/pipeline/authentication/public.decorator.js';

const Roles =
  (...roles: string[]) =>
  (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) =>
    setMetadata(ACCESS.roles, [roles], target, descriptor);

const Scopes =
  (...scopes: string[]) =>
  (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) =>
    setMetadata(ACCESS.scopes, [scopes], target, descriptor);

@Controller('plain')
class Plain {
  @Get('a') bare() {}
  @Get('b') @Public('probe') open() {}
  @Get('c') @Authenticated() closed() {}
  @Get('d') @Roles('admin') admin() {}
  @Get('e') @Public('probe') @Roles('admin') contradiction() {}
  @Get('f') @Public('probe') @Authenticated() both() {}
  @Get('g') @Public('probe') named(@CurrentUser() _user: Principal) {}
}

@Controller('closed')
@Authenticated()
class Closed {
  @Get('a') bare() {}
  @Get('b') @Public('probe') open() {}
}

@Controller('open')
@Public('a catalogue')
class Open {
  @Get('a') bare() {}
  @Get('b') @Authenticated() closed() {}
  @Get('c') @Roles('admin') admin() {}
}

@Controller('both')
@Public('a catalogue')
@Authenticated()
class Both {
  @Get('a') bare() {}
}

@Controller('admin')
@Roles('admin')
class Admin {
  @Get('a') @Public('probe') open() {}
}

class OwnGuard extends JwtAuthGuard {}
class OtherGuard {
  canActivate = () => true;
}

@Controller('guarded')
@UseGuards(OtherGuard, JwtAuthGuard)
class Guarded {
  @Get('a') @Authenticated() closed() {}
  @Get('b') @Public('probe') open() {}
}

@Controller('by-hand')
@UseGuards(OtherGuard)
@Public('a catalogue')
class ByHand {
  @Get('a') @UseGuards(new OtherGuard()) open() {}
  @Get('b') @UseGuards(JwtAuthGuard) guarded() {}
  @Get('c') @UseGuards(OwnGuard) own() {}
  @Get('d') @UseGuards(Object.create(OwnGuard.prototype) as OwnGuard) instance() {}
}

const asked: unknown[] = [];
const identify: Stage = (call) => void asked.push(call);
const SETTINGS = { realm: 'api', dpop: undefined };
const control = new AuthenticationControl({ identify, hasApiKeys: false, takesCookies: false }, SETTINGS);

function compile(controller: new () => object, methodName: string, by = control) {
  const handler = (controller.prototype as Record<string, RouteDeclaration['handler']>)[methodName]!;
  const args = (Reflect.getMetadata('__routeArguments__', controller, methodName) ?? {}) as Record<
    string,
    { index: number; factory?: unknown }
  >;
  return by.compile({
    id: `${controller.name}.${methodName}`,
    controller,
    methodName,
    handler,
    addresses: [],
    pathParameters: [],
    parameters: Object.values(args).map(({ index, factory }) => ({
      index,
      factory,
      source: 'custom',
      property: undefined,
      type: Object,
      pipes: [],
    })),
    handlesResponse: false,
    ofMethod: <T>(key: string | symbol) => Reflect.getMetadata(key, handler) as T | undefined,
    ofController: <T>(key: string | symbol) => Reflect.getMetadata(key, controller) as T | undefined,
  });
}

describe('the authentication section', () => {
  it.each([
    [Plain, 'bare', undefined, ['access.undeclared']],
    [Plain, 'open', 'probe', []],
    [Plain, 'closed', undefined, []],
    [Plain, 'admin', undefined, []],
    [Plain, 'contradiction', undefined, ['access.contradiction']],
    [Plain, 'both', undefined, ['access.contradiction']],
    [Plain, 'named', undefined, ['access.contradiction']],
    [Closed, 'bare', undefined, []],
    [Closed, 'open', 'probe', []],
    [Open, 'bare', 'a catalogue', []],
    [Open, 'closed', undefined, []],
    [Open, 'admin', undefined, ['access.contradiction']],
    [Both, 'bare', undefined, ['access.contradiction']],
    [Admin, 'open', undefined, ['access.contradiction']],
    [Guarded, 'closed', undefined, []],
    [Guarded, 'open', undefined, ['access.contradiction']],
    [ByHand, 'open', 'a catalogue', []],
    [ByHand, 'guarded', undefined, ['access.contradiction']],
    [ByHand, 'own', undefined, ['access.contradiction']],
    [ByHand, 'instance', undefined, ['access.contradiction']],
  ] as const)('%o.%s is open because of %s, with findings %j', (controller, method, publicReason, codes) => {
    const { section, findings, stage } = compile(controller, method);
    expect(section).toEqual({
      publicReason,
      methods: ['jwt'],
      demands: { dpopOnly: false, stepUp: [] },
    });
    expect(findings.map(({ code, where }) => [code, where])).toEqual(
      codes.map((code) => [code, `${controller.name}.${method}`]),
    );
    // A public route does not look at credentials; every other asks, whatever the audit has to say.
    expect(stage === undefined).toBe(publicReason !== undefined);
  });

  it('says what to paste', () => {
    expect(compile(Plain, 'bare').findings[0]!.fix).toMatch(/@Authenticated\(\).*@Roles\('.*@Public\('/);
    expect(compile(Plain, 'contradiction').findings[0]!.message).toContain('@Roles');
  });

  it('asks the guard', () => {
    const call = {} as never;
    void compile(Closed, 'bare').stage!(call);
    expect(asked).toEqual([call]);
  });

  it('is described in words', () => {
    expect(control.describe(compile(Plain, 'open').section)).toEqual({ authentication: 'public: probe' });
    expect(control.describe(compile(Plain, 'closed').section)).toEqual({ authentication: 'bearer token' });
  });
});

@Controller('keys')
@AuthenticateWith('api-key')
@Authenticated()
class Keys {
  @Get('a') @Scopes('a') partner() {}
  @Get('b') @AuthenticateWith('jwt', 'api-key') @Scopes('a') either() {}
  @Get('c') @AuthenticateWith('jwt') person() {}
  @Get('d') @Public('probe') open() {}
  @Get('e') @AuthenticateWith('api-key') @Public('probe') both() {}
  @Get('f') @AuthenticateWith('basic' as never) mistyped() {}
  @Get('g') @AuthenticateWith(...([] as unknown as ['jwt'])) none() {}
  @Get('h') unscoped() {}
}

class Alone {
  @Get('a') @AuthenticateWith('jwt') bare() {}
}

describe('@AuthenticateWith', () => {
  const withKeys = new AuthenticationControl({ identify, hasApiKeys: true, takesCookies: false }, SETTINGS);

  it.each([
    ['partner', 'API key', []],
    ['either', 'bearer token or API key', []],
    ['person', 'bearer token', []],
    ['open', 'public: probe', []],
    ['both', 'API key', ['access.contradiction']],
    ['unscoped', 'API key', ['access.key-unscoped']],
    ['mistyped', undefined, ['access.unknown-method']],
    ['none', undefined, ['access.unknown-method']],
  ])('%s takes: %s, with findings %j', (method, words, codes) => {
    const { section, findings } = compile(Keys, method, withKeys);
    expect(findings.map(({ code }) => code)).toEqual(codes);
    if (words !== undefined) expect(withKeys.describe(section)).toEqual({ authentication: words });
  });

  it('takes the access token in a cookie too, where sessions are in cookies', () => {
    const guard = { identify, hasApiKeys: true, takesCookies: true };
    const inCookies = new AuthenticationControl(guard, SETTINGS);
    const words = (method: string) => inCookies.describe(compile(Keys, method, inCookies).section);
    expect(words('person')).toEqual({ authentication: 'bearer token or cookie' });
    expect(words('either')).toEqual({ authentication: 'bearer token or cookie or API key' });
    expect(words('partner')).toEqual({ authentication: 'API key' });
  });

  it('says how, not who: the route is still undeclared', () => {
    expect(compile(Alone, 'bare').findings.map(({ code }) => code)).toEqual(['access.undeclared']);
  });

  it('needs an application that has API keys', () => {
    expect(compile(Keys, 'either').findings).toEqual([
      expect.objectContaining({
        code: 'access.unknown-method',
        fix: expect.stringContaining('accounts.apiKeys') as string,
      }),
    ]);
    expect(compile(Keys, 'person').findings).toEqual([]);
  });
});

describe('@Public', () => {
  it.each(['', '   ', undefined, null, 1])('without a reason (%j) does not even load', (reason) => {
    expect(() => Public(reason as string)).toThrow(SecurityConfigError);
  });
});
