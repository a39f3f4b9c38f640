import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ShopOptions } from '../shop/shop.options.js';

/** What is compared. `hand-best` is `hand` with parsed keys. */
export const STACKS = ['bare', 'hand', 'hand-best', 'floor', 'gatehouse'] as const;

/** The name of a stack. */
export type Stack = (typeof STACKS)[number];

/** Both HTTP adapters. */
export const ADAPTERS = ['express', 'fastify'] as const;

/** The name of an HTTP adapter. */
export type Adapter = (typeof ADAPTERS)[number];

/** Makes the shop of a stack. Only what the stack needs is loaded. */
export async function createApp(
  stack: Stack,
  adapter: Adapter,
  options: ShopOptions,
): Promise<INestApplication> {
  const http =
    adapter === 'express'
      ? new (await import('@nestjs/platform-express')).ExpressAdapter()
      : new (await import('@nestjs/platform-fastify')).FastifyAdapter({ trustProxy: 'loopback' });
  const app = await NestFactory.create(await moduleOf(stack, options), http, { logger: ['error', 'warn'] });
  if (stack === 'hand' || stack === 'hand-best') {
    await (await import('./hand/prepare.js')).prepareHand(app);
  }
  // gatehouse takes it away, and the floor is to send no header more.
  if (stack === 'floor' && adapter === 'express') {
    (app.getHttpAdapter().getInstance() as { disable(setting: string): void }).disable('x-powered-by');
  }
  return app;
}

async function moduleOf(stack: Stack, options: ShopOptions): Promise<DynamicModule> {
  switch (stack) {
    case 'bare':
      return (await import('./bare/bare.module.js')).bareShop(options);
    case 'floor':
      return (await import('./floor/floor.module.js')).floorShop(options);
    case 'gatehouse':
      return (await import('./gatehouse/gatehouse.module.js')).gatehouseShop(options);
    default:
      return (await import('./hand/hand.module.js')).handShop(options, stack === 'hand-best');
  }
}
