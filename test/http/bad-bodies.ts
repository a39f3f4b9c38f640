import { name, type BadRequest } from './bad-requests.js';
import { goodRequest, JSON_TYPE, type ShopRoute } from './shop-routes.js';

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** Bodies that are not JSON, or JSON that nobody takes, whatever a route makes of it. Those of a GET are not read. */
export function badBodies(route: ShopRoute): BadRequest[] {
  const { headers, ...good } = goodRequest(route);
  if (good.method === 'GET') return [];
  const authorization = headers.filter(([own]) => own === 'Authorization');
  const json = JSON.stringify(route.body ?? { a: 1 });
  const inside = (text: string): string => `${json.slice(0, -1)},"b":${text}}`;
  const bodies: Array<string | Buffer> = [
    '{',
    '}',
    '{"a":',
    '{"a":1',
    '[1,',
    '{a:1}',
    "{'a':1}",
    '{"a":1,}',
    '{"a":NaN}',
    '{"a":Infinity}',
    '{"a":undefined}',
    '{"a":1}//x',
    '{"a":1}{"a":1}',
    'a=1',
    '<a/>',
    ' ',
    '\n',
    '\u0000',
    `${json}\u0000`,
    inside('"\u0000"'),
    inside('"\\u0000"'),
    inside('"\\ud800"'),
    inside('"\\udc00\\ud800"'),
    inside('"\\x00"'),
    inside('"a\nb"'),
    `{"__proto__":{"a":1}}`,
    inside('{"__proto__":1}'),
    inside('{"\\u005f\\u005fproto\\u005f\\u005f":1}'),
    inside(deep(10_000)),
    deep(40_000),
    '['.repeat(90_000),
    '{"a":'.repeat(15_000),
    'x'.repeat(200_000),
    `"${'x'.repeat(200_000)}"`,
    JSON.stringify(Array.from({ length: 60_000 }, () => 1)),
    Buffer.from([0xff, 0xfe, 0x7b, 0x00]),
    Buffer.concat([
      Buffer.from(json.slice(0, -1)),
      Buffer.from([0x2c, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
    ]),
    Buffer.from(json, 'utf16le'),
    Buffer.from([0xed, 0xa0, 0x80]),
  ];
  const types = [
    'text/plain',
    'text/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'application/json; charset=x',
    'application/jsonp',
    'application/octet-stream',
    'application/json, text/plain',
    'json',
    '',
    '*/*',
    '\u00e9',
  ];
  return [
    ...bodies.map((body) => ({
      name: name(String(body)),
      request: { ...good, headers: [...authorization, JSON_TYPE], body },
    })),
    ...types.map((type) => ({
      name: `type ${type}`,
      request: { ...good, headers: [...authorization, ['Content-Type', type] as const], body: json },
    })),
    { name: 'no type', request: { ...good, headers: authorization, body: json } },
    ...['gzip', 'br', 'x'].map((coding) => ({
      name: coding,
      request: {
        ...good,
        headers: [...authorization, JSON_TYPE, ['Content-Encoding', coding] as const],
        body: json,
      },
    })),
    {
      name: 'chunks that are none',
      request: {
        ...good,
        headers: [...authorization, JSON_TYPE, ['Transfer-Encoding', 'chunked'] as const],
        body: 'zz\r\n{}\r\n0\r\n\r\n',
      },
    },
  ];
}

/** A request without a body where the route declares one, told to be JSON and not. */
function emptyRequests(route: ShopRoute): BadRequest[] {
  const { headers, ...good } = goodRequest(route);
  const untyped = headers.filter(([own]) => own === 'Authorization');
  return [
    { name: 'nothing', request: { ...good, headers, body: '' } },
    { name: 'nothing, without a type', request: { ...good, headers: untyped, body: undefined } },
  ];
}

/** JSON of another shape than the route declares. */
export function badShapes(route: ShopRoute): BadRequest[] {
  const { body } = route;
  if (!body) return [];
  const { headers, ...good } = goodRequest(route);
  const wrong: unknown[] = [
    {},
    [[]],
    [{}],
    { toString: 1 },
    { length: 2 },
    1.5,
    -1,
    1e308,
    true,
    '\u0007'.repeat(1100),
  ];
  const shapes: unknown[] = [
    null,
    1,
    'x',
    true,
    [],
    [[]],
    [body],
    { body },
    ...[
      'unknown',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      'length',
      '',
      '__proto',
      'id',
      'userId',
      '$where',
    ].map((key) => ({ ...body, [key]: 1 })),
    ...Object.keys(body).flatMap((key) => wrong.map((value) => ({ ...body, [key]: value }))),
    ...('items' in body
      ? [
          null,
          1,
          'x',
          [],
          { sku: 1, quantity: 1 },
          { sku: 'MUG' },
          { sku: 'MUG', quantity: '1' },
          { sku: 'toString', quantity: 1 },
          { sku: 'MUG', quantity: 1, price: 0 },
          { sku: 'MUG', quantity: 1e21 },
        ].map((line) => ({ ...body, items: [line] }))
      : []),
  ];
  return [
    ...shapes.map((shape) => ({
      name: name(shape),
      request: { ...good, headers, body: JSON.stringify(shape) },
    })),
    ...emptyRequests(route),
  ];
}
