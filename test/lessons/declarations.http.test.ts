import {
  Controller,
  Get,
  Injectable,
  Module,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  allow,
  ANYONE,
  Authenticated,
  Can,
  defineResource,
  ExposeFor,
  Lists,
  Owns,
  Policy,
  Public,
  RequireDpop,
  Returns,
  Roles,
  Scopes,
  StepUp,
  type RoutePolicy,
  type LoaderFactory,
} from 'nestjs-gatehouse';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';

class Answer {
  @ExposeFor(ANYONE) ok!: boolean;
}
const ok = { ok: true };

@Injectable()
class LanguageGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

let running: StartedApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe.each(ADAPTERS)('declarations on %s', (adapter) => {
  const start = async (module: Type) => {
    await running?.close();
    running = undefined;
    running = await startApp(module, adapter);
    return running.url;
  };
  const status = async (url: string, headers: Record<string, string> = {}) =>
    (await fetch(url, { headers })).status;

  it('dotnet/aspnetcore#48019, dotnet/aspnetcore#39930: the fallback is for routes with nothing of their own, and anything counts', async () => {
    // "A route that has guards of its own is somebody's business."
    @Injectable()
    class FallbackGuard implements CanActivate {
      constructor(private readonly reflector: Reflector) {}
      canActivate(context: ExecutionContext): boolean {
        const own = this.reflector.getAllAndOverride<unknown>('__guards__', [
          context.getHandler(),
          context.getClass(),
        ]);
        const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
        return own !== undefined || headers['authorization'] !== undefined;
      }
    }
    @Controller('naive')
    class NaiveController {
      @Get() covered() {
        return ok;
      }
      @Get('shadowed') @UseGuards(LanguageGuard) shadowed() {
        return ok;
      }
    }
    @Module({
      controllers: [NaiveController],
      providers: [{ provide: APP_GUARD, useClass: FallbackGuard }],
    })
    class NaiveModule {}
    const open = await start(NaiveModule);
    expect([await status(`${open}/naive`), await status(`${open}/naive/shadowed`)]).toEqual([403, 200]);

    @Controller('guarded')
    class Guarded {
      @Get() @Authenticated() @Returns(Answer) declared() {
        return ok;
      }
      @Get('shadowed') @UseGuards(LanguageGuard) @Returns(Answer) shadowed() {
        return ok;
      }
      @Get('forgotten') @Returns(Answer) forgotten() {
        return ok;
      }
    }
    @Controller('heir')
    @UseGuards(LanguageGuard)
    class Heir extends Guarded {}
    const boot = start(guardedModule([Guarded, Heir], {}, [{ provide: APP_GUARD, useClass: LanguageGuard }]));
    await expect(boot).rejects.toThrow(/found 4 problems/);
    for (const route of ['Guarded.shadowed', 'Guarded.forgotten', 'Heir.shadowed', 'Heir.forgotten'])
      await expect(boot).rejects.toThrow(new RegExp(`${route} {2}\\[access\\.undeclared\\]`));
  });

  it('dotnet/aspnetcore#29377, dotnet/aspnetcore#30546: what opens a controller beats what closes a method of it', async () => {
    @Injectable()
    class RolesOrPublicGuard implements CanActivate {
      constructor(private readonly reflector: Reflector) {}
      canActivate(context: ExecutionContext): boolean {
        const where = [context.getHandler(), context.getClass()];
        return (
          this.reflector.getAllAndOverride<boolean | undefined>('public', where) === true ||
          this.reflector.getAllAndOverride<string[] | undefined>('roles', where) === undefined
        );
      }
    }
    @Controller('naive')
    @SetMetadata('public', true)
    class NaiveController {
      @Get() @SetMetadata('roles', ['admin']) secret() {
        return ok;
      }
    }
    @Module({
      controllers: [NaiveController],
      providers: [{ provide: APP_GUARD, useClass: RolesOrPublicGuard }],
    })
    class NaiveModule {}
    expect(await status(`${await start(NaiveModule)}/naive`)).toBe(200);

    // Ours has no winner: such an application does not boot. Nothing but @Authenticated() closes a route of an open controller.
    @Controller('open')
    @Public('what everybody may read')
    class Open {
      @Get() @Returns(Answer) open() {
        return ok;
      }
      @Get('closed') @Authenticated() @Returns(Answer) closed() {
        return ok;
      }
    }
    const url = await start(guardedModule([Open]));
    expect([await status(`${url}/open`), await status(`${url}/open/closed`)]).toEqual([200, 401]);
    const authorization = await bearer('alice', ['user']);
    expect(await status(`${url}/open/closed`, { authorization })).toBe(200);
  });

  class Order {
    @ExposeFor(ANYONE) id!: string;
    userId!: string;
  }
  @Injectable()
  class Hours implements RoutePolicy {
    readonly resource = null;
    decide() {
      return allow();
    }
  }
  const load: LoaderFactory<Order> = {
    create: () => ({ parseId: () => undefined, loadMany: (ids) => ids.map(() => undefined) }),
    query: () => () => ({}),
  };
  const orders = defineResource(Order, {
    id: 'id',
    owner: 'userId',
    load,
    can: (r) => ({ read: r.owner() }),
  });
  it.each<[string, MethodDecorator & ClassDecorator]>([
    ['@Roles', Roles('admin')],
    ['@Scopes', Scopes('orders')],
    ['@Policy', Policy(Hours)],
    ['@StepUp', StepUp({ acr: 'mfa' })],
    ['@RequireDpop', RequireDpop()],
    ['@Lists', Lists(Order) as never],
    ['@Can', Can('read', Order, { guardOnly: true })],
    ['@Owns', Owns(Order, { guardOnly: true })],
  ])('@Public over %s does not boot, wherever the two stand', async (name, closing) => {
    const id = ['@Can', '@Owns'].includes(name) ? ':id' : '';
    @Controller('a')
    @Public('open')
    class OpenAbove {
      @Get(id) @closing @Returns(Answer) get() {
        return ok;
      }
    }
    @Controller('b')
    @closing
    class OpenBelow {
      @Get(id) @Public('open') @Returns(Answer) get() {
        return ok;
      }
    }
    @Controller('c')
    class OpenBeside {
      @Get(id) @Public('open') @closing @Returns(Answer) get() {
        return ok;
      }
    }
    @Public('open')
    class OpenBase {
      @Get(id) @Returns(Answer) get() {
        return ok;
      }
    }
    @Controller('d')
    @closing
    class OpenHeir extends OpenBase {}
    const boot = start(
      guardedModule(
        [OpenAbove, OpenBelow, OpenBeside, OpenHeir],
        { authorization: { roles: { admin: [] }, resources: [orders] } },
        [Hours],
      ),
    );
    for (const controller of ['OpenAbove', 'OpenBelow', 'OpenBeside', 'OpenHeir'])
      await expect(boot).rejects.toThrow(new RegExp(`${controller}\\.get {2}\\[access\\.contradiction\\]`));
  });

  it('nor where options open what a decorator closes', async () => {
    @Controller('foreign')
    class Foreign {
      @Get() @Roles('admin') @Returns(Answer) get() {
        return ok;
      }
    }
    const declare = [{ controller: Foreign, public: 'a probe' }];
    await expect(start(guardedModule([Foreign], { declare }))).rejects.toThrow(
      /Foreign\.get {2}\[access\.contradiction\]/,
    );
  });

  it('a method that a subclass overrides has nothing of what its parent declared', async () => {
    @Controller()
    class Parent {
      @Get('act') @Roles('admin') @Returns(Answer) act() {
        return ok;
      }
    }
    @Controller('child')
    class Child extends Parent {
      @Get('act') @Returns(Answer) override act() {
        return ok;
      }
    }
    await expect(start(guardedModule([Child]))).rejects.toThrow(/Child\.act {2}\[access\.undeclared\]/);
  });
});
