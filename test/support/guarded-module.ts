import { Module, type Type } from '@nestjs/common';
import { SecurityModule, type SecurityOptions } from 'nestjs-gatehouse';
import { issuer } from './tokens.js';

/** A root module of these controllers behind `SecurityModule`, which trusts the test issuer and keeps its events to itself. */
export function guardedModule(
  controllers: Type[],
  options: Partial<SecurityOptions> = {},
  providers: unknown[] = [],
): Type {
  @Module({
    imports: [
      SecurityModule.forRoot({
        authentication: issuer.options,
        authorization: { roles: { admin: ['user'], support: ['user'], user: [] } },
        events: { sink: { write: () => undefined } },
        ...options,
      }),
    ],
    controllers,
    providers: providers as never[],
  })
  class AppModule {}
  return AppModule;
}
