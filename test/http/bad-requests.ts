import { SEEDED_ORDERS, SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import type { WireRequest } from '../attacks/support/wire.js';
import { goodRequest, methodOf, type Header, type ShopRoute } from './shop-routes.js';

/** One bad request, and what is bad about it. */
export interface BadRequest {
  readonly name: string;
  readonly request: WireRequest | Buffer;
}

/** A short name for a test's message. */
export const name = (value: unknown): string => JSON.stringify(value).slice(0, 60);

/** Paths that no reader, or not every reader, understands. */
export function badPaths(route: ShopRoute): BadRequest[] {
  const good = goodRequest(route);
  const tails = [
    '%',
    '%zz',
    '%E0%A4%A',
    '%c0%ae',
    '%ff',
    '%00',
    '%0d%0a',
    '%2f',
    '%5c',
    '\\',
    '/..',
    '/%2e%2e/x',
    '//',
    '\u00e9',
    '\u0001',
    '\u007f',
    ' x',
    '#x',
    '/x',
    '%20',
  ];
  const queries = [
    'a=%zz',
    'a=%',
    'a=%00',
    'a=%ff%fe',
    'a=\u00e9',
    `a=${'x'.repeat(9000)}`,
    Array.from({ length: 300 }, (_, i) => `a${i}`).join('&'),
    'a=1#b',
  ];
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
  const ids = [
    'x',
    '0',
    '-1',
    'null',
    'undefined',
    'NaN',
    '__proto__',
    'constructor',
    '[]',
    '{}',
    '%5B%22a%22%5D',
    "'%20OR%201=1%20--",
    '%F0%9F%92%A9',
    '%EF%BF%BF',
    'a,b',
    '...',
    'x'.repeat(5000),
    SEEDED_USERS.alice.id.toUpperCase(),
    `%7B${SEEDED_ORDERS.aliceOpen.id}%7D`,
    `${SEEDED_ORDERS.aliceOpen.id}%20`,
  ];
  const at = route.address.split('/').indexOf(':id');
  return ids.map((id) => ({
    name: id.slice(0, 60),
    request: { ...goodRequest(route), path: route.path.split('/').with(at, id).join('/') },
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
    [
      ['Authorization', 'Bearer a.b.c'],
      ['Authorization', 'Bearer a.b.c'],
    ],
    [
      ['Content-Type', 'application/json'],
      ['Content-Type', 'text/plain'],
      ['Content-Type', 'a/b'],
    ],
    [
      ['Host', 'a'],
      ['Host', 'b'],
    ],
    [['Host', '']],
    [['X-HTTP-Method-Override', 'DELETE']],
    [['X-Method-Override', 'PUT']],
    [
      ['Content-Length', '0'],
      ['Transfer-Encoding', 'chunked'],
    ],
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
  const request = (line: string): Buffer =>
    Buffer.from(`${line}\r\nHost: a\r\nConnection: close\r\n\r\n`, 'latin1');
  return [
    ...lists.map((list) => ({
      name: name(list),
      request: {
        method,
        path,
        headers: [...good.headers.filter(([own]) => own === 'Authorization'), ...list],
        // The end of a chunked body, for those who wait for it.
        body: list.some(([header]) => header === 'Transfer-Encoding') ? '0\r\n\r\n' : undefined,
      },
    })),
    ...[`${method} ${path} HTTP/9.9`, `${method} ${path} JUNK/1.1`, `${method} ${path}`].map((line) => ({
      name: line,
      request: request(line),
    })),
    { name: 'no Host', request: Buffer.from(`${method} ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`) },
  ];
}

/** Queries of another shape than the route declares. */
export function badQueries(route: ShopRoute): BadRequest[] {
  if (!route.hasQuery) return [];
  const queries = [
    'limit=x',
    'limit=',
    'limit=%20',
    'limit=0',
    'limit=-1',
    'limit=101',
    'limit=1.5',
    'limit=1e1',
    'limit=0x1',
    'limit=NaN',
    'limit=null',
    'limit=%EF%BC%91',
    'limit=1&limit=1',
    'limit=1&limit=2',
    'limit[]=1',
    'limit[a]=1',
    'limit%5B%5D=1',
    'limit.a=1',
    'LIMIT=1',
    'cursor=',
    'cursor=x',
    'cursor=x&cursor=x',
    `cursor=${'x'.repeat(5000)}`,
    'cursor[$gt]=',
    'cursor=%F0%9F%92%A9',
    'cursor=WyIxIiwiMSJd',
    'unknown=1',
    '__proto__=1',
    '__proto__[a]=1',
    'constructor=1',
    'constructor.prototype.a=1',
    'toString=1',
    '=1',
    'userId=1',
  ];
  return queries.map((query) => ({
    name: query.slice(0, 60),
    request: { ...goodRequest(route), path: `${route.path}?${query}` },
  }));
}

/** Values of `X-Forwarded-For` and its like that are no addresses. */
export const GARBAGE_ADDRESSES = [
  '',
  ',',
  'x',
  '999.1.1.1',
  '127.0.0.1, ::::',
  '%00',
  "'; DROP TABLE users; --",
  '\u00e9',
  '1'.repeat(2000),
  ','.repeat(2000),
  '[::1',
  'unknown, _hidden',
  '0x7f.1',
  '127.0.0.1:99999',
] as const;
