import type { AbstractHttpAdapter } from '@nestjs/core';

/** The name of an HTTP adapter. */
export type AdapterName = 'express' | 'fastify';

/**
 * Makes an HTTP adapter by name, and loads no other.
 *
 * @throws {RangeError} for any other name.
 */
export async function createAdapter(name: string): Promise<AbstractHttpAdapter> {
  if (name === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  if (name === 'fastify') return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
  throw new RangeError("ADAPTER is neither 'express' nor 'fastify'.");
}
