import { randomUUID } from 'node:crypto';
import type { INestApplication } from '@nestjs/common';
import type { SecurityEvent } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { createShop } from '../../../sample-app/app.module.js';
import { SEEDED_USERS, type SeededName } from '../../../sample-app/database/seed-data.js';
import { createNaiveShop } from '../../../sample-app/naive/naive.module.js';
import type { ShopLimits } from '../../../sample-app/shop-limits.js';
import { ApiClient } from '../../support/api-client.js';
import { startApp, type AdapterName } from '../../support/start-app.js';
import { countExecutions } from './executions.js';
import { forge, withKeyFile } from './tokens.js';
import { wire, type WireAnswer, type WireRequest } from './wire.js';

/** The password of all seeded users. */
export const PASSWORD = 'correct horse battery';

/** All rows of all tables. */
export type Rows = Record<
  'users' | 'accounts' | 'account_members' | 'orders' | 'order_items' | 'api_keys',
  Array<Record<string, unknown>>
>;

/** How a target differs from the usual one. */
export interface TargetOptions {
  /** Limits of the shop; those by address and user are out of the way if nothing is said. */
  readonly limits?: Partial<ShopLimits>;
  /** Changes the data before the first attack. */
  readonly arrange?: (source: DataSource) => Promise<void>;
  /** Turns on in the twin what such applications turn on in their `main.ts`. */
  readonly habits?: (twin: INestApplication) => void;
}

/** An application under attack: the shop or its unprotected twin, both with the same keys and the same data. */
export interface Target {
  readonly kind: 'twin' | 'shop';
  readonly app: INestApplication;
  readonly url: string;
  /** The handlers that have run, `OrdersController.get`. */
  readonly executions: string[];
  /** What the shop has logged. */
  readonly events: SecurityEvent[];
  readonly nobody: ApiClient;
  readonly as: Readonly<Record<SeededName, ApiClient>>;
  /** Sends bytes as they are. */
  wire(request: WireRequest | Buffer): Promise<WireAnswer>;
  rows(): Promise<Rows>;
  /** Puts the data back and forgets what was counted. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** The `Authorization` of a seeded user. */
export function bearerOf(name: SeededName): string {
  const { id, tenantId, roles } = SEEDED_USERS[name];
  return `Bearer ${forge.claiming({ sub: id, tenant: tenantId, roles, jti: randomUUID() })}`;
}

/** Starts a target. */
export async function openTarget(
  kind: Target['kind'],
  adapter: AdapterName,
  { limits, arrange, habits }: TargetOptions = {},
): Promise<Target> {
  const executions: string[] = [];
  const events: SecurityEvent[] = [];
  const { app, url, close } = await withKeyFile((keyFile) =>
    startApp(
      kind === 'twin'
        ? createNaiveShop({ password: PASSWORD, keyFile })
        : createShop({
            password: PASSWORD,
            keyFile,
            limits: { address: 1_000_000, user: 1_000_000, ...limits },
            events: { write: (event) => events.push(event) },
          }),
      adapter,
      (started) => {
        countExecutions(started, executions);
        if (kind === 'twin') habits?.(started);
      },
    ),
  );
  const source = app.get(DataSource, { strict: false });
  await arrange?.(source);
  const initial = await readRows(source);
  const nobody = new ApiClient(url);
  const clients = Object.keys(SEEDED_USERS).map((name) => {
    return [name, nobody.as(bearerOf(name as SeededName).slice('Bearer '.length))];
  });
  return {
    kind,
    app,
    url,
    executions,
    events,
    nobody,
    as: Object.fromEntries(clients) as Record<SeededName, ApiClient>,
    wire: (request) => wire(url, request),
    rows: () => readRows(source),
    async reset() {
      if (JSON.stringify(await readRows(source)) !== JSON.stringify(initial))
        await writeRows(source, initial);
      executions.length = 0;
      events.length = 0;
    },
    close,
  };
}

async function readRows(source: DataSource): Promise<Rows> {
  return {
    users: await source.query('SELECT * FROM users ORDER BY id'),
    accounts: await source.query('SELECT * FROM accounts ORDER BY id'),
    account_members: await source.query('SELECT * FROM account_members ORDER BY "accountId", "userId"'),
    orders: await source.query('SELECT * FROM orders ORDER BY id'),
    order_items: await source.query('SELECT * FROM order_items ORDER BY "lineId"'),
    api_keys: await source.query('SELECT * FROM api_keys ORDER BY id'),
  };
}

async function writeRows(source: DataSource, rows: Rows): Promise<void> {
  for (const table of Object.keys(rows).toReversed()) await source.query(`DELETE FROM ${table}`);
  for (const [table, list] of Object.entries(rows)) {
    for (const row of list) {
      const columns = Object.keys(row).map((column) => `"${column}"`);
      const places = columns.map(() => '?');
      await source.query(
        `INSERT INTO ${table} (${columns.join()}) VALUES (${places.join()})`,
        Object.values(row),
      );
    }
  }
}
