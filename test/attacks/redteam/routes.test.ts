import { Controller, Get, Module, Next, Param, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Throttle } from '@nestjs/throttler';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ANYONE,
  Authenticated,
  Can,
  defineResource,
  ExposeFor,
  Public,
  RawResponse,
  Returns,
  Roles,
  SecurityModule,
  type NamedThrottler,
  type SecurityOptions,
} from 'nestjs-gatehouse';
import { Rows } from '../../authorization/shop.js';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';
import { bearer, issuer } from '../../support/tokens.js';

class Answer {
  @ExposeFor(ANYONE) by!: string;
}

class Order {
  id!: string;
  userId!: string;
}

const orders = new Rows<Order>(
  [
    { id: 'a1', userId: 'alice' },
    { id: 'b1', userId: 'bob' },
  ],
  ['id'],
);

/** Answers nothing itself: what comes is for whichever route is next. */
@Controller('things')
class PassingController {
  @Get('*rest')
  @Public('hands on what it does not know')
  @RawResponse('it answers nothing itself')
  pass(@Next() next: () => void) {
    next();
  }
}

@Controller('things')
class ThingsController {
  @Get('secret') @Roles('admin') @Returns(Answer) secret() {
    return { by: 'admin' };
  }

  @Get('orders/:id')
  @Can('read', Order, { guardOnly: true })
  @Returns(Answer)
  order(@Param('id') id: string) {
    return { by: id };
  }

  @Get('limited')
  @Authenticated()
  @Throttle({ user: { limit: 2, ttl: 60_000 } })
  @Returns(Answer)
  limited() {
    return { by: 'limited' };
  }
}

@Controller('closed')
class ClosedController {
  @Get() @Roles('admin') @Returns(Answer) read() {
    return { by: 'nest' };
  }
}

const moduleOf = (...controllers: Type[]): Type => moduleWith({}, ...controllers);

function moduleWith(options: Partial<SecurityOptions>, ...controllers: Type[]): Type {
  const security = SecurityModule.forRoot({
    authentication: issuer.options,
    authorization: {
      roles: { admin: ['user'], user: [] },
      resources: [
        defineResource(Order, {
          id: 'id',
          owner: 'userId',
          load: orders,
          can: (r) => ({ read: r.owner() }),
        }),
      ],
    },
    events: { sink: { write: () => undefined } },
    ...options,
  });
  @Module({ imports: [security], controllers })
  class AppModule {}
  return AppModule;
}

let running: StartedApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe('a route that hands its request on to another', () => {
  const get = async (path: string, roles: string[] = ['user']) => {
    const authorization = await bearer('alice', roles);
    return (await fetch(`${running!.url}/things/${path}`, { headers: { authorization } })).status;
  };

  it('hands on no permission: the next route asks for its own roles, objects and limits', async () => {
    running = await startApp(moduleOf(PassingController, ThingsController), 'express');
    expect((await fetch(`${running.url}/things/secret`)).status).toBe(401);
    expect(await get('secret')).toBe(403);
    expect(await get('secret', ['admin'])).toBe(200);
    expect(await get('orders/a1')).toBe(200);
    expect(await get('orders/b1')).toBe(404);
    expect([await get('limited'), await get('limited'), await get('limited')]).toEqual([200, 200, 429]);
  });
});

describe('a raw route in the place of a planned one', () => {
  const UNPLANNED = /GET \/closed {2}\[surface\.unplanned-route\]/;
  const raw = (_request: unknown, response: { send(body: string): void }) => response.send('open');

  it.each(ADAPTERS)('does not boot on %s', async (adapter) => {
    const mount = (app: INestApplication) => void app.getHttpAdapter().get('/closed', raw);
    await expect(startApp(moduleOf(ClosedController), adapter, mount)).rejects.toThrow(UNPLANNED);
  });

  it('does not boot where another module mounts it between the plan and the routes', async () => {
    @Module({ imports: [moduleOf(ClosedController)] })
    class RootModule {
      configure() {
        app!.getHttpAdapter().get('/closed', raw);
      }
    }
    let app: INestApplication | undefined;
    const boot = startApp(RootModule, 'express', (made) => void (app = made));
    await expect(boot).rejects.toThrow(UNPLANNED);
  });
});

describe('a Fastify instance that comes with routes', () => {
  it('does not boot, and every route is named', async () => {
    const instance = fastify();
    instance.get('/raw', () => 'open');
    instance.post('/raw/:id/items', () => 'open');
    const app = await NestFactory.create(
      moduleOf(ClosedController),
      new FastifyAdapter(instance as unknown as ConstructorParameters<typeof FastifyAdapter>[0]),
      { logger: false, abortOnError: false },
    );
    const boot = app.init();
    await expect(boot).rejects.toThrow(/GET \/raw {2}\[surface\.unplanned-route\]/);
    await expect(boot).rejects.toThrow(/POST \/raw\/:id\/items {2}\[surface\.unplanned-route\]/);
    await app.close();
  });
});

describe('two controllers of one name', () => {
  const legacy = (path: string): Type => {
    @Controller(path)
    class LegacyController {
      @Get() @Public('legacy') read() {
        return { secret: path };
      }
    }
    return LegacyController;
  };

  it('a baseline entry accepts what one of them returns, and not the other', async () => {
    const boot = (where: string) =>
      startApp(
        moduleWith({ audit: { baseline: [accepted(where)] } }, legacy('one'), legacy('two')),
        'express',
      );
    const accepted = (where: string) => ({
      code: 'output.undeclared' as const,
      where,
      reason: 'replaced in March',
    });
    await expect(boot('LegacyController.read')).rejects.toThrow(
      'LegacyController~2.read  [output.undeclared]',
    );
    await expect(boot('LegacyController~2.read')).rejects.toThrow(
      'LegacyController.read  [output.undeclared]',
    );
  });
});

describe('a store that leaves out answers', () => {
  it.each([
    ['nothing', undefined],
    ['no results', []],
    ['a promise of no results', Promise.resolve([])],
  ])('%s is down: what may be counted here alone is, the rest gets 503', async (_name, answer) => {
    const address = { name: 'address', by: 'address', ttl: 60_000, limit: 2 } as const;
    const closed = { ...address, name: 'closed', onOutage: 'closed' } as const;
    const authorization = await bearer('root', ['admin']);
    const ask = async (throttlers: NamedThrottler[]) => {
      const options = { state: { run: () => answer as never }, throttling: { throttlers } };
      running = await startApp(moduleWith(options, ClosedController), 'express');
      const statuses: number[] = [];
      for (let i = 0; i < 3; i++)
        statuses.push((await fetch(`${running.url}/closed`, { headers: { authorization } })).status);
      return statuses;
    };
    expect(await ask([address])).toEqual([200, 200, 429]);
    await running!.close();
    expect(await ask([closed])).toEqual([503, 503, 503]);
  });
});

describe('a path parameter by an unusual name', () => {
  const controllerOf = (path: string): Type => {
    @Controller('files')
    class FilesController {
      @Get(path) @Authenticated() @Returns(Answer) read() {
        return { by: path };
      }
    }
    return FilesController;
  };

  it.each([
    [':été', 'été', 'express'],
    [':$id', '$id', 'express'],
    [':"order-id"', 'order-id', 'express'],
    ['{:id}', 'id', 'express'],
    ['*rest', 'rest', 'express'],
    ['*', '*', 'fastify'],
    [':id(^\\d*$)', 'id', 'fastify'],
  ] as const)('%s is found unchecked', async (path, name, adapter) => {
    const boot = startApp(moduleOf(controllerOf(path)), adapter);
    await expect(boot).rejects.toThrow(`nothing checks what :${name} names`);
    await expect(boot).rejects.toThrow('found 1 problem;');
  });
});
