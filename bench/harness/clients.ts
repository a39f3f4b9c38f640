import { orderId, userId } from '../shop/order-row.js';
import { ORIGIN } from '../shop/shop.options.js';
import { newToken, type Issuer } from './keys.js';
import type { LoadRequest } from './load.js';

/** What a caller of the shop sends. */
export interface ShopClient {
  readonly user: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The body of every new order. */
export const NEW_ORDER = JSON.stringify({
  items: [
    { sku: 'tea-green', quantity: 2 },
    { sku: 'tea-black', quantity: 1 },
    { sku: 'cup-small', quantity: 4 },
    { sku: 'pot-iron', quantity: 1 },
    { sku: 'tin-round', quantity: 12 },
  ],
  note: 'please ring twice, the "bell" is slow',
});

const HOSTILE_BYTES = 99_000;

/** A body within every default limit whose line items are all empty. */
export const HOSTILE = `{"items":[${Array.from({ length: Math.floor((HOSTILE_BYTES - 12) / 3) }, () => '{}').join(',')}]}`;

/**
 * Callers with a token and an address each. `users` of the shop share them in turn: 10,000 tokens of 200 users are 10,000 callers.
 *
 * @param roles the roles in every token.
 */
export function newClients(
  issuer: Issuer,
  count: number,
  users: number,
  roles: readonly string[] = ['user'],
): ShopClient[] {
  return Array.from({ length: count }, (_, index) => {
    const user = index % users;
    return {
      user,
      headers: {
        authorization: `Bearer ${newToken(issuer, userId(user), roles)}`,
        'x-forwarded-for': `10.${(user >> 16) & 255}.${(user >> 8) & 255}.${user & 255}`,
        origin: ORIGIN,
        accept: 'application/json',
      },
    };
  });
}

/** A caller's own order. */
export function one({ user, headers }: ShopClient): LoadRequest {
  return { method: 'GET', path: `/orders/${orderId(user, 0)}`, headers };
}

/** A list of a caller's orders. */
export function list({ headers }: ShopClient, limit: number): LoadRequest {
  return { method: 'GET', path: `/orders?limit=${limit}`, headers };
}

/** A new order. */
export function post({ headers }: ShopClient, body = NEW_ORDER): LoadRequest {
  return {
    method: 'POST',
    path: '/orders',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  };
}

/** A caller's own order, without a token. */
export function anonymous(client: ShopClient): LoadRequest {
  const { authorization: _, ...headers } = client.headers;
  return { ...one(client), headers };
}

/** A caller's own order, with a token of which one character of the signature is another. */
export function forged(client: ShopClient): LoadRequest {
  const { authorization = '' } = client.headers;
  const at = authorization.length - 20;
  const other = authorization[at] === 'A' ? 'B' : 'A';
  const token = authorization.slice(0, at) + other + authorization.slice(at + 1);
  return { ...one(client), headers: { ...client.headers, authorization: token } };
}

/** Somebody else's order. */
export function foreign(client: ShopClient, users: number): LoadRequest {
  return { ...one(client), path: `/orders/${orderId((client.user + 1) % users, 0)}` };
}

/** The route that admits one request an hour. */
export function receipt(client: ShopClient): LoadRequest {
  const { path, ...rest } = one(client);
  return { ...rest, path: `${path}/receipt` };
}
