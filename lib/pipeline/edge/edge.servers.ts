import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { fastifyInternal } from '../../kit/http/fastify-internals.js';
import { onEachServer } from '../../kit/http/http-servers.js';
import { OpenConnections } from './open-connections.js';
import { checkInterval, setTimeouts } from './server-timeouts.js';
import type { TimeoutSettings } from './timeouts.options.js';

/** With what Fastify makes a further server, by its scheme. */
type ServerOptions = Partial<Record<'http' | 'https', unknown>>;

/** What holds for connections and not for requests: how long they may take, and that they end when the application does. */
export class EdgeServers implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly connections = new OpenConnections();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly timeouts: TimeoutSettings,
  ) {}

  onApplicationBootstrap(): void {
    const adapter = this.host.httpAdapter;
    if (!adapter) return;
    onEachServer(adapter, (server) => {
      setTimeouts(server, this.timeouts, adapter.getType());
      this.connections.watch(server);
    });
    // A further server of Fastify already listens when it is handed out, and then it is too late for this one.
    const options = fastifyInternal<ServerOptions>(adapter.getInstance<object>(), 'fastify.options');
    if (adapter.getType() !== 'fastify' || !options) return;
    const scheme = options.https ? 'https' : 'http';
    options[scheme] = {
      ...(options[scheme] as object | undefined),
      connectionsCheckingInterval: checkInterval(this.timeouts),
    };
  }

  onModuleDestroy(): void {
    this.connections.end();
  }
}
