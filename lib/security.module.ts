import {
  Inject,
  Module,
  Optional,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type NestModule,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { SecurityConfigError } from './core/config-error.js';
import { STATE_STORE, type StateStore } from './core/state-store.js';
import { throttlerModuleOptions } from './pipeline/limits/throttler-storage.js';
import { ACCOUNTS, ACCOUNT_EXPORTS } from './security.accounts.js';
import { Boot } from './security.boot.js';
import { resolveOptions, type SecurityOptions, type SecuritySettings } from './security.options.js';
import { EXPORTS, PROVIDERS } from './security.providers.js';
import { SECURITY_OPTIONS, SECURITY_SETTINGS } from './security.tokens.js';

/** Options of `forRootAsync`: what the factory needs, and the factory. */
export interface SecurityAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...dependencies: never[]) => SecurityOptions | Promise<SecurityOptions>;
}

/**
 * Makes an API closed by default: what is not declared does not boot, and what cannot be planned is refused.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [
 *     SecurityModule.forRoot({
 *       authentication: { issuer: 'https://id.example.com/', audience: 'https://api.example.com' },
 *       authorization: { roles: { admin: ['user'], user: [] }, resources: [OrderResource] },
 *     }),
 *   ],
 * })
 * class AppModule {}
 * ```
 */
@Module({})
export class SecurityModule implements NestModule, OnModuleInit, OnApplicationBootstrap {
  constructor(@Optional() @Inject(Boot) private readonly boot?: Boot) {
    if (!boot) {
      throw new SecurityConfigError(
        'module.bare',
        'imports: [SecurityModule]',
        'has no options: nothing would be guarded',
        'write imports: [SecurityModule.forRoot({ … })], once, in the root module',
      );
    }
  }

  /**
   * The module with its options.
   *
   * @throws {SecurityConfigError} for any option that is wrong or missing
   */
  static forRoot(options: SecurityOptions): DynamicModule {
    return moduleWith([{ provide: SECURITY_SETTINGS, useValue: resolveOptions(options) }]);
  }

  /**
   * The module with options that other providers make. Wrong options stop the boot.
   *
   * @example
   * ```ts
   * SecurityModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ authentication: config.getOrThrow('authentication') }),
   * });
   * ```
   */
  static forRootAsync({ imports = [], inject = [], useFactory }: SecurityAsyncOptions): DynamicModule {
    const providers = [
      { provide: SECURITY_OPTIONS, inject, useFactory },
      { provide: SECURITY_SETTINGS, inject: [SECURITY_OPTIONS], useFactory: resolveOptions },
    ];
    return moduleWith(providers, imports);
  }

  /** Runs after every enhancer is collected and before any route is bound: sets the order, compiles the plans, audits. */
  configure(): void {
    this.boot!.plan(SecurityModule);
  }

  /** Without an HTTP server there are no routes to plan, but there may be message handlers. */
  onModuleInit(): void {
    this.boot!.auditWithoutHttp();
  }

  /** What was mounted past Nest while it bound its routes; and what the state store says of itself. */
  async onApplicationBootstrap(): Promise<void> {
    this.boot!.auditMounted();
    await this.boot!.warn();
  }
}

function moduleWith(providers: Provider[], imports: ModuleMetadata['imports'] = []): DynamicModule {
  return {
    module: SecurityModule,
    global: true,
    imports: [
      ...imports,
      ThrottlerModule.forRootAsync({
        inject: [SECURITY_SETTINGS, STATE_STORE],
        useFactory: ({ throttling }: SecuritySettings, store: StateStore) =>
          throttlerModuleOptions(throttling, store),
      }),
    ],
    providers: [...providers, ...PROVIDERS, ...ACCOUNTS],
    exports: [...EXPORTS, ...ACCOUNT_EXPORTS, ThrottlerModule],
  };
}
