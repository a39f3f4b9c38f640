import {
  Catch,
  HttpException,
  Module,
  type ArgumentsHost,
  type ExceptionFilter,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ThrottlerGuard, ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PLAN_BOOK, type PlanBook } from '../../lib/core/control.js';
import { REPORTER } from '../../lib/core/reporter.js';
import { factsOf, keepFacts, rawRequest } from '../../lib/core/request-facts.js';
import type { RoutePlan } from '../../lib/core/route-plan.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import type { StateStore } from '../../lib/core/state-store.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { StateTrip } from '../../lib/kit/state/state-trip.js';
import { LimitsControl } from '../../lib/pipeline/limits/limits.control.js';
import type { ThrottlingOptions } from '../../lib/pipeline/limits/limits.options.js';
import { throttlerModuleOptions } from '../../lib/pipeline/limits/throttler-storage.js';
import { SecurityThrottlerGuard } from '../../lib/pipeline/limits/throttler.guard.js';
import { declare, facts } from './declare.js';
import { limitsHouse } from './house.js';

export const ADAPTERS = ['express', 'fastify'] as const;
export type Adapter = (typeof ADAPTERS)[number];

/** A running app, and how to call it. */
export interface MiniApp {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  resolve<T>(token: Type<T> | symbol): T;
  denials: string[];
  close(): Promise<void>;
}

/** An app under the stock guard of @nestjs/throttler. */
export function stockApp(
  adapter: Adapter,
  controllers: Type[],
  options: ThrottlerModuleOptions,
): Promise<MiniApp> {
  @Module({
    imports: [ThrottlerModule.forRoot(options)],
    controllers,
    providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
  })
  class StockModule {}
  return serve(adapter, StockModule, [], () => undefined);
}

/** An app under ours, with the least around it: facts, plans, the front door, and a filter that writes a denial. */
export function ourApp(
  adapter: Adapter,
  controllers: Type[],
  throttling: ThrottlingOptions,
  { store = memoryState(), guard = SecurityThrottlerGuard }: { store?: StateStore; guard?: Type } = {},
): Promise<MiniApp> {
  const { settings, door, limits: control, toll, trip } = limitsHouse(throttling, { store });
  const plans = plansOf(control, controllers);
  const denials: string[] = [];
  const reporter = {
    record: () => undefined,
    denied: ({ reason, note }: { reason: string; note?: string }) => denials.push(`${reason} ${note}`),
  };

  @Catch()
  class DenialFilter implements ExceptionFilter {
    async catch(error: unknown, host: ArgumentsHost) {
      const request = rawRequest(host.switchToHttp().getRequest());
      const reply = host.switchToHttp().getResponse<ServerResponse & { raw?: ServerResponse }>();
      const limited = await toll.charge(factsOf(request)!);
      const final = limited ? new SecurityDenial(limited) : error;
      const status = final instanceof HttpException ? final.getStatus() : 500;
      const headers = final instanceof SecurityDenial ? final.denial.headers : {};
      (reply.raw ?? reply)
        .writeHead(status, headers)
        .end(final instanceof SecurityDenial ? final.denial.reason : '');
    }
  }

  @Module({
    imports: [ThrottlerModule.forRoot(throttlerModuleOptions(settings, store))],
    controllers,
    providers: [
      { provide: LimitsControl, useValue: control },
      { provide: StateTrip, useValue: trip },
      { provide: PLAN_BOOK, useValue: plans },
      { provide: REPORTER, useValue: reporter },
      { provide: APP_FILTER, useClass: DenialFilter },
      { provide: APP_GUARD, useClass: guard },
    ],
  })
  class OurModule {}
  return serve(adapter, OurModule, denials, (request) => {
    const denial = door.check(factsOf(request)!, request.method!, request.url!);
    return denial && new SecurityDenial(denial);
  });
}

function plansOf(control: LimitsControl, controllers: Type[]): PlanBook {
  const plans = new Map<Type, Map<unknown, RoutePlan>>();
  for (const controller of controllers) {
    const methods = Object.getOwnPropertyNames(controller.prototype).filter((name) => name !== 'constructor');
    const compiled = methods.map((name) => {
      const route = declare(controller, name);
      const { section, findings } = control.compile(route);
      if (findings.length > 0) throw new Error(findings[0]!.message);
      return [route.handler, { route, sections: { limits: section } as RoutePlan['sections'] }] as const;
    });
    plans.set(controller, new Map(compiled));
  }
  return { planOf: (context: ExecutionContext) => plans.get(context.getClass())?.get(context.getHandler()) };
}

async function serve(
  adapter: Adapter,
  module: Type,
  denials: string[],
  atTheDoor: (request: IncomingMessage) => SecurityDenial | undefined,
): Promise<MiniApp> {
  const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(module, http, { logger: false });
  const edge = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { 'x-test-address': address, 'x-test-user': user } = request.headers as Record<string, string>;
    keepFacts(request, facts(address, user)).response = response;
    const refused = atTheDoor(request);
    if (refused) response.writeHead(429, { ...refused.denial.headers, 'x-at-the-door': '1' }).end();
    return refused !== undefined;
  };
  if (adapter === 'express') {
    app.use(
      (request: IncomingMessage, response: ServerResponse, next: () => void) =>
        void (edge(request, response) || next()),
    );
  } else {
    const fastify = app.getHttpAdapter().getInstance() as {
      addHook(
        name: string,
        hook: (
          request: { raw: IncomingMessage },
          reply: { raw: ServerResponse; hijack(): void },
          done: () => void,
        ) => void,
      ): void;
    };
    fastify.addHook('onRequest', (request, reply, done) => {
      if (edge(request.raw, reply.raw)) reply.hijack();
      else done();
    });
  }
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    get: (path, headers = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close', ...headers } }),
    resolve: (token) => app.get(token as never, { strict: false }),
    denials,
    close: () => app.close(),
  };
}
