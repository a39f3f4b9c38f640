import type { AbstractHttpAdapter } from '@nestjs/core';

const NAMES = ['express', 'fastify'] as const;

/** The name of an HTTP adapter. */
export type AdapterName = (typeof NAMES)[number];

/** Whether there is an adapter of that name. */
export function isAdapter(name: string): name is AdapterName {
  return (NAMES as readonly string[]).includes(name);
}

/** Makes an HTTP adapter by name, and loads no other. */
export async function createAdapter(name: AdapterName): Promise<AbstractHttpAdapter> {
  return name === 'express'
    ? new (await import('@nestjs/platform-express')).ExpressAdapter()
    : new (await import('@nestjs/platform-fastify')).FastifyAdapter();
}
