import { Controller, Get, Injectable, Scope, type Type } from '@nestjs/common';
import { expect, it } from 'vitest';
import {
  allow,
  deny,
  Policy,
  Public,
  Returns,
  SecurityConfigError,
  type PolicyContext,
} from 'nestjs-gatehouse';
import { startApp } from '../../support/start-app.js';
import { Desk, deskModule, OfOrder, Order, OfRoute, Stamp } from './desk.js';

async function bootError(controller: Type, options: Parameters<typeof deskModule>[1] = {}): Promise<string> {
  try {
    await (
      await startApp(deskModule(new Desk(), { controllers: [controller], ...options }), 'express')
    ).close();
  } catch (error) {
    expect(error).toBeInstanceOf(SecurityConfigError);
    return (error as Error).message;
  }
  return 'it starts';
}

@Injectable({ scope: Scope.REQUEST })
class Anew {
  readonly resource = null;
  decide(context: PolicyContext) {
    return context.now > 0 ? allow() : deny('never' as never);
  }
}
@Injectable()
class Mute {}

it('a policy that no module provides does not start', async () => {
  @Controller()
  class C {
    @Get() @Policy(OfRoute) @Returns(null) get() {}
  }
  const message = await bootError(C, { providers: [Stamp] });
  expect(message).toContain('access.unknown-policy');
  expect(message).toContain('providers: [OfRoute]');
});

it('a policy of request scope, or without decide, does not start', async () => {
  @Controller()
  class C {
    @Get() @Policy(Anew) @Returns(null) get() {}
  }
  expect(await bootError(C, { providers: [Stamp, Anew] })).toContain('of request scope');
  @Controller()
  class D {
    @Get() @Policy(Mute as never) @Returns(null) get() {}
  }
  expect(await bootError(D, { providers: [Stamp, Mute] })).toContain('without decide()');
});

it('a policy that does not say what it decides about does not start', async () => {
  class Misspelt {
    resourse = Order;
    decide() {
      return allow();
    }
  }
  class Named {
    resource = 'Order';
    decide() {
      return allow();
    }
  }
  for (const [policy, what] of [
    [Misspelt, 'undefined'],
    [Named, 'a string of 5 characters'],
  ] as const) {
    @Controller()
    class C {
      @Get() @Policy(policy as never) @Returns(null) get() {}
    }
    const message = await bootError(C, { providers: [Stamp, policy] });
    expect(message).toContain('access.unknown-policy');
    expect(message).toContain(`its resource is ${what}`);
    expect(message).toContain('readonly resource = null');
  }
});

it('a policy of an object that the route does not load does not start', async () => {
  @Controller()
  class C {
    @Get() @Policy(OfOrder) @Returns(null) get() {}
  }
  const message = await bootError(C);
  expect(message).toContain('access.policy-unbound');
  expect(message).toContain("@Can('read', Order)");
});

it('no baseline accepts such a finding', () => {
  const baseline = [{ code: 'access.policy-unbound', where: 'C.get', reason: 'a test' }];
  expect(() => deskModule(new Desk(), { audit: { baseline } } as never)).toThrow('cannot be accepted');
});

it('@Public beside a policy contradicts it', async () => {
  @Controller()
  class C {
    @Get() @Public('a probe') @Policy(OfRoute) @Returns(null) get() {}
  }
  expect(await bootError(C)).toContain('access.contradiction');
});

it('an obligation without a handler that is provided does not start', async () => {
  @Controller()
  class C {
    @Get() @Policy(OfRoute) @Returns(null) get() {}
  }
  expect(await bootError(C, { providers: [OfRoute] })).toMatch(/authorization\.obligations\.stamp.*Stamp/);
  const made = (obligations: unknown) => () =>
    deskModule(new Desk(), { authorization: { obligations } as never });
  expect(made({ stamp: 'Stamp' })).toThrow('authorization.obligations.stamp is a string');
  expect(made([])).toThrow('authorization.obligations is an array');
  const mute = { authorization: { roles: {}, resources: [], obligations: { stamp: Mute } } as never };
  expect(await bootError(C, { ...mute, providers: [OfRoute, Mute] })).toContain('has no fulfil');
});

it('nor does one in an application without a policy: what is declared is there, or nobody can rely on it', async () => {
  @Controller()
  class C {
    @Get() @Public('a probe') @Returns(null) get() {}
  }
  expect(await bootError(C, { providers: [] })).toMatch(/authorization\.obligations\.stamp.*Stamp/);
  expect(await bootError(C, { providers: [Stamp] })).toBe('it starts');
});

it('@Policy names classes', () => {
  expect(() => (Policy as () => MethodDecorator)()({}, 'get', {})).toThrow('access.invalid');
  expect(() => (Policy as (a: unknown) => MethodDecorator)(undefined)({}, 'get', {})).toThrow(
    'circular import',
  );
});
