import { SEEDED_ORDERS, SEEDED_USERS, type SeededName } from '../../sample-app/database/seed-data.js';
import { bearerOf } from '../attacks/support/target.js';
import type { WireRequest } from '../attacks/support/wire.js';

/** A route of the shop, and a request that it answers with 2xx. */
export interface ShopRoute {
  /** As the posture table has it: `PATCH /orders/:id`. */
  readonly address: string;
  readonly handler: string;
  readonly who?: SeededName;
  readonly path: string;
  /** What it takes for a body, where it takes one. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly hasQuery?: true;
}

const ORDER = `/orders/${SEEDED_ORDERS.aliceOpen.id}`;
const ALICE = `/users/${SEEDED_USERS.alice.id}`;

/** Every route of the shop. */
export const ROUTES: readonly ShopRoute[] = [
  { address: 'GET /health', handler: 'HealthController.health', path: '/health' },
  { address: 'GET /.well-known/jwks.json', handler: 'JwksController.jwks', path: '/.well-known/jwks.json' },
  // A password of the wrong length, not a wrong one: no test here is about hashing.
  { address: 'POST /auth/login', handler: 'AuthController.login', path: '/auth/login', body: { username: 'sue', password: 'x' } },
  { address: 'GET /me', handler: 'MeController.me', path: '/me', who: 'alice' },
  { address: 'GET /orders', handler: 'OrdersController.list', path: '/orders', who: 'alice', hasQuery: true },
  { address: 'POST /orders', handler: 'OrdersController.create', path: '/orders', who: 'alice', body: { items: [{ sku: 'MUG', quantity: 1 }], note: 'x' } },
  { address: 'GET /orders/:id', handler: 'OrdersController.get', path: ORDER, who: 'alice' },
  { address: 'PATCH /orders/:id', handler: 'OrdersController.patch', path: ORDER, who: 'alice', body: { note: 'x' } },
  { address: 'DELETE /orders/:id', handler: 'OrdersController.remove', path: ORDER, who: 'alice' },
  { address: 'POST /orders/:id/refund', handler: 'OrdersController.refund', path: `${ORDER}/refund`, who: 'sue' },
  { address: 'GET /users', handler: 'UsersController.list', path: '/users', who: 'root', hasQuery: true },
  { address: 'GET /users/:id', handler: 'UsersController.get', path: ALICE, who: 'root' },
  { address: 'PATCH /users/:id', handler: 'UsersController.patch', path: ALICE, who: 'root', body: { displayName: 'x', email: 'x@shop.example', roles: ['user'] } },
  { address: 'DELETE /users/:id', handler: 'UsersController.remove', path: ALICE, who: 'root' },
];

/** One bad request, and what is bad about it. */
export interface BadRequest {
  readonly name: string;
  readonly request: WireRequest | Buffer;
}

type Header = readonly [name: string, value: string];

const methodOf = ({ address }: ShopRoute): string => address.slice(0, address.indexOf(' '));
const JSON_TYPE: Header = ['Content-Type', 'application/json'];

/** The good request of a route. */
export function goodRequest(route: ShopRoute): WireRequest & { readonly headers: readonly Header[] } {
  const headers: Header[] = route.who ? [['Authorization', bearerOf(route.who)]] : [];
  const request = { method: methodOf(route), path: route.path, headers };
  return route.body ? { ...request, headers: [...headers, JSON_TYPE], body: JSON.stringify(route.body) } : request;
}

const name = (value: unknown): string => JSON.stringify(value).slice(0, 60);

/** Paths that no reader, or not every reader, understands. */
export function badPaths(route: ShopRoute): BadRequest[] {
  const good = goodRequest(route);
  const tails = ['%', '%zz', '%E0%A4%A', '%c0%ae', '%ff', '%00', '%0d%0a', '%2f', '%5c', '\\', '/..', '/%2e%2e/x', '//', '\u00e9', '\u0001', '\u007f', ' x', '#x', '/x', '%20'];
  const queries = ['a=%zz', 'a=%', 'a=%00', 'a=%ff%fe', 'a=\u00e9', `a=${'x'.repeat(9000)}`, Array.from({ length: 300 }, (_, i) => `a${i}`).join('&'), 'a=1#b'];
  return [
    ...tails.map((tail) => `${good.path}${tail}`),
    ...queries.map((query) => `${good.path}?${query}`),
    `/${good.path}`,
    `/.${good.path}`,
    `/%2e${good.path}`,
    good.path!.slice(1),
    '*',
  ].map((path) => ({ name: name(path), request: { ...good, path } }));
}

/** Ids that name nothing. */
export function badIds(route: ShopRoute): BadRequest[] {
  if (!route.address.includes(':id')) return [];
  const ids = ['x', '0', '-1', 'null', 'undefined', 'NaN', '__proto__', 'constructor', '[]', '{}', '%5B%22a%22%5D', "'%20OR%201=1%20--", '%F0%9F%92%A9', '%EF%BF%BF', 'a,b', '...', 'x'.repeat(5000), SEEDED_USERS.alice.id.toUpperCase(), `%7B${SEEDED_ORDERS.aliceOpen.id}%7D`, `${SEEDED_ORDERS.aliceOpen.id}%20`];
  return ids.map((id) => ({
    name: id.slice(0, 60),
    request: { ...goodRequest(route), path: route.path.replace(/[0-9a-f-]{36}/, id) },
  }));
}

/** Methods that no route has. */
export function badMethods(route: ShopRoute): BadRequest[] {
  return ['TRACE', 'PROPFIND', 'PURGE', 'FOO', 'get', 'GE T', '\u00e9', 'PUT', 'OPTIONS'].map((method) => ({
    name: method,
    request: { ...goodRequest(route), method },
  }));
}

/** Headers that contradict each other, or are no headers. */
export function badHeaders(route: ShopRoute): BadRequest[] {
  const good = goodRequest(route);
  const { path } = good;
  const method = methodOf(route);
  const lists: Header[][] = [
    [['Authorization', 'Bearer a.b.c'], ['Authorization', 'Bearer a.b.c']],
    [['Content-Type', 'application/json'], ['Content-Type', 'text/plain'], ['Content-Type', 'a/b']],
    [['Host', 'a'], ['Host', 'b']],
    [['Host', '']],
    [['X-HTTP-Method-Override', 'DELETE']],
    [['X-Method-Override', 'PUT']],
    [['Content-Length', '0'], ['Transfer-Encoding', 'chunked']],
    [['Transfer-Encoding', 'gzip']],
    [['Transfer-Encoding', 'gzip, chunked']],
    [['Content-Length', '-1']],
    [['Content-Length', 'x']],
    [['X-A', 'a\u0000b']],
    [['X-A', 'a\u0001b']],
    [['X-A', 'a\r\n b']],
    [['X-A', 'a\rb']],
    [['X A', 'b']],
    [['', 'b']],
    [['X-A', 'x'.repeat(20_000)]],
    [['Expect', 'magic']],
  ];
  const request = (line: string): Buffer => Buffer.from(`${line}\r\nHost: a\r\nConnection: close\r\n\r\n`, 'latin1');
  return [
    ...lists.map((list) => ({ name: name(list), request: { method, path, headers: [...good.headers.filter(([own]) => own === 'Authorization'), ...list] } })),
    ...[`${method} ${path} HTTP/9.9`, `${method} ${path} JUNK/1.1`, `${method} ${path}`, `${method}  ${path} HTTP/1.1`].map((line) => ({ name: line, request: request(line) })),
    { name: 'no Host', request: Buffer.from(`${method} ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`) },
  ];
}

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** Bodies that are not JSON, or JSON that nobody takes, whatever a route makes of it. Those of a GET are not read. */
export function badBodies(route: ShopRoute): BadRequest[] {
  const { headers, ...good } = goodRequest(route);
  if (good.method === 'GET') return [];
  const authorization = headers.filter(([own]) => own === 'Authorization');
  const json = JSON.stringify(route.body ?? { a: 1 });
  const inside = (text: string): string => `${json.slice(0, -1)},"b":${text}}`;
  const bodies: Array<string | Buffer> = [
    '{', '}', '{"a":', '{"a":1', '[1,', '{a:1}', "{'a':1}", '{"a":1,}', '{"a":NaN}', '{"a":Infinity}', '{"a":undefined}', '{"a":1}//x', '{"a":1}{"a":1}', 'a=1', '<a/>', ' ', '\n',
    '\u0000', `${json}\u0000`, inside('"\u0000"'), inside('"\\u0000"'), inside('"\\ud800"'), inside('"\\udc00\\ud800"'), inside('"\\x00"'), inside('"a\nb"'),
    `{"__proto__":{"a":1}}`, inside('{"__proto__":1}'), inside('{"\\u005f\\u005fproto\\u005f\\u005f":1}'), inside(deep(10_000)), deep(40_000), '['.repeat(90_000), '{"a":'.repeat(15_000),
    'x'.repeat(200_000), `"${'x'.repeat(200_000)}"`, JSON.stringify(Array.from({ length: 60_000 }, () => 1)),
    Buffer.from([0xff, 0xfe, 0x7b, 0x00]), Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from([0x2c, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])]), Buffer.from(json, 'utf16le'), Buffer.from([0xed, 0xa0, 0x80]),
  ];
  const types = ['text/plain', 'text/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'application/json; charset=x', 'application/jsonp', 'application/octet-stream', 'application/json, text/plain', 'json', '', '*/*', '\u00e9'];
  return [
    ...bodies.map((body) => ({ name: name(String(body)), request: { ...good, headers: [...authorization, JSON_TYPE], body } })),
    ...types.map((type) => ({ name: `type ${type}`, request: { ...good, headers: [...authorization, ['Content-Type', type] as const], body: json } })),
    { name: 'no type', request: { ...good, headers: authorization, body: json } },
    ...['gzip', 'br', 'x'].map((coding) => ({ name: coding, request: { ...good, headers: [...authorization, JSON_TYPE, ['Content-Encoding', coding] as const], body: json } })),
    { name: 'chunks that are none', request: { ...good, headers: [...authorization, JSON_TYPE, ['Transfer-Encoding', 'chunked'] as const], body: 'zz\r\n{}\r\n0\r\n\r\n' } },
  ];
}

/** JSON of another shape than the route declares. */
export function badShapes(route: ShopRoute): BadRequest[] {
  const { body } = route;
  if (!body) return [];
  const { headers, ...good } = goodRequest(route);
  const wrong = [{}, [[]], [{}], { toString: 1 }, { length: 2 }, 1.5, -1, 1e308, true, '\u0007'.repeat(600)];
  const shapes: unknown[] = [
    null, 1, 'x', true, [], [[]], [body], { body },
    ...['unknown', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', '', '__proto', 'id', 'userId', '$where'].map((key) => ({ ...body, [key]: 1 })),
    ...Object.keys(body).flatMap((key) => wrong.map((value) => ({ ...body, [key]: value }))),
    ...('items' in body ? [null, 1, 'x', [], { sku: 1, quantity: 1 }, { sku: 'MUG' }, { sku: 'MUG', quantity: '1' }, { sku: 'toString', quantity: 1 }, { sku: 'MUG', quantity: 1, price: 0 }, { sku: 'MUG', quantity: 1e21 }].map((line) => ({ ...body, items: [line] })) : []),
  ];
  return [
    ...shapes.map((shape) => ({ name: name(shape), request: { ...good, headers, body: JSON.stringify(shape) } })),
    { name: 'nothing', request: { ...good, headers, body: '' } },
    { name: 'nothing, without a type', request: { ...good, headers: headers.filter(([own]) => own === 'Authorization'), body: undefined } },
  ];
}

/** Queries of another shape than the route declares. */
export function badQueries(route: ShopRoute): BadRequest[] {
  if (!route.hasQuery) return [];
  const queries = ['limit=x', 'limit=', 'limit=%20', 'limit=0', 'limit=-1', 'limit=101', 'limit=1.5', 'limit=1e1', 'limit=0x1', 'limit=NaN', 'limit=null', 'limit=%EF%BC%91', 'limit=1&limit=1', 'limit=1&limit=2', 'limit[]=1', 'limit[a]=1', 'limit%5B%5D=1', 'limit.a=1', 'LIMIT=1', 'cursor=', 'cursor=x', 'cursor=x&cursor=x', `cursor=${'x'.repeat(5000)}`, 'cursor[$gt]=', 'cursor=%F0%9F%92%A9', 'cursor=WyIxIiwiMSJd', 'unknown=1', '__proto__=1', '__proto__[a]=1', 'constructor=1', 'constructor.prototype.a=1', 'toString=1', '=1', 'userId=1'];
  return queries.map((query) => ({ name: query.slice(0, 60), request: { ...goodRequest(route), path: `${route.path}?${query}` } }));
}

/** Values of `X-Forwarded-For` and its like that are no addresses. */
export const GARBAGE_ADDRESSES = ['', ',', 'x', '999.1.1.1', '127.0.0.1, ::::', '%00', "'; DROP TABLE users; --", '\u00e9', '1'.repeat(5000), ','.repeat(5000), '[::1', 'unknown, _hidden', '0x7f.1', '127.0.0.1:99999'] as const;
