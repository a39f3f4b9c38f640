import { Controller, Get, Injectable, Post } from '@nestjs/common';
import {
  ANYONE,
  ApiKeyService,
  Authenticated,
  AuthenticateWith,
  CurrentUser,
  ExposeFor,
  memoryApiKeys,
  Public,
  Returns,
  Roles,
  Scopes,
  type ApiKeyStore,
  type Principal,
  type SecurityEvent,
  type SecurityOptions,
} from 'nestjs-gatehouse';
import { guardedModule } from '../../support/guarded-module.js';
import { HandlerCounter } from '../../support/handler-counter.js';
import { startApp, type AdapterName } from '../../support/start-app.js';
import { countedStore } from './support.js';

/** Who came, and how. */
export class Caller {
  @ExposeFor(ANYONE) id!: string;
  @ExposeFor(ANYONE) method!: string;
}

/** A handler that waits until it is told to end. */
@Injectable()
export class Held {
  #begin = (): void => undefined;
  #end = (): void => undefined;
  readonly begun = new Promise<void>((resolve) => (this.#begin = resolve));
  readonly #ended = new Promise<void>((resolve) => (this.#end = resolve));

  wait(): Promise<void> {
    this.#begin();
    return this.#ended;
  }

  end(): void {
    this.#end();
  }
}

const callerOf = ({ id, method }: Principal): Caller => Object.assign(new Caller(), { id, method });

@Controller()
class PartnerController {
  constructor(private readonly held: Held) {}

  @Get('held')
  @AuthenticateWith('api-key')
  @Scopes('orders:read')
  @Returns(null)
  hold(): Promise<void> {
    return this.held.wait();
  }

  @Get('orders')
  @AuthenticateWith('jwt', 'api-key')
  @Scopes('orders:read')
  @Returns(Caller)
  read(@CurrentUser() user: Principal): Caller {
    return callerOf(user);
  }

  @Post('orders')
  @AuthenticateWith('api-key')
  @Scopes('orders:write')
  @Returns(Caller)
  write(@CurrentUser() user: Principal): Caller {
    return callerOf(user);
  }

  @Get('reports')
  @AuthenticateWith('api-key')
  @Scopes('orders:read')
  @Roles('user')
  @Returns(Caller)
  report(@CurrentUser() user: Principal): Caller {
    return callerOf(user);
  }

  @Get('me')
  @Authenticated()
  @Returns(Caller)
  me(@CurrentUser() user: Principal): Caller {
    return callerOf(user);
  }

  @Get('health')
  @Public('probe')
  @Returns(Caller)
  health(): Caller {
    return Object.assign(new Caller(), { id: 'nobody', method: 'none' });
  }
}

/** An application with API keys that listens, and what happened in it. */
export async function keyApp(
  adapter: AdapterName,
  options: Partial<SecurityOptions> = {},
  keys: { store?: ApiKeyStore; deadline?: number } = {},
) {
  const events: SecurityEvent[] = [];
  const { store, calls } = countedStore(keys.store ?? memoryApiKeys());
  const counter = new HandlerCounter();
  const module = guardedModule(
    [PartnerController],
    {
      accounts: { apiKeys: { prefix: 'shop', ...keys, store } },
      events: { sink: { write: (event: SecurityEvent) => void events.push(event) } },
      ...options,
    },
    [Held],
  );
  const started = await startApp(module, adapter, (app) => app.useGlobalInterceptors(counter));
  return {
    ...started,
    store,
    calls,
    counter,
    events,
    reasons: () => events.flatMap((event) => ('reason' in event ? [event.reason] : [])),
    keys: started.app.get(ApiKeyService, { strict: false }),
    get: (path: string, headers: Record<string, string> = {}) => fetch(`${started.url}${path}`, { headers }),
  };
}

/** See {@link keyApp}. */
export type KeyApp = Awaited<ReturnType<typeof keyApp>>;
