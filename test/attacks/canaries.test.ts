import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exposedPropertiesOf } from '../../lib/pipeline/output/exposure/exposed-properties.js';
import { ApiKeyView } from '../../sample-app/api-keys/api-key.dto.js';
import { ApiKey } from '../../sample-app/database/api-key.entity.js';
import {
  SEEDED_ACCOUNTS,
  SEEDED_ORDERS,
  SEEDED_USERS,
  type SeededName,
} from '../../sample-app/database/seed-data.js';
import {
  arrange as arrangeShop,
  JSON_TYPE,
  methodOf,
  ROUTES,
  type Header,
  type ShopRoute,
} from '../http/shop-routes.js';
import { ADAPTERS } from '../support/start-app.js';
import { CANARIES, leaksIn, placeCanaries } from './support/canaries.js';
import { bearerOf, openTarget, type Target } from './support/target.js';

const VIEWERS = [...(Object.keys(SEEDED_USERS) as SeededName[]), 'nobody'] as const;
type Viewer = (typeof VIEWERS)[number];

/** What is in alice's API key and in no answer. */
const KEY_CANARIES = {
  hash: 'c0ffee'.repeat(8),
  previousHash: 'decade'.repeat(8),
  tenant: 'canary-tenant-yranac',
};
/** Columns that only say which row belongs to which: their values are ids, which have canaries where they are secret. */
const LINKS = [
  'User.tenantId',
  'Account.tenantId',
  'AccountMember.accountId',
  'Order.userId',
  'Order.tenantId',
  'OrderItem.orderId',
  'OrderItem.order',
  'ApiKey.owner',
];
/** Nothing that could be told from other values: lists of roles, and milliseconds. */
const PLAIN = ['ApiKey.roles', 'ApiKey.secretAt'];

async function arrange(source: DataSource): Promise<void> {
  await arrangeShop(source);
  await placeCanaries(source);
  await source.getRepository(ApiKey).update({ name: 'Warehouse' }, KEY_CANARIES);
}

/** Who takes the roles away from themselves ends their own session, and sees nothing of what comes after. */
const goodBody = (route: ShopRoute, path: string, viewer: Viewer): object =>
  viewer !== 'nobody' && route.body!['roles'] && path.endsWith(SEEDED_USERS[viewer].id)
    ? { ...route.body, roles: SEEDED_USERS[viewer].roles }
    : route.body!;

const bodies = (route: ShopRoute, path: string, viewer: Viewer): Array<string | undefined> =>
  route.body
    ? [
        JSON.stringify(goodBody(route, path, viewer)),
        '{}',
        '{"canary":1}',
        '{"id":',
        '[]',
        JSON.stringify({ ...route.body, roles: 7, note: 7, total: 1 }),
      ]
    : [undefined];

/** A route for every row that it could be about, and for one that is not there. */
function paths(route: ShopRoute): string[] {
  if (route.hasQuery) {
    return [
      '',
      '?limit=1',
      '?limit=0',
      '?cursor=x',
      '?sort=costPrice',
      '?sort=-total',
      '?status=open',
      '?passwordHash=x',
    ].map((query) => route.path + query);
  }
  const idsOf = (rows: Record<string, { readonly id: string }>) => Object.values(rows).map(({ id }) => id);
  const [from, to]: [string, readonly string[]] = route.path.startsWith('/orders/')
    ? [SEEDED_ORDERS.aliceOpen.id, idsOf(SEEDED_ORDERS)]
    : route.path.startsWith('/accounts/')
      ? [SEEDED_ACCOUNTS.kitchen.id, idsOf(SEEDED_ACCOUNTS)]
      : [SEEDED_USERS.alice.id, idsOf(SEEDED_USERS)];
  return [...to, '99999999-9999-4999-8999-999999999999', 'x'].map((id) => route.path.replace(from, id));
}

async function callAll(target: Target, viewer: Viewer): Promise<string> {
  const last = (route: ShopRoute) => (/^DELETE|logout/.test(route.address) ? 1 : 0);
  let bytes = '';
  const call = async (method: string, path: string, body: string | undefined) => {
    const headers: Header[] = viewer === 'nobody' ? [] : [['Authorization', bearerOf(viewer)]];
    if (body !== undefined) headers.push(JSON_TYPE);
    const { raw, text } = await target.wire({ method, path, headers, body });
    bytes += raw;
    return text;
  };
  for (const route of ROUTES.toSorted((a, b) => last(a) - last(b))) {
    for (const path of new Set(paths(route))) {
      for (const body of bodies(route, path, viewer)) {
        const text = await call(methodOf(route), path, body);
        const cursor = /"nextCursor":"([^"]+)"/.exec(text)?.[1];
        if (cursor === undefined) continue;
        // Its bytes, too: what it says must be nobody's to read.
        bytes += Buffer.from(cursor, 'base64url').toString('latin1');
        await call(methodOf(route), `${path}&cursor=${cursor}`, body);
      }
    }
  }
  await call(
    'POST',
    '/auth/login',
    '{"username":"canary-alice-username-yranac","password":"wrong password"}',
  );
  return bytes;
}

describe.each(ADAPTERS)('canaries on %s', (adapter) => {
  let shop: Target;
  const logged: string[] = [];
  const ran = new Set<string>();
  const log = (...words: unknown[]) => void logged.push(words.map(String).join(' '));

  beforeAll(async () => {
    shop = await openTarget('shop', adapter, { arrange });
    Logger.overrideLogger({ log, error: log, warn: log, debug: log, verbose: log, fatal: log });
  });
  afterAll(async () => {
    Logger.overrideLogger(false);
    await shop?.close();
  });

  it('are in every column that is shown to nobody', () => {
    const placed = new Set(
      CANARIES.map(({ name }) => name.split('.')).map(([table, , column]) => `${table}.${column}`),
    );
    const shown = new Set(exposedPropertiesOf(ApiKeyView).keys());
    const source = shop.app.get(DataSource, { strict: false });
    const bare = source.entityMetadatas.flatMap(({ target, tableName, name, columns }) => {
      const exposed = exposedPropertiesOf(target as typeof ApiKey);
      return columns
        .map(({ propertyName }) => propertyName)
        .filter(
          (column) =>
            !exposed.has(column) && !(target === ApiKey && (shown.has(column) || column in KEY_CANARIES)),
        )
        .filter(
          (column) =>
            !placed.has(`${tableName}.${column}`) && `${tableName}.${column}` !== 'order_items.lineId',
        )
        .map((column) => `${name}.${column}`);
    });
    expect(bare.filter((column) => !LINKS.includes(column) && !PLAIN.includes(column))).toEqual([]);
  });

  it.each(VIEWERS)('come to %s from no route, but for what is theirs to see', async (viewer) => {
    await shop.reset();
    const bytes = await callAll(shop, viewer);
    for (const handler of shop.executions) ran.add(handler);
    expect(leaksIn(bytes, viewer)).toEqual([]);
    for (const value of Object.values(KEY_CANARIES)) expect(bytes).not.toContain(value);
    const log = [...logged, JSON.stringify(shop.events)].join('\n');
    expect(leaksIn(log, 'nobody').filter((name) => !name.endsWith('.id'))).toEqual([]);
    for (const value of Object.values(KEY_CANARIES)) expect(log).not.toContain(value);
    // What they may see they do see: who gets nothing at all proves nothing.
    if (viewer !== 'nobody') expect(bytes).toContain(`canary-${viewer}-taxId-yranac`);
    expect(shop.events.length).toBeGreaterThan(0);
    // Nothing of this broke.
    expect(shop.events.filter((event) => 'status' in event && event.status === 500)).toEqual([]);
  });

  it('were looked for in the answers of every handler there is', () => {
    expect([...new Set(ROUTES.map(({ handler }) => handler))].filter((handler) => !ran.has(handler))).toEqual(
      [],
    );
  });

  it('come from no error, where the database breaks under all of them', async () => {
    // Another one: here everybody has logged out everywhere.
    const broken = await openTarget('shop', adapter, { arrange });
    const source = broken.app.get(DataSource, { strict: false });
    logged.length = 0;
    await source.query('ALTER TABLE orders RENAME COLUMN "costPrice" TO "canary-gone"');
    await source.query('ALTER TABLE users RENAME COLUMN "taxId" TO "canary-lost"');
    const bytes = await callAll(broken, 'root');
    expect(bytes.match(/HTTP\/1\.1 50[03]/g)!.length).toBeGreaterThan(10);
    expect(leaksIn(bytes, 'root')).toEqual([]);
    expect(bytes).not.toMatch(/canary-gone|costPrice|QueryFailed|SELECT/);
    const log = [...logged, JSON.stringify(broken.events)].join('\n');
    expect(leaksIn(log, 'nobody').filter((name) => !name.endsWith('.id'))).toEqual([]);
    expect(broken.events.some(({ type }) => type === 'server.failed')).toBe(true);
    await broken.close();
  });
});
