import { getPrismaClient, type GetPrismaClientConfig } from '@prisma/client/runtime/client';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { readFileSync } from 'node:fs';

/** What the tests use of a generated client. */
export interface ShopClient {
  readonly order: {
    findMany(query: object): Promise<Array<{ id: string }>>;
  };
  $disconnect(): Promise<void>;
  $extends(extension: object): ShopClient;
}

// Its types come with the DOM's.
const { Module } = (globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } })
  .WebAssembly;

interface Generated {
  readonly clientVersion: string;
  readonly engineVersion: string;
  readonly inlineSchema: string;
  readonly runtimeDataModel: string;
  readonly strings: string;
  readonly graph: string;
}

/** The client that `prisma generate` writes for the provider, made of the same parts. */
export function prismaClient(
  provider: 'postgresql' | 'sqlite',
  adapter: SqlDriverAdapterFactory,
): ShopClient {
  const all = JSON.parse(readFileSync(new URL('clients.json', import.meta.url), 'utf8')) as Record<
    string,
    Generated
  >;
  const { runtimeDataModel, strings, graph, ...rest } = all[provider]!;
  const config = {
    ...rest,
    previewFeatures: [],
    activeProvider: provider,
    runtimeDataModel: JSON.parse(runtimeDataModel) as unknown,
    parameterizationSchema: { strings: JSON.parse(strings) as unknown, graph },
    compilerWasm: {
      getRuntime: () =>
        import(`@prisma/client/runtime/query_compiler_fast_bg.${provider}.mjs`) as Promise<unknown>,
      getQueryCompilerWasmModule: async () => {
        const { wasm } = (await import(
          `@prisma/client/runtime/query_compiler_fast_bg.${provider}.wasm-base64.mjs`
        )) as {
          wasm: string;
        };
        return new Module(Buffer.from(wasm, 'base64'));
      },
      importName: './query_compiler_fast_bg.js',
    },
  } as unknown as GetPrismaClientConfig;
  const Client = getPrismaClient(config);
  return new Client({ adapter }) as unknown as ShopClient;
}
