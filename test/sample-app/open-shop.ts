import { SessionService, type SecurityEvent } from 'nestjs-gatehouse';
import { createShop } from '../../sample-app/app.module.js';
import { sessionPrincipal } from '../../sample-app/auth/session-principal.js';
import { SEEDED_USERS, type SeededName } from '../../sample-app/database/seed-data.js';
import type { ShopOptions } from '../../sample-app/shop.options.js';
import { ApiClient, type Answer } from '../support/api-client.js';
import { HandlerCounter } from '../support/handler-counter.js';
import { emptyPostgres } from '../support/postgres.js';
import { ADAPTERS, startApp, type AdapterName, type StartedApp } from '../support/start-app.js';
import { signIn } from '../support/sign-in.js';

/** A shop that listens, with a client for each of its users. */
export interface Shop {
  readonly counter: HandlerCounter;
  readonly events: SecurityEvent[];
  readonly started: StartedApp;
  readonly nobody: ApiClient;
  readonly as: Readonly<Record<SeededName, ApiClient>>;
}

/** A new shop. Without a password, which costs time, nobody can log in to it. */
export async function openShop(adapter: AdapterName, options: ShopOptions = {}): Promise<Shop> {
  const counter = new HandlerCounter();
  const events: SecurityEvent[] = [];
  const shop = createShop({ ...options, events: { write: (event) => events.push(event) } });
  const started = await startApp(shop, adapter, (app) => app.useGlobalInterceptors(counter));
  const nobody = new ApiClient(started.url);
  const sessions = started.app.get(SessionService);
  const clients = Object.entries(SEEDED_USERS).map(
    async ([name, user]) =>
      [name, nobody.as((await signIn(sessions, sessionPrincipal(user))).accessToken)] as const,
  );
  const as = Object.fromEntries(await Promise.all(clients)) as Record<SeededName, ApiClient>;
  return { counter, events, started, nobody, as };
}

/** Both adapters on both databases. */
export const PLACES = ADAPTERS.flatMap((adapter) => [
  [adapter, 'SQLite'] as const,
  [adapter, 'PostgreSQL'] as const,
]);

/** A new shop on one of the {@link PLACES}. */
export async function openShopOn([adapter, kind]: (typeof PLACES)[number]): Promise<
  Shop & { close(): Promise<void> }
> {
  const database = kind === 'PostgreSQL' ? await emptyPostgres() : undefined;
  const shop = await openShop(adapter, { databaseUrl: database?.url });
  return {
    ...shop,
    async close() {
      await shop.started.close();
      await database?.drop();
    },
  };
}

/** A problem without what differs from one request to the next. */
export function problemOf({ status, body }: Answer): object {
  const { instance: _instance, traceId: _traceId, ...rest } = body;
  return { answered: status, ...rest };
}

/** The properties of an answer, in order. */
export const keysOf = (body: object): string[] => Object.keys(body).toSorted();
