import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createAdapter } from './create-adapter.js';

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

/** Starts an application on `HOST` (127.0.0.1) and `PORT`, with the adapter that `ADAPTER` names (express). */
export async function serve(module: DynamicModule, defaultPort: number): Promise<Served> {
  const adapter = await createAdapter(process.env['ADAPTER'] || 'express');
  const app = await NestFactory.create(module, adapter, { logger: ['warn', 'error', 'fatal'] });
  app.enableShutdownHooks();
  await app.listen(process.env['PORT'] || defaultPort, process.env['HOST'] || '127.0.0.1');
  const { address, port, family } = app.getHttpServer().address() as AddressInfo;
  const everywhere = address === '0.0.0.0' || address === '::';
  const host = everywhere ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  return { app, url: `http://${host}:${port}` };
}
