import type { HttpServer } from '@nestjs/common';
import type { Server } from 'node:http';
import { fastifyInternal } from './fastify-internals.js';

interface FastifyLike {
  addHook(name: 'onListen', hook: (done: () => void) => void): unknown;
}

/**
 * Calls `attach` with each server that an adapter listens with: with the one that there always is at once, before it listens, and with
 * those that Fastify opens for the further addresses of `localhost` as soon as they are there.
 */
export function onEachServer(adapter: HttpServer, attach: (server: Server) => void): void {
  attach(adapter.getHttpServer() as Server);
  if (adapter.getType() !== 'fastify') return;
  const instance = adapter.getInstance() as FastifyLike;
  instance.addHook('onListen', (done) => {
    for (const server of fastifyInternal<Server[]>(instance, 'fastify.serverBindings') ?? []) attach(server);
    done();
  });
}
