import { Controller, Get, Module, StreamableFile } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { IncomingMessage } from 'node:http';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestFacts, factsOf, keepFacts } from '../../lib/core/request-facts.js';
import type { RoutePlan } from '../../lib/core/route-plan.js';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import type { ExposureSection } from '../../lib/pipeline/output/exposure/exposure.control.js';
import { ExposureInterceptor } from '../../lib/pipeline/output/exposure/exposure.interceptor.js';
import { SerializerCompiler } from '../../lib/pipeline/output/exposure/serializer.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { AUDIENCES, alice, ownedByUserId, refusal } from './support.js';

class Order {
  @ExposeFor(ANYONE) id = '1';
  @ExposeFor(OWNER) total = 5;
  @ExposeFor('support') note = 'n';
  userId = 'alice';
  secret = 'CANARY';
}

const calls: string[] = [];

@Controller()
class OrdersController {
  @Get('typed') typed() {
    calls.push('typed');
    return new Order();
  }
  @Get('promised') promised() {
    return Promise.resolve(new Order());
  }
  @Get('observed') observed() {
    return of(new Order());
  }
  @Get('raw') raw() {
    return new StreamableFile(Buffer.from('bytes'));
  }
  @Get('stream') stream() {
    return new StreamableFile(Buffer.from('CANARY'));
  }
  @Get('undeclared') undeclared() {
    calls.push('undeclared');
    return new Order();
  }
  @Get('unplanned') unplanned() {
    calls.push('unplanned');
    return new Order();
  }
}

@Module({
  controllers: [OrdersController],
  providers: [{ provide: APP_INTERCEPTOR, useClass: ExposureInterceptor }],
})
class AppModule {}

const typed: ExposureSection = {
  kind: 'typed',
  type: 'Order',
  exposes: Order,
  serialize: new SerializerCompiler({ resource: ownedByUserId(Order) }).compileSerializer(Order, true),
};
const sections: Record<string, ExposureSection> = {
  '/typed': typed,
  '/promised': typed,
  '/observed': typed,
  '/stream': typed,
  '/raw': { kind: 'raw', reason: 'bytes' },
  '/undeclared': { kind: 'undeclared' },
};

/** What the guard leaves behind. */
function enter(raw: IncomingMessage): void {
  const facts = keepFacts(raw, new RequestFacts('id', 'trace', '127.0.0.1', 0));
  const output = sections[raw.url!.split('?')[0]!];
  if (output)
    facts.plan = { route: { id: 'OrdersController' }, sections: { output } } as unknown as RoutePlan;
  if (raw.url!.endsWith('alice')) facts.principal = alice;
  if (raw.url!.endsWith('support')) facts.audience = AUDIENCES.support;
}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('ExposureInterceptor on %s', (_, adapter) => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication(adapter() as ExpressAdapter, { logger: false });
    app.use((request: IncomingMessage, _response: unknown, next: () => void) => {
      enter(request);
      next();
    });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(() => app.close());

  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, body: await response.text() };
  };

  it.each(['/typed', '/promised', '/observed'])('%s lets out what the caller may see', async (path) => {
    expect(JSON.parse((await get(path)).body)).toEqual({ id: '1' });
    expect(JSON.parse((await get(`${path}?alice`)).body)).toEqual({ id: '1', total: 5 });
    expect(JSON.parse((await get(`${path}?support`)).body)).toEqual({ id: '1', note: 'n' });
  });

  it('passes raw bytes, and refuses a stream where a class is declared', async () => {
    expect(await get('/raw')).toEqual({ status: 200, body: 'bytes' });
    const refused = await get('/stream');
    expect(refused.status).toBe(500);
    expect(refused.body).not.toContain('CANARY');
  });

  it('refuses before the handler runs where nothing is declared or planned', async () => {
    calls.length = 0;
    expect((await get('/undeclared')).status).toBe(500);
    expect((await get('/unplanned')).status).toBe(500);
    expect(calls).toEqual([]);
    await get('/typed');
    expect(calls).toEqual(['typed']);
  });
});

describe('ExposureInterceptor alone', () => {
  it('refuses other transports, and requests that the edge has not seen', () => {
    const interceptor = new ExposureInterceptor();
    const next = { handle: () => of('CANARY') };
    const context = new ExecutionContextHost([{ headers: {} }]);
    expect(factsOf({} as IncomingMessage)).toBeUndefined();
    expect(refusal(() => interceptor.intercept(context, next))).toMatch(/without a plan/);
    context.setType('ws');
    expect(refusal(() => interceptor.intercept(context, next))).toMatch(/not ws/);
  });
});
