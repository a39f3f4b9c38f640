import { fileURLToPath } from 'node:url';
import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // swc emits the decorator metadata that tsc emits; the built-in transformer differs on enums.
  plugins: [swc.vite({ module: { type: 'es6' } })],
  resolve: {
    alias: [
      { find: /^nestjs-gatehouse\/drizzle$/, replacement: here('lib/integrations/drizzle/index.ts') },
      { find: /^nestjs-gatehouse\/prisma$/, replacement: here('lib/integrations/prisma/index.ts') },
      { find: /^nestjs-gatehouse\/typeorm$/, replacement: here('lib/integrations/typeorm/index.ts') },
      { find: /^nestjs-gatehouse\/redis$/, replacement: here('lib/integrations/redis/index.ts') },
      { find: /^nestjs-gatehouse\/postgres$/, replacement: here('lib/integrations/postgres/index.ts') },
      { find: /^nestjs-gatehouse\/testing$/, replacement: here('lib/testing/index.ts') },
      { find: /^nestjs-gatehouse$/, replacement: here('lib/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Files share a process, and what it has loaded: loading Nest and the data sources anew for each takes longer than the tests.
    isolate: false,
    // Far from what any test takes: a busy machine is no fault.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
