/**
 * What a Fastify instance keeps under one of its own symbols, found by description because they are not exported:
 * `fastify.options`, `fastify.hooks`, `fastify.serverBindings`. `undefined` where this Fastify has none of that name.
 */
export function fastifyInternal<T>(instance: object, description: string): T | undefined {
  for (const symbol of Object.getOwnPropertySymbols(instance)) {
    if (symbol.description === description) return (instance as Record<symbol, T>)[symbol];
  }
  return undefined;
}
