import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';

/** Both HTTP adapters, for `describe.each`. */
export const ADAPTERS = ['express', 'fastify'] as const;

/** The name of an HTTP adapter. */
export type AdapterName = (typeof ADAPTERS)[number];

/** An application that listens. */
export interface StartedApp {
  readonly app: INestApplication;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Cuts the connections that clients keep alive, and closes the application. */
  close(): Promise<void>;
}

/**
 * Starts an application on a free port of the loopback address. A boot error is thrown, not printed. `prepare` runs before it listens.
 *
 * @example
 * ```ts
 * const shop = await startApp(createShop({ password }), 'fastify');
 * await fetch(`${shop.url}/health`);
 * await shop.close();
 * ```
 */
export async function startApp(
  module: DynamicModule | Type,
  adapter: AdapterName,
  prepare?: (app: INestApplication) => void,
): Promise<StartedApp> {
  const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(module, http, { logger: false, abortOnError: false });
  prepare?.(app);
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  const server = app.getHttpServer();
  const { port } = server.address() as AddressInfo;
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await app.close();
    },
  };
}
