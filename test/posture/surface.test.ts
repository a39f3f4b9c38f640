import {
  Body,
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  RawBody,
  type Type,
  UseInterceptors,
  type INestApplication,
  type NestInterceptor,
  type CallHandler,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { IsString } from 'class-validator';
import { Router } from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { ANYONE, Authenticated, ExposeFor, Posture, Public, Returns, Roles } from 'nestjs-gatehouse';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';

class Answer {
  @ExposeFor(ANYONE) ok!: boolean;
}
class Dto {
  @IsString() name!: string;
}

@Controller('things')
class ThingsController {
  @Get() @Public('a probe') @Returns(Answer) open() {
    return { ok: true };
  }
  @Get('closed') @Authenticated() @Returns(Answer) closed() {
    return { ok: true };
  }
}

let running: StartedApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});
const boot = async (
  module: Type,
  adapter: (typeof ADAPTERS)[number],
  prepare?: (app: INestApplication) => void,
) => {
  running = await startApp(module, adapter, prepare);
  return running;
};

describe.each(ADAPTERS)('what Nest mounts and what the application mounts, on %s', (adapter) => {
  it('a global prefix, with exclusions, boots and guards', async () => {
    const { url } = await boot(guardedModule([ThingsController]), adapter, (app) =>
      app.setGlobalPrefix('api', { exclude: ['things'] }),
    );
    expect((await fetch(`${url}/things`)).status).toBe(200);
    expect((await fetch(`${url}/api/things/closed`)).status).toBe(401);
    for (const path of ['/nothing', '/api/nothing', '/things/closed', '/api/things']) {
      const missing = await fetch(`${url}${path}`);
      expect([path, missing.status, missing.headers.get('content-type')]).toEqual([
        path,
        404,
        'application/problem+json',
      ]);
    }
  });

  it('app.enableCors() is refused: its origins would stand beside those of the edge', async () => {
    const wide = (app: INestApplication) => app.enableCors({ origin: true, credentials: true });
    await expect(boot(guardedModule([ThingsController]), adapter, wide)).rejects.toThrow(
      /edge: \{ cors: \{ origins/,
    );
  });

  it('a wildcard route boots and has its plan', async () => {
    @Controller()
    class CatchAll {
      @Get('files/*') @Public('files for everybody') @Returns(Answer) file() {
        return { ok: true };
      }
    }
    const { url } = await boot(guardedModule([CatchAll]), adapter);
    expect((await fetch(`${url}/files/a/b`)).status).toBe(200);
  });
});

describe('a mounted router', () => {
  const baseline = [
    { code: 'surface.unplanned-route', where: 'mounted router 1', reason: 'a status page' },
  ] as const;
  const page = () => Router().get('/', (_request, response) => void response.send('side'));

  it('that is accepted answers, and one more stops the boot', async () => {
    const module = guardedModule([ThingsController], { audit: { baseline } });
    const { url } = await boot(module, 'express', (app) => app.use('/side', page()));
    expect(await (await fetch(`${url}/side`)).text()).toBe('side');
    await running!.close();
    const two = boot(guardedModule([ThingsController], { audit: { baseline } }), 'express', (app) => {
      app.use('/side', page());
      app.use('/other', page());
    });
    await expect(two).rejects.toThrow(/mounted router 2 {2}\[surface\.unplanned-route\]/);
  });
});

describe('a response cache that knows no user', () => {
  @Injectable()
  class CacheInterceptor implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler) {
      return next.handle();
    }
  }
  class OurCache extends CacheInterceptor {}

  it('is refused around what needs a caller, on a route and globally', async () => {
    @Controller('cached')
    class Cached {
      @Get() @UseInterceptors(OurCache) @Authenticated() @Returns(Answer) mine() {
        return { ok: true };
      }
      @Get('open')
      @UseInterceptors(CacheInterceptor)
      @Public('the same for everybody')
      @Returns(Answer)
      open() {
        return { ok: true };
      }
    }
    const refused = boot(guardedModule([Cached]), 'express');
    await expect(refused).rejects.toThrow(/found 1 problem[^]*Cached\.mine {2}\[output\.shared-cache\]/);
    const made = { provide: APP_INTERCEPTOR, useFactory: () => new CacheInterceptor(), scope: 2 };
    await expect(boot(guardedModule([ThingsController], {}, [made]), 'express')).rejects.toThrow(
      /APP_INTERCEPTOR {2}\[output\.shared-cache\]/,
    );
    const global = { provide: APP_INTERCEPTOR, useClass: CacheInterceptor };
    await expect(boot(guardedModule([ThingsController], {}, [global]), 'express')).rejects.toThrow(
      /APP_INTERCEPTOR {2}\[output\.shared-cache\]/,
    );
  });
});

describe('controllers', () => {
  it('a subclass adds to the roles of its base class and drops none', async () => {
    @Roles('admin')
    class Base {
      @Get() @Returns(Answer) read() {
        return { ok: true };
      }
    }
    @Controller('heir')
    @Roles('user')
    class Heir extends Base {}
    const { url } = await boot(guardedModule([Heir]), 'express');
    const status = async (role: string) =>
      (await fetch(`${url}/heir`, { headers: { authorization: await bearer('a', [role]) } })).status;
    expect([await status('user'), await status('admin')]).toEqual([403, 200]);
  });

  it('roles declared in options add to those of the controller', async () => {
    @Controller('foreign')
    class ForeignController {
      @Get() @Roles('support') @Returns(Answer) read() {
        return { ok: true };
      }
    }
    const { url } = await boot(
      guardedModule([ForeignController], { declare: [{ controller: ForeignController, roles: ['admin'] }] }),
      'express',
    );
    const status = async (...roles: string[]) =>
      (await fetch(`${url}/foreign`, { headers: { authorization: await bearer('a', roles) } })).status;
    expect([await status('support'), await status('admin'), await status('admin', 'support')]).toEqual([
      403, 403, 200,
    ]);
  });

  it('one function under two names is refused', async () => {
    class Twice {
      first() {
        return { ok: true };
      }
      second() {}
    }
    Twice.prototype.second = Twice.prototype.first;
    const descriptor = Object.getOwnPropertyDescriptor(Twice.prototype, 'first')!;
    for (const decorate of [Get('twice'), Authenticated(), Returns(Answer)])
      decorate(Twice.prototype, 'first', descriptor);
    Controller()(Twice);
    await expect(boot(guardedModule([Twice]), 'express')).rejects.toThrow(/Twice\.first and Twice\.second/);
  });

  it('one controller in two modules is in the inventory twice', async () => {
    @Module({ controllers: [ThingsController] })
    class First {}
    @Module({ imports: [First, guardedModule([ThingsController])] })
    class Both {}
    const { app } = await boot(Both, 'express');
    expect(app.get(Posture).rows()).toHaveLength(4);
  });

  it('a body in bytes needs words', async () => {
    @Controller('hooks')
    class Hooks {
      @Post() @Authenticated() @Returns(Answer) hook(@RawBody() bytes: Buffer, @Body() dto: Dto) {
        return { ok: bytes.length > 0 && dto.name !== '' };
      }
    }
    await expect(boot(guardedModule([Hooks]), 'express')).rejects.toThrow(
      /Hooks\.hook {2}\[input\.request-object\]/,
    );
    const baseline = [
      { code: 'input.request-object', where: 'Hooks.hook', reason: 'the signature is over the bytes' },
    ] as const;
    const { url } = await boot(guardedModule([Hooks], { audit: { baseline } }), 'express');
    const headers = { authorization: await bearer('a'), 'content-type': 'application/json' };
    expect(
      await (await fetch(`${url}/hooks`, { method: 'POST', headers, body: '{"name":"x"}' })).json(),
    ).toEqual({ ok: true });
  });
});
