import {
  Body,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  Module,
  Param,
  Post,
  Query,
  Req,
  Res,
  type Type,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { IsString } from 'class-validator';
import { Router } from 'express';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ANYONE,
  Authenticated,
  ExposeFor,
  Public,
  RawResponse,
  Returns,
  Roles,
  SecurityConfigError,
  SecurityModule,
} from 'nestjs-gatehouse';
import type { SecurityOptions } from 'nestjs-gatehouse';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer, issuer } from '../support/tokens.js';

class Answer {
  @ExposeFor(ANYONE) ok!: boolean;
}
class Dto {
  @IsString() name!: string;
}
class Bare {
  name!: string;
}

let running: StartedApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function bootError(module: Type): Promise<string> {
  try {
    running = await startApp(module, 'express', (app) => app.useWebSocketAdapter(new WsAdapter(app)));
  } catch (error) {
    expect(error).toBeInstanceOf(SecurityConfigError);
    return (error as Error).message;
  }
  throw new Error('the application booted');
}

describe('the boot audit', () => {
  it('lists every finding at once, each with the decorator to add', async () => {
    @Controller('careless')
    class CarelessController {
      @Get() undeclared() {}
      @Get(':id') @Authenticated() @Returns(Answer) unbound(@Param('id') id: string) {
        return id;
      }
      @Post('any') @Authenticated() @Returns(Answer) any(@Body() body: any) {
        return body;
      }
      @Post('list') @Authenticated() @Returns(Answer) list(@Body() body: Dto[]) {
        return body;
      }
      @Post('partial') @Authenticated() @Returns(Answer) partial(@Body() body: Partial<Dto>) {
        return body;
      }
      @Post('property') @Authenticated() @Returns(Answer) property(@Body('role') role: string) {
        return role;
      }
      @Post('bare') @Authenticated() @Returns(Answer) bare(@Body() body: Bare) {
        return body;
      }
      @Post('request') @Authenticated() @Returns(Answer) request(@Req() request: any) {
        return request;
      }
      @Get('a/query') @Authenticated() @Returns(Answer) query(@Query() query: any) {
        return query;
      }
      @Get('a/silent') @Authenticated() silent() {
        return {};
      }
      @Get('a/response') @Authenticated() @Returns(Answer) response(@Res() response: any) {
        response.end();
      }
      @Get('a/both') @Public('why') @Roles('user') @Returns(Answer) both() {
        return {};
      }
      @Get('a/role') @Roles('king' as 'user') @Returns(Answer) role() {
        return {};
      }
      @Get('a/twice') @Authenticated() @Returns(Answer) @RawResponse('why') twice() {
        return {};
      }
      @Get('a/hidden') @Authenticated() @Returns(Bare) hidden() {
        return {};
      }
    }
    const message = await bootError(guardedModule([CarelessController]));
    const found = [...message.matchAll(/CarelessController\.(\w+) {2}\[([a-z.-]+)\]/g)].map(
      ([, method, code]) => `${method} ${code}`,
    );
    expect(found).toEqual(
      expect.arrayContaining([
        'undeclared access.undeclared',
        'undeclared output.undeclared',
        'unbound access.param-unbound',
        'any input.body-untyped',
        'list input.body-untyped',
        'partial input.body-untyped',
        'property input.body-untyped',
        'bare input.body-unvalidated',
        'request input.request-object',
        'query input.query-untyped',
        'silent output.undeclared',
        'response output.response-object',
        'both access.contradiction',
        'role access.unknown-role',
        'twice output.contradiction',
        'hidden output.unexposed-class',
      ]),
    );
    for (const word of ['@Public(', '@Authenticated()', '@Returns(']) expect(message).toContain(word);
  });

  it('a filter that would answer before ours is a finding, on a method, a controller or with request scope', async () => {
    @Catch()
    class Leaky implements ExceptionFilter {
      catch() {}
    }
    @Controller()
    class FilteredController {
      @Get() @UseFilters(Leaky) @Public('why') @Returns(Answer) get() {
        return { ok: true };
      }
    }
    expect(await bootError(guardedModule([FilteredController]))).toContain(
      'FilteredController.get  [order.filter]',
    );
    const scoped = { provide: APP_FILTER, useClass: Leaky, scope: 2 };
    expect(await bootError(guardedModule([], {}, [scoped]))).toContain('[order.filter]');
    running = await startApp(
      guardedModule([FilteredController], { problems: { before: [Leaky] } }),
      'express',
    );
  });

  it('gateways and message handlers are findings', async () => {
    @WebSocketGateway()
    class Chat {
      @SubscribeMessage('say') say() {}
    }
    @Controller()
    class Worker {
      @MessagePattern('work') work() {}
    }
    const message = await bootError(guardedModule([Worker], {}, [Chat]));
    expect(message).toContain('Chat  [surface.gateway]');
    expect(message).toContain('Worker.work  [surface.message-handler]');
  });

  it('a baseline accepts findings with a reason, and the accepted route works', async () => {
    @Controller()
    class OldController {
      @Post() @Authenticated() @Returns(Answer) run(@Body() body: any) {
        return { ok: body !== undefined };
      }
      @Get('old') @Authenticated() report() {
        return { rows: 3 };
      }
    }
    const baseline = [
      { code: 'input.body-untyped', where: 'OldController.run', reason: 'replaced in March' },
      { code: 'output.undeclared', where: 'OldController.report', reason: 'figures without personal data' },
    ] as const;
    running = await startApp(guardedModule([OldController], { audit: { baseline } }), 'express');
    const headers = { authorization: await bearer('alice'), 'content-type': 'application/json' };
    const run = await fetch(running.url, { method: 'POST', headers, body: '{"any":1}' });
    expect(await run.json()).toEqual({ ok: true });
    expect(await (await fetch(`${running.url}/old`, { headers })).json()).toEqual({ rows: 3 });
  });

  it('a baseline accepts nothing that concerns access', async () => {
    const access = { code: 'access.undeclared', where: 'OldController.run', reason: 'because' } as const;
    expect(await bootError(moduleOfLazily({ audit: { baseline: [access] } }))).toContain(
      'access.undeclared cannot be accepted',
    );
  });

  it('third-party controllers are declared in options', async () => {
    @Controller('health')
    class HealthController {
      @Get() status() {
        return { status: 'ok' };
      }
    }
    const declare = [{ controller: HealthController, public: 'probe', raw: 'status page' }];
    running = await startApp(guardedModule([HealthController], { declare }), 'express');
    expect(await (await fetch(`${running.url}/health`)).json()).toEqual({ status: 'ok' });
  });
});

describe('wrong modules', () => {
  it('a bare import does not boot', async () => {
    @Module({ imports: [SecurityModule] })
    class AppModule {}
    expect(await bootError(AppModule)).toContain('module.bare');
  });

  it('two forRoot do not boot', async () => {
    @Module({ imports: [SecurityModule.forRoot({ authentication: issuer.options })] })
    class Feature {}
    @Module({
      imports: [
        Feature,
        SecurityModule.forRoot({ authentication: { ...issuer.options, audience: 'other' } }),
      ],
    })
    class AppModule {}
    expect(await bootError(AppModule)).toContain('module.duplicate');
  });
});

describe.each(ADAPTERS)('routes that Nest does not know, on %s', (adapter) => {
  it('a router mounted before init is a finding', async () => {
    const mounted = startApp(guardedModule([]), adapter, (app) => {
      if (adapter === 'express')
        app.use(
          '/shadow',
          Router().get('/', (_request, response) => void response.send('shadow')),
        );
      else (app.getHttpAdapter().getInstance() as FastifyInstance).get('/shadow', () => 'shadow');
    });
    await expect(mounted).rejects.toThrow(/surface\.unplanned-route/);
  });
});

/** Options that are wrong are refused when the module is made or when it boots; both are a boot error to the user. */
function moduleOfLazily(options: Partial<SecurityOptions>): Type {
  @Module({
    imports: [
      SecurityModule.forRootAsync({ useFactory: () => ({ authentication: issuer.options, ...options }) }),
    ],
  })
  class AppModule {}
  return AppModule;
}
