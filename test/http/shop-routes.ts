import type { DataSource } from 'typeorm';
import { User } from '../../sample-app/database/user.entity.js';
import { ApiKey } from '../../sample-app/database/api-key.entity.js';
import { randomUUID } from 'node:crypto';
import {
  SEEDED_ACCOUNTS,
  SEEDED_ORDERS,
  SEEDED_USERS,
  type SeededName,
} from '../../sample-app/database/seed-data.js';
import { bearerOf } from '../attacks/support/target.js';
import { forge } from '../attacks/support/tokens.js';
import type { WireRequest } from '../attacks/support/wire.js';

/** A route of the shop, and a request that it answers with 2xx. */
export interface ShopRoute {
  /** As the posture table has it: `PATCH /orders/:id`. */
  readonly address: string;
  readonly handler: string;
  /** `anybody`: somebody new each time. */
  readonly who?: SeededName | 'anybody';
  readonly path: string;
  /** What it takes for a body, where it takes one. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly hasQuery?: true;
}

const ORDER = `/orders/${SEEDED_ORDERS.aliceOpen.id}`;
const KITCHEN = `/accounts/${SEEDED_ACCOUNTS.kitchen.id}`;
const ALICE = `/users/${SEEDED_USERS.alice.id}`;

/** The id of a key of alice's, which {@link arrangeKey} puts into the shop. */
const KEY = '/api-keys/0000000000000000A';

/** Somebody to delete: with an account end its tokens, and the others are asked for again. */
const LEAVER = '1ea7e000-0000-4000-8000-000000000001';

/** Gives alice an API key that nobody has the secret of, and the shop a user who leaves. */
export async function arrange(source: DataSource): Promise<void> {
  await source.getRepository(User).insert({
    id: LEAVER,
    tenantId: SEEDED_USERS.root.tenantId,
    username: 'leaver',
    displayName: 'Leaver',
    email: 'leaver@shop.example',
    roles: ['user'],
    taxId: 'X',
    passwordHash: 'none',
    createdAt: new Date(),
  });
  const now = Date.now();
  await source.getRepository(ApiKey).insert({
    id: KEY.slice('/api-keys/'.length),
    owner: SEEDED_USERS.alice.id,
    name: 'Warehouse',
    scopes: ['orders:read'],
    roles: [],
    tenant: null,
    hash: '0'.repeat(64),
    previousHash: null,
    previousUntil: null,
    createdAt: now,
    secretAt: now,
    expiresAt: now + 86_400_000,
    lastUsedAt: null,
    revokedAt: null,
  });
}

/** Every route of the shop. */
export const ROUTES: readonly ShopRoute[] = [
  { address: 'GET /health', handler: 'HealthController.health', path: '/health' },
  { address: 'GET /.well-known/jwks.json', handler: 'JwksController.jwks', path: '/.well-known/jwks.json' },
  // A password of the wrong length, not a wrong one: no test here is about hashing.
  {
    address: 'POST /auth/login',
    handler: 'AuthController.login',
    path: '/auth/login',
    body: { username: 'sue', password: 'x' },
  },
  // Of no session: no test here is about those.
  {
    address: 'POST /auth/refresh',
    handler: 'AuthController.refresh',
    path: '/auth/refresh',
    body: { refreshToken: 'x' },
  },
  { address: 'POST /auth/logout', handler: 'AuthController.logout', path: '/auth/logout', who: 'bob' },
  { address: 'GET /me', handler: 'MeController.me', path: '/me', who: 'alice' },
  { address: 'GET /orders', handler: 'OrdersController.list', path: '/orders', who: 'alice', hasQuery: true },
  {
    address: 'POST /orders',
    handler: 'OrdersController.create',
    path: '/orders',
    who: 'alice',
    body: { items: [{ sku: 'MUG', quantity: 1 }], note: 'x', accountId: SEEDED_ACCOUNTS.kitchen.id },
  },
  {
    address: 'POST /orders/bulk-cancel',
    handler: 'OrdersController.bulkCancel',
    path: '/orders/bulk-cancel',
    who: 'alice',
    body: { ids: [SEEDED_ORDERS.aliceOpen.id] },
  },
  { address: 'GET /orders/:id', handler: 'OrdersController.get', path: ORDER, who: 'alice' },
  {
    address: 'PATCH /orders/:id',
    handler: 'OrdersController.patch',
    path: ORDER,
    who: 'alice',
    body: { note: 'x' },
  },
  { address: 'DELETE /orders/:id', handler: 'OrdersController.remove', path: ORDER, who: 'alice' },
  {
    address: 'POST /orders/:id/refund',
    handler: 'OrdersController.refund',
    path: `/orders/${SEEDED_ORDERS.bobPaid.id}/refund`,
    who: 'sue',
  },
  {
    address: 'GET /accounts',
    handler: 'AccountsController.list',
    path: '/accounts',
    who: 'alice',
    hasQuery: true,
  },
  {
    address: 'POST /accounts',
    handler: 'AccountsController.create',
    path: '/accounts',
    who: 'alice',
    body: { name: 'x' },
  },
  { address: 'GET /accounts/:id', handler: 'AccountsController.get', path: KITCHEN, who: 'alice' },
  {
    address: 'GET /accounts/:id/orders',
    handler: 'AccountsController.ordersOf',
    path: `${KITCHEN}/orders`,
    who: 'alice',
    hasQuery: true,
  },
  {
    address: 'POST /accounts/:id/members',
    handler: 'AccountsController.add',
    path: `${KITCHEN}/members`,
    who: 'alice',
    body: { userId: SEEDED_USERS.bob.id },
  },
  {
    address: 'DELETE /accounts/:id/members/:userId',
    handler: 'AccountsController.remove',
    path: `${KITCHEN}/members/${SEEDED_USERS.bob.id}`,
    who: 'alice',
  },
  { address: 'GET /api-keys', handler: 'ApiKeysController.list', path: '/api-keys', who: 'alice' },
  {
    address: 'POST /api-keys',
    handler: 'ApiKeysController.create',
    path: '/api-keys',
    who: 'alice',
    body: { name: 'x', scopes: ['orders:read'] },
  },
  {
    address: 'POST /api-keys/:id/rotate',
    handler: 'ApiKeysController.rotate',
    path: `${KEY}/rotate`,
    who: 'alice',
  },
  { address: 'DELETE /api-keys/:id', handler: 'ApiKeysController.revoke', path: KEY, who: 'alice' },
  { address: 'GET /users', handler: 'UsersController.list', path: '/users', who: 'root', hasQuery: true },
  { address: 'GET /users/:id', handler: 'UsersController.get', path: ALICE, who: 'root' },
  {
    address: 'PATCH /users/:id',
    handler: 'UsersController.patch',
    path: ALICE,
    who: 'root',
    body: { displayName: 'x', email: 'x@shop.example', roles: ['user'] },
  },
  {
    address: 'DELETE /users/:id',
    handler: 'UsersController.remove',
    path: `/users/${LEAVER}`,
    who: 'root',
  },
  {
    address: 'POST /auth/logout-everywhere',
    handler: 'AuthController.logoutEverywhere',
    path: '/auth/logout-everywhere',
    who: 'anybody',
  },
];

/** One header. */
export type Header = readonly [name: string, value: string];

/** `GET`, … */
export const methodOf = ({ address }: ShopRoute): string => address.slice(0, address.indexOf(' '));
/** What the shop takes. */
export const JSON_TYPE: Header = ['Content-Type', 'application/json'];

/** The good request of a route. */
export function goodRequest(route: ShopRoute): WireRequest & { readonly headers: readonly Header[] } {
  const headers: Header[] = route.who ? [['Authorization', bearer(route.who)]] : [];
  const request = { method: methodOf(route), path: route.path, headers };
  return route.body
    ? { ...request, headers: [...headers, JSON_TYPE], body: JSON.stringify(route.body) }
    : request;
}

function bearer(who: SeededName | 'anybody'): string {
  if (who !== 'anybody') return bearerOf(who);
  return `Bearer ${forge.claiming({ sub: randomUUID(), roles: ['user'], jti: randomUUID() })}`;
}
