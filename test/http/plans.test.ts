import {
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  mixin,
  Module,
  Scope,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { afterEach, describe, expect, it } from 'vitest';
import { ANYONE, Authenticated, ExposeFor, Public, Returns, Roles, SecurityModule } from 'nestjs-gatehouse';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer, issuer } from '../support/tokens.js';

class Answer {
  @ExposeFor(ANYONE) by!: string;
}

/** A wrapping decorator that replaces the method and carries its metadata along, as tracing libraries do. */
function Traced(): MethodDecorator {
  return (_target, _name, descriptor: PropertyDescriptor) => {
    const original = descriptor.value as (...args: unknown[]) => unknown;
    const wrapper = function (this: unknown, ...args: unknown[]) {
      return original.apply(this, args);
    };
    for (const key of Reflect.getMetadataKeys(original))
      Reflect.defineMetadata(key, Reflect.getMetadata(key, original), wrapper);
    descriptor.value = wrapper;
  };
}

/** A wrapping decorator that carries only what Nest needs to route, and so loses the access rule. */
function Careless(): MethodDecorator {
  return (_target, _name, descriptor: PropertyDescriptor) => {
    const original = descriptor.value as (...args: unknown[]) => unknown;
    const wrapper = function (this: unknown, ...args: unknown[]) {
      return original.apply(this, args);
    };
    for (const key of ['path', 'method'])
      Reflect.defineMetadata(key, Reflect.getMetadata(key, original), wrapper);
    descriptor.value = wrapper;
  };
}

class Base {
  @Get('shared')
  @Returns(Answer)
  shared() {
    return { by: this.constructor.name };
  }
}

@Controller('open')
@Public('an inherited handler, opened here')
class OpenController extends Base {}

@Controller('closed')
@Roles('admin')
class ClosedController extends Base {}

function Crud(path: string): Type {
  @Controller(path)
  @Authenticated()
  class CrudController {
    @Get() @Returns(Answer) read() {
      return { by: path };
    }
  }
  return mixin(CrudController);
}

class Parent {
  @Get('overridden')
  @Public('the parent is open')
  @Returns(Answer)
  act() {
    return { by: 'parent' };
  }
}

@Controller('child')
class Child extends Parent {
  @Get('overridden')
  @Roles('admin')
  @Returns(Answer)
  override act() {
    return { by: 'child' };
  }
}

@Controller('decorated')
class DecoratedController {
  @ApiOperation({ summary: 'documented' })
  @ApiOkResponse({ type: Answer })
  @Get('swagger')
  @Roles('admin')
  @Returns(Answer)
  swagger() {
    return { by: 'swagger' };
  }

  @Traced()
  @Get('wrapped')
  @Roles('admin')
  @Returns(Answer)
  wrapped() {
    return { by: 'wrapped' };
  }

  @Get('bound')
  @Roles('admin')
  @Returns(Answer)
  bound() {
    return { by: 'bound' };
  }

  constructor() {
    // The instance's own function is what Nest calls.
    this.bound = this.bound.bind(this);
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  constructor(@Inject(REQUEST) readonly request: unknown) {}

  @Get() @Roles('admin') @Returns(Answer) read() {
    return { by: this.request ? 'scoped' : 'nobody' };
  }
}

@Injectable()
class SeesPrincipal {
  canActivate(context: ExecutionContext) {
    return context.switchToHttp().getRequest<{ user?: { id: string } }>().user?.id === 'root';
  }
}

@Controller('guarded')
@UseGuards(SeesPrincipal)
class GuardedController {
  @Get() @Authenticated() @Returns(Answer) read() {
    return { by: 'guarded' };
  }
}

const security = () =>
  SecurityModule.forRoot({
    authentication: issuer.options,
    authorization: { roles: { admin: ['user'], support: ['user'], user: [] }, resources: [] },
    events: { sink: { write: () => undefined } },
  });

function moduleOf(...controllers: Type[]): Type {
  @Module({ imports: [security()], controllers })
  class AppModule {}
  return AppModule;
}

describe.each(ADAPTERS)('plans on %s', (adapter) => {
  let running: StartedApp | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  const start = async (...controllers: Type[]) => {
    running = await startApp(moduleOf(...controllers), adapter);
    return running;
  };
  const status = async (path: string, ...roles: string[]) => {
    const headers: Record<string, string> = roles.length
      ? { authorization: await bearer(roles.includes('admin') ? 'root' : 'alice', roles) }
      : {};
    return (await fetch(`${running!.url}${path}`, { headers })).status;
  };

  it('two controllers that inherit one handler each have their own plan', async () => {
    await start(OpenController, ClosedController);
    expect(await status('/open/shared')).toBe(200);
    expect(await status('/closed/shared')).toBe(401);
    expect(await status('/closed/shared', 'user')).toBe(403);
    expect(await status('/closed/shared', 'admin')).toBe(200);
  });

  it('mixins each have their own plan', async () => {
    await start(Crud('cats'), Crud('dogs'));
    expect(await status('/cats')).toBe(401);
    expect(await status('/dogs', 'user')).toBe(200);
  });

  it('an overriding method has the plan of its own decorators', async () => {
    await start(Child);
    expect(await status('/child/overridden')).toBe(401);
    expect(await status('/child/overridden', 'user')).toBe(403);
    expect(await status('/child/overridden', 'admin')).toBe(200);
  });

  it.each(['swagger', 'wrapped', 'bound'])('a %s handler has its plan', async (name) => {
    await start(DecoratedController);
    expect(await status(`/decorated/${name}`)).toBe(401);
    expect(await status(`/decorated/${name}`, 'user')).toBe(403);
    expect(await status(`/decorated/${name}`, 'admin')).toBe(200);
  });

  it('a request-scoped controller has its plan', async () => {
    await start(ScopedController);
    expect(await status('/scoped')).toBe(401);
    expect(await status('/scoped', 'user')).toBe(403);
    expect(await status('/scoped', 'admin')).toBe(200);
  });

  it("the application's own guards run after ours and see the principal", async () => {
    await start(GuardedController);
    expect(await status('/guarded')).toBe(401);
    expect(await status('/guarded', 'user')).toBe(403);
    expect(await status('/guarded', 'admin')).toBe(200);
  });

  it('a wrapper that drops the access rule does not boot', async () => {
    @Controller('careless')
    class CarelessController {
      @Careless() @Get() @Roles('admin') @Returns(Answer) read() {
        return { by: 'careless' };
      }
    }
    await expect(start(CarelessController)).rejects.toThrow(
      /CarelessController\.read {2}\[access\.undeclared\]/,
    );
  });
});
