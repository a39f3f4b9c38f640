import { Controller, Get, Module, Post, UseGuards, type Type } from '@nestjs/common';
import { APP_GUARD, NestFactory, Reflector } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Throttle } from '@nestjs/throttler';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  ANYONE,
  Authenticated,
  CurrentUser,
  ExposeFor,
  JwtAuthGuard,
  OwnershipGuard,
  Posture,
  Public,
  Returns,
  Roles,
  RolesGuard,
  SecurityConfigError,
  SecurityModule,
  SecurityThrottlerGuard,
  type Principal,
  type SecurityEvent,
  type SecurityOptions,
} from 'nestjs-gatehouse';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer, issuer } from '../support/tokens.js';

class Answer {
  @ExposeFor(ANYONE) by!: string;
}

@Controller('guarded')
@UseGuards(JwtAuthGuard, RolesGuard, OwnershipGuard, SecurityThrottlerGuard)
class GuardedController {
  @Get()
  @Roles('support')
  @Throttle({ user: { limit: 3, ttl: 60_000 } })
  @Returns(Answer)
  read(@CurrentUser() user: Principal) {
    return { by: user.id };
  }
}

/** The guards are named in a module of the application, far from `SecurityModule`. */
@Module({ controllers: [GuardedController] })
class FeatureModule {}

@Controller('guarded')
class OpenController {
  @Get() @Authenticated() @Returns(Answer) read() {
    return { by: 'anyone' };
  }

  @Post('public') @Public('nobody asks') @Returns(Answer) open() {
    return { by: 'anyone' };
  }
}

const events: SecurityEvent[] = [];
const options: SecurityOptions = {
  authentication: issuer.options,
  authorization: { roles: { admin: ['support'], support: ['user'], user: [] } },
  events: { sink: { write: (event) => void events.push(event) } },
};

@Module({ imports: [SecurityModule.forRoot(options), FeatureModule] })
class AppModule {}

let running: StartedApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
  events.length = 0;
});

describe.each(ADAPTERS)('the module on %s', (adapter) => {
  const get = async (path: string, subject?: string, roles: string[] = []) =>
    fetch(`${running!.url}${path}`, {
      headers: subject ? { authorization: await bearer(subject, roles) } : {},
    });

  it('the guards may stand on a route too: they find the work done, and a limit is charged once', async () => {
    running = await startApp(AppModule, adapter);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await get('/guarded', 'sue', ['support'])).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await get('/guarded')).status).toBe(401);
    expect((await get('/guarded', 'alice', ['user'])).status).toBe(403);
  });

  it('a public route with JwtAuthGuard does not start', async () => {
    @Controller('both')
    class BothController {
      @Get() @Public('or so it says') @UseGuards(JwtAuthGuard) @Returns(Answer) read() {}
    }
    await expect(startApp(guardedModule([BothController]), adapter)).rejects.toThrow(
      /BothController\.read {2}\[access\.contradiction\]\n.*@UseGuards\(JwtAuthGuard\)/,
    );
  });

  it('JwtAuthGuard for the whole application asks on a public route too, all by itself', async () => {
    const everywhere = [{ provide: APP_GUARD, useExisting: JwtAuthGuard }];
    running = await startApp(guardedModule([OpenController], {}, everywhere), adapter);
    const post = (headers: Record<string, string>) =>
      fetch(`${running!.url}/guarded/public`, { method: 'POST', headers });
    const refused = await post({});
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
    expect((await post({ authorization: 'Bearer rubbish' })).status).toBe(401);
    expect((await post({ authorization: await bearer('alice') })).status).toBe(201);
  });

  it('reads no metadata and asks no Reflector for a request', async () => {
    running = await startApp(AppModule, adapter);
    await get('/guarded', 'warm', ['support']);
    const callers: string[] = [];
    const watched: Array<[object, string]> = [
      [Reflect, 'getMetadata'],
      [Reflect, 'getOwnMetadata'],
      [Reflect, 'hasMetadata'],
      ...['get', 'getAll', 'getAllAndMerge', 'getAllAndOverride'].map((name): [object, string] => [
        Reflector.prototype,
        name,
      ]),
    ];
    const undo = watched.map(([target, name]) => {
      const methods = target as Record<string, (...args: unknown[]) => unknown>;
      const original = methods[name]!;
      methods[name] = function (this: unknown, ...args: unknown[]) {
        callers.push(new Error('who reads').stack!.split('\n')[2]!);
        return original.apply(this, args);
      };
      return () => void (methods[name] = original);
    });
    try {
      expect((await get('/guarded', 'sue', ['support'])).status).toBe(200);
      expect((await get('/guarded')).status).toBe(401);
      expect((await get('/unknown')).status).toBe(404);
      Reflect.getMetadata('the watch works', AppModule);
    } finally {
      undo.forEach((restore) => restore());
    }
    expect(callers.at(-1)).toContain('module.test.ts');
    expect(callers.filter((caller) => !caller.includes('node_modules') && caller.includes('/lib/'))).toEqual(
      [],
    );
    expect(
      callers.filter((caller) => caller.includes('@nestjs/throttler') || caller.includes('@nestjs/passport')),
    ).toEqual([]);
  });

  it('writes one event for each refusal, with the route, the reason and the request id of the answer', async () => {
    running = await startApp(AppModule, adapter);
    const refused = await get('/guarded', 'alice', ['user']);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'access.denied',
      reason: 'access.role',
      status: 403,
      method: 'GET',
      route: 'GuardedController.read',
      principal: 'alice',
      requestId: refused.headers.get('x-request-id'),
      address: '127.0.0.1',
    });
    const body = (await refused.json()) as { instance: string; traceId: string };
    expect(body.instance).toContain(events[0]!.requestId);
    expect(body.traceId).toBe(events[0]!.traceId);
  });

  it('limits by address hold for unknown routes, malformed bodies and bad tokens together', async () => {
    @Module({
      imports: [
        SecurityModule.forRoot({
          ...options,
          throttling: { throttlers: [{ name: 'address', by: 'address', ttl: 60_000, limit: 6 }] },
        }),
      ],
      controllers: [OpenController],
    })
    class LimitedModule {}
    running = await startApp(LimitedModule, adapter);
    const statuses: number[] = [];
    for (let i = 0; i < 2; i++) {
      statuses.push((await get('/unknown')).status);
      statuses.push(
        (await fetch(`${running.url}/guarded`, { headers: { authorization: 'Bearer rubbish' } })).status,
      );
      const headers = { 'content-type': 'application/json' };
      statuses.push(
        (await fetch(`${running.url}/guarded/public`, { method: 'POST', headers, body: '{' })).status,
      );
    }
    expect(statuses).toEqual([404, 401, 400, 404, 401, 400]);
    for (const path of ['/unknown', '/guarded']) {
      const limited = await get(path);
      expect(limited.status).toBe(429);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });
});

describe('the module', () => {
  it('works in a testing module, with the inventory at hand', async () => {
    const testing = await Test.createTestingModule({ imports: [guardedModule([OpenController])] }).compile();
    const app = testing.createNestApplication();
    await app.init();
    expect(
      app
        .get(Posture)
        .rows()
        .map(({ address }) => address),
    ).toEqual(['GET /guarded', 'POST /guarded/public']);
    expect(app.get(Posture).table()).toContain('nobody asks');
    await app.close();
  });

  it('stands in an application context without HTTP', async () => {
    const context = await NestFactory.createApplicationContext(AppModule, {
      logger: false,
      abortOnError: false,
    });
    await context.close();
  });

  it('refuses a microservice whose handlers it cannot guard', async () => {
    @Controller()
    class Worker {
      @MessagePattern('work')
      work() {}
    }
    @Module({ imports: [SecurityModule.forRoot(options)], controllers: [Worker] })
    class WorkerModule {}
    const service = await NestFactory.createMicroservice(WorkerModule, {
      transport: Transport.TCP,
      logger: false,
      abortOnError: false,
    });
    await expect(service.init()).rejects.toThrow(/Worker\.work {2}\[surface\.message-handler\]/);
  });

  it.each<[string, unknown, RegExp]>([
    ['no options', undefined, /forRoot\(\).*authentication/s],
    ['an unknown option', { ...options, authentification: {} }, /did you mean forRoot\.authentication\?/],
    ['no authentication', {}, /authentication is missing/],
    ['a wrong state', { ...options, state: 'redis' }, /state is a string of 5 characters.*memoryState/s],
    ['a wrong declare', { ...options, declare: [{ controller: Answer }] }, /declares nothing/],
    [
      'a declare without a reason',
      { ...options, declare: [{ controller: Answer, public: ' ' }] },
      /reason in words/,
    ],
    ['a wrong baseline', { ...options, audit: { baseline: [{ code: 'nonsense' }] } }, /is not a finding/],
    [
      'a baseline without a reason',
      { ...options, audit: { baseline: [{ code: 'order.filter', where: 'A.b' }] } },
      /needs 'where' and 'reason'/,
    ],
  ])('%s is a boot error that teaches', (_name, wrong, message) => {
    expect(() => SecurityModule.forRoot(wrong as SecurityOptions)).toThrow(message);
    expect(() => SecurityModule.forRoot(wrong as SecurityOptions)).toThrow(SecurityConfigError);
  });

  it('development refuses production', () => {
    for (const word of ['production', 'Production', ' production ']) {
      vi.stubEnv('NODE_ENV', word);
      expect(() => SecurityModule.forRoot({ ...options, development: true })).toThrow(/NODE_ENV/);
    }
    for (const word of ['', 'test', 'production-like', undefined]) {
      vi.stubEnv('NODE_ENV', word);
      expect(() => SecurityModule.forRoot({ ...options, development: true })).not.toThrow();
    }
    vi.unstubAllEnvs();
  });

  it('forRootAsync takes its options from providers, and their mistakes stop the boot', async () => {
    const async = (made: unknown): Type => {
      @Module({
        imports: [
          SecurityModule.forRootAsync({ useFactory: () => Promise.resolve(made as SecurityOptions) }),
          FeatureModule,
        ],
      })
      class AsyncModule {}
      return AsyncModule;
    };
    running = await startApp(async(options), 'express');
    expect((await fetch(`${running.url}/guarded`)).status).toBe(401);
    await expect(startApp(async({ authentication: { issuer: 'x' } }), 'express')).rejects.toThrow(
      /authentication\.audience/,
    );
  });

  it('authenticated routes admit every caller with a token', async () => {
    @Controller('me')
    class MeController {
      @Get() @Authenticated() @Returns(Answer) me(@CurrentUser() user: Principal) {
        return { by: user.id, frozen: Object.isFrozen(user) };
      }
    }
    @Module({ imports: [SecurityModule.forRoot(options)], controllers: [MeController] })
    class MeModule {}
    running = await startApp(MeModule, 'express');
    const answer = await fetch(`${running.url}/me`, { headers: { authorization: await bearer('carol') } });
    expect(await answer.json()).toEqual({ by: 'carol' });
  });
});
