import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createAdapter, isAdapter } from './create-adapter.js';

/** Where an application listens, from the environment. */
export interface Served {
  readonly app: INestApplication;
  /** With the port that the system gave, and an address that this machine can call. */
  readonly url: string;
}

/** The password of the seeded users: `SAMPLE_PASSWORD`, or one made now. */
export function samplePassword(): string {
  return process.env['SAMPLE_PASSWORD'] || randomBytes(12).toString('base64url');
}

/**
 * Starts an application on `HOST` (127.0.0.1) and `PORT`, with the adapter that `ADAPTER` names (express). Where that cannot be, it says what to
 * write instead, and ends the process.
 */
export async function serve(module: DynamicModule, defaultPort: number): Promise<Served> {
  const { PORT: port = '', HOST: host = '' } = process.env;
  const name = process.env['ADAPTER'] || 'express';
  if (!isAdapter(name))
    end('ADAPTER is neither express nor fastify: write ADAPTER=fastify, or leave it out.');
  if (!/^\d{0,5}$/.test(port) || Number(port) > 65_535)
    end('PORT is no port: write PORT=3001, or PORT=0 for one that is free.');
  const adapter = await createAdapter(name);
  const app = await NestFactory.create(module, adapter, { logger: ['warn', 'error', 'fatal'] });
  app.enableShutdownHooks();
  await app.listen(port || defaultPort, host || '127.0.0.1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      end('The port is taken: write PORT=3001, or PORT=0 for one that is free.');
    throw error;
  });
  return { app, url: urlOf(app.getHttpServer().address() as AddressInfo) };
}

function urlOf({ address, port, family }: AddressInfo): string {
  const everywhere = address === '0.0.0.0' || address === '::';
  const host = everywhere ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

function end(message: string): never {
  console.error(message);
  process.exit(1);
}
