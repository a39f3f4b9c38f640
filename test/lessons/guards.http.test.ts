import {
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Module,
  NotFoundException,
  Param,
  ParseIntPipe,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ANYONE,
  Authenticated,
  Can,
  defineResource,
  ExposeFor,
  JwtAuthGuard,
  Loaded,
  Public,
  Returns,
  Roles,
  RolesGuard,
  type LoaderFactory,
} from 'nestjs-gatehouse';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';

class Answer {
  @ExposeFor(ANYONE) ok!: boolean;
}
const ok = { ok: true };

class Order {
  @ExposeFor(ANYONE) id!: number;
  userId!: string;
}
const ORDERS = [
  Object.assign(new Order(), { id: 1, userId: 'bob' }),
  Object.assign(new Order(), { id: 2, userId: 'alice' }),
];

/** A request as the guards of these applications see it. */
interface Seen {
  headers: Record<string, string | undefined>;
  params: Record<string, string>;
  user?: { id: string; roles: string[] };
}
const seen = (context: ExecutionContext) => context.switchToHttp().getRequest<Seen>();

/** As the guard of `@nestjs/passport` does it: puts the caller on the request. */
@Injectable()
class NaiveJwtGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = seen(context);
    const [id, role] = request.headers['x-caller']?.split(' ') ?? [];
    if (id) request.user = { id, roles: [role!] };
    return id !== undefined;
  }
}
const NaiveRoles = (...roles: string[]) => SetMetadata('roles', roles);

let running: StartedApp[] = [];
afterEach(async () => {
  await Promise.all(running.map((app) => app.close()));
  running = [];
});

describe.each(ADAPTERS)('guards on %s', (adapter) => {
  const start = async (module: Type) => {
    const app = await startApp(module, adapter);
    running.push(app);
    return app.url;
  };
  const naive = (controllers: Type[], providers: unknown[] = []) => {
    @Module({ controllers, providers: providers as never[] })
    class NaiveModule {}
    return start(NaiveModule);
  };
  const status = async (url: string, headers: Record<string, string> = {}) =>
    (await fetch(url, { headers })).status;
  const as = async (subject: string, ...roles: string[]) => ({
    authorization: await bearer(subject, roles),
  });

  it('nestjs/nest#767, nestjs/passport#129, nestjsx/crud#81: a guard sees the id that no pipe has read, and the handler another', async () => {
    // It looks for the order as the client wrote its id, and leaves what is not there to the handler.
    class NaiveOwnerGuard implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        const { params, headers } = seen(context);
        const order = ORDERS.find(({ id }) => String(id) === params['id']);
        if (order && order.userId !== headers['x-caller']) throw new ForbiddenException();
        return true;
      }
    }
    @Controller('orders')
    @UseGuards(NaiveOwnerGuard)
    class NaiveOrders {
      @Get(':id') get(@Param('id', ParseIntPipe) id: number) {
        const order = ORDERS.find((one) => one.id === id);
        if (!order) throw new NotFoundException();
        return order;
      }
    }
    const open = await naive([NaiveOrders]);
    expect(await status(`${open}/orders/1`, { 'x-caller': 'alice' })).toBe(403);
    expect(await status(`${open}/orders/01`, { 'x-caller': 'alice' })).toBe(200);

    // The loader reads the id, once, and what it has loaded is what the handler gets.
    const load: LoaderFactory<Order> = {
      create: () => ({
        parseId: (raw) => (typeof raw === 'string' && /^-?\d+$/.test(raw) ? Number(raw) : undefined),
        loadMany: (ids) => ids.map((id) => ORDERS.find((one) => one.id === Number(id))),
      }),
    };
    @Controller('orders')
    class Orders {
      @Get(':id') @Can('read', Order) @Returns(Order) get(
        @Param('id', ParseIntPipe) _id: number,
        @Loaded() order: Order,
      ) {
        return order;
      }
    }
    const resource = defineResource(Order, {
      id: 'id',
      owner: 'userId',
      load,
      can: (r) => ({ read: r.owner() }),
    });
    const closed = await start(
      guardedModule([Orders], { authorization: { roles: { user: [] }, resources: [resource] } }),
    );
    const alice = await as('alice', 'user');
    for (const id of ['1', '01', '-1', '1e0', '%31', '0x1', '1.0', '%201', '1,2'])
      expect([id, await status(`${closed}/orders/${id}`, alice)]).toEqual([id, 404]);
    for (const id of ['2', '%32']) expect(await status(`${closed}/orders/${id}`, alice)).toBe(200);
    // One number has one spelling for the pipe, also where the loader is generous.
    expect(await status(`${closed}/orders/02`, alice)).toBe(400);
  });

  it('nestjs/nest#5598, nestjs/docs.nestjs.com#248: a global guard of roles runs before the guard that finds out who calls', async () => {
    // "No user yet: the JWT guard of the route will say so."
    @Injectable()
    class NaiveRolesGuard implements CanActivate {
      constructor(private readonly reflector: Reflector) {}
      canActivate(context: ExecutionContext): boolean {
        const roles = this.reflector.getAllAndOverride<string[] | undefined>('roles', [
          context.getHandler(),
          context.getClass(),
        ]);
        const { user } = seen(context);
        return !user || !roles || roles.some((role) => user.roles.includes(role));
      }
    }
    @Controller('admin')
    @UseGuards(NaiveJwtGuard)
    class NaiveAdmin {
      @Get() @NaiveRoles('admin') get() {
        return ok;
      }
    }
    const open = await naive([NaiveAdmin], [{ provide: APP_GUARD, useClass: NaiveRolesGuard }]);
    expect(await status(`${open}/admin`)).toBe(403);
    expect(await status(`${open}/admin`, { 'x-caller': 'alice user' })).toBe(200);

    @Controller('admin')
    class Bare {
      @Get() @Roles('admin') @Returns(Answer) get() {
        return ok;
      }
    }
    // In whatever order an application puts our guards on top, the work is done in ours.
    @Controller('twice')
    @UseGuards(RolesGuard, JwtAuthGuard)
    class Twice {
      @Get() @Roles('admin') @Returns(Answer) get() {
        return ok;
      }
    }
    const closed = await start(
      guardedModule([Bare, Twice], {}, [{ provide: APP_GUARD, useClass: RolesGuard }]),
    );
    for (const path of ['admin', 'twice']) {
      expect(await status(`${closed}/${path}`)).toBe(401);
      expect(await status(`${closed}/${path}`, await as('alice', 'user'))).toBe(403);
      expect(await status(`${closed}/${path}`, await as('root', 'admin'))).toBe(200);
    }
  });

  it('nestjs/nest#14352: a guard on a controller cannot take the place of the global one', async () => {
    @Injectable()
    class NobodyGuard implements CanActivate {
      canActivate(): boolean {
        return false;
      }
    }
    @Injectable()
    class AnybodyGuard implements CanActivate {
      canActivate(): boolean {
        return true;
      }
    }
    @Controller('probe')
    @UseGuards(AnybodyGuard)
    class NaiveProbe {
      @Get() get() {
        return ok;
      }
    }
    const naiveUrl = await naive([NaiveProbe], [{ provide: APP_GUARD, useClass: NobodyGuard }]);
    expect(await status(`${naiveUrl}/probe`)).toBe(403);

    // The declaration is what differs, not the guard.
    @Controller('orders')
    @Roles('admin')
    class Orders {
      @Get() @Returns(Answer) get() {
        return ok;
      }
    }
    @Controller('account')
    @Authenticated()
    class Account {
      @Get('terms') @Public('what one agrees to') @Returns(Answer) terms() {
        return ok;
      }
      @Get() @Returns(Answer) get() {
        return ok;
      }
    }
    @Controller('guarded')
    @UseGuards(AnybodyGuard)
    @Roles('admin')
    class Guarded {
      @Get() @Returns(Answer) get() {
        return ok;
      }
    }
    const url = await start(guardedModule([Orders, Account, Guarded]));
    const alice = await as('alice', 'user');
    const nobody = ['orders', 'account', 'account/terms', 'guarded'].map((path) => status(`${url}/${path}`));
    expect(await Promise.all(nobody)).toEqual([401, 401, 200, 401]);
    const user = ['orders', 'account', 'guarded'].map((path) => status(`${url}/${path}`, alice));
    expect(await Promise.all(user)).toEqual([403, 200, 403]);
  });

  it('nestjs/nest#1174, ferrerojosh/nest-keycloak-connect#25, nestjs/docs.nestjs.com#569: metadata that is read from one level only', async () => {
    @Injectable()
    class HandlerOnlyGuard implements CanActivate {
      constructor(private readonly reflector: Reflector) {}
      canActivate(context: ExecutionContext): boolean {
        const roles = this.reflector.get<string[] | undefined>('roles', context.getHandler());
        return !roles || roles.includes(seen(context).headers['x-role']!);
      }
    }
    @Controller('reports')
    @NaiveRoles('admin')
    class NaiveReports {
      @Get() all() {
        return ok;
      }
      @Get('mine') @NaiveRoles('user') mine() {
        return ok;
      }
    }
    const open = await naive([NaiveReports], [{ provide: APP_GUARD, useClass: HandlerOnlyGuard }]);
    expect(await status(`${open}/reports`, { 'x-role': 'user' })).toBe(200);
    expect(await status(`${open}/reports/mine`, { 'x-role': 'user' })).toBe(200);

    @Controller('reports')
    @Roles('admin')
    class Reports {
      @Get() @Returns(Answer) all() {
        return ok;
      }
      @Get('mine') @Roles('user') @Returns(Answer) mine() {
        return ok;
      }
      @Get('both') @Roles('support') @Returns(Answer) both() {
        return ok;
      }
    }
    const closed = await start(guardedModule([Reports]));
    const answers = async (...roles: string[]) => {
      const headers = await as('somebody', ...roles);
      return Promise.all(['', '/mine', '/both'].map((path) => status(`${closed}/reports${path}`, headers)));
    };
    expect(await answers('user')).toEqual([403, 403, 403]);
    expect(await answers('support')).toEqual([403, 403, 403]);
    // An administrator is a user here, and no supporter.
    expect(await answers('admin')).toEqual([200, 200, 403]);
    expect(await answers('admin', 'support')).toEqual([200, 200, 200]);
  });

  it('@UseGuards with a class that resolves to no provider is skipped without a word', async () => {
    @Injectable()
    class LostGuard implements CanActivate {
      canActivate(): boolean {
        return false;
      }
    }
    // Put on after Nest has collected the guards of the controllers.
    const late = (controller: Type, ...guards: Array<Type<CanActivate>>) => {
      @Module({ controllers: [controller] })
      class LateModule {
        configure(): void {
          UseGuards(...guards)(controller);
        }
      }
      return LateModule;
    };
    @Controller('late')
    class NaiveLate {
      @Get() get() {
        return ok;
      }
    }
    const open = await start(late(NaiveLate, LostGuard));
    expect(await status(`${open}/late`)).toBe(200);

    @Controller('late')
    @Roles('admin')
    class Late {
      @Get() @Returns(Answer) get() {
        return ok;
      }
    }
    @Module({ imports: [guardedModule([]), late(Late, JwtAuthGuard, RolesGuard, LostGuard)] })
    class Closed {}
    const closed = await start(Closed);
    expect(await status(`${closed}/late`)).toBe(401);
    expect(await status(`${closed}/late`, await as('alice', 'user'))).toBe(403);
    expect(await status(`${closed}/late`, await as('root', 'admin'))).toBe(200);
  });
});
