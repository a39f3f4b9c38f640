import {
  Catch,
  Global,
  Module,
  type ArgumentsHost,
  type ExceptionFilter,
  type INestApplication,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { API_KEY_VERIFIER } from '../../lib/core/credential.js';
import type { Clock } from '../../lib/core/clock.js';
import { REPORTER } from '../../lib/core/reporter.js';
import { keepFacts, RequestFacts } from '../../lib/core/request-facts.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import {
  resolveAuthentication,
  type AuthenticationOptions,
  type AuthenticationSettings,
} from '../../lib/pipeline/authentication/authentication.options.js';
import { CredentialReader } from '../../lib/pipeline/authentication/credential-reader.js';
import { TokenDenials } from '../../lib/pipeline/authentication/token-denials.js';
import { acceptedCredentials } from '../../lib/pipeline/authentication/accepted-credentials.js';
import { ProofOfPossession } from '../../lib/pipeline/authentication/proof-of-possession.js';
import { CSRF_PROTECTION } from '../../lib/pipeline/authentication/csrf.js';
import { createJwtStrategy, JWT_STRATEGY } from '../../lib/pipeline/authentication/jwt.strategy.js';
import { JwtAuthGuard } from '../../lib/pipeline/authentication/jwt-auth.guard.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { StateTrip } from '../../lib/kit/state/state-trip.js';
import { Revocation } from '../../lib/pipeline/authentication/revocation.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';

export const ADAPTERS = ['express', 'fastify'] as const;

/** An app with the authentication room and the least around it: facts at the edge, a filter that writes a denial. */
export interface GuardedApp {
  readonly url: string;
  readonly app: INestApplication;
  /** `reason note` of each report. */
  readonly reported: string[];
  close(): Promise<void>;
}

/** What a test may replace. */
export interface AppParts {
  readonly imports?: ModuleMetadata['imports'];
  readonly edge?: boolean;
  readonly settings?: AuthenticationSettings;
  readonly clock?: Clock;
}

export async function guardedApp(
  adapter: (typeof ADAPTERS)[number],
  options: AuthenticationOptions,
  controllers: Type[],
  { imports = [], edge = true, settings = resolveAuthentication(options), clock }: AppParts = {},
): Promise<GuardedApp> {
  const reported: string[] = [];
  const reporter = {
    record: () => undefined,
    denied: ({ reason, note }: { reason: string; note?: string }) => reported.push(`${reason} ${note}`),
  };

  @Catch(SecurityDenial)
  class DenialFilter implements ExceptionFilter {
    catch({ denial, ...exception }: SecurityDenial, host: ArgumentsHost) {
      const reply = host.switchToHttp().getResponse<ServerResponse & { raw?: ServerResponse }>();
      (reply.raw ?? reply)
        .writeHead((exception as unknown as { status: number }).status, denial.headers)
        .end(denial.reason);
    }
  }

  const store = memoryState();
  const { realm, dpop } = settings;
  const reader = new CredentialReader({ apiKeys: false, dpop: dpop !== undefined }, new TokenDenials(realm));
  const accepted = acceptedCredentials(['jwt'], settings);

  @Global()
  @Module({
    providers: [
      { provide: TokenVerifier, useValue: new TokenVerifier(settings, clock) },
      { provide: ProofOfPossession, useValue: new ProofOfPossession(settings) },
      { provide: Revocation, useValue: new Revocation(settings, store, 0) },
      { provide: StateTrip, useValue: new StateTrip(store) },
      { provide: CredentialReader, useValue: reader },
      { provide: CSRF_PROTECTION, useValue: undefined },
      { provide: API_KEY_VERIFIER, useFactory: () => undefined },
      {
        provide: JWT_STRATEGY,
        inject: [TokenVerifier],
        useFactory: (verifier: TokenVerifier) => createJwtStrategy(verifier, reader, accepted),
      },
      { provide: REPORTER, useValue: reporter },
      { provide: APP_FILTER, useClass: DenialFilter },
      JwtAuthGuard,
    ],
    exports: [
      CredentialReader,
      CSRF_PROTECTION,
      API_KEY_VERIFIER,
      TokenVerifier,
      ProofOfPossession,
      Revocation,
      StateTrip,
      JWT_STRATEGY,
      REPORTER,
      JwtAuthGuard,
    ],
  })
  class RoomModule {}

  @Module({ imports: [RoomModule, ...imports], controllers })
  class AppModule {}

  const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(AppModule, http, { logger: false, abortOnError: false });
  const meet = (raw: IncomingMessage) =>
    keepFacts(raw, new RequestFacts('id', 'trace', '127.0.0.1', Date.now()));
  if (edge && adapter === 'express') {
    app.use((request: IncomingMessage, _: ServerResponse, next: () => void) => (meet(request), next()));
  } else if (edge) {
    const fastify = app.getHttpAdapter().getInstance() as { addHook(name: string, hook: unknown): void };
    fastify.addHook(
      'onRequest',
      (request: { raw: IncomingMessage }, _: unknown, done: () => void) => (meet(request.raw), done()),
    );
  }
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, app, reported, close: () => app.close() };
}
