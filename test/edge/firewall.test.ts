import { describe, expect, it } from 'vitest';
import { checkHeaders, checkMethod, checkPath, checkQuery } from '../../lib/pipeline/edge/firewall.js';

describe('paths', () => {
  it.each([
    '/',
    '/a/b',
    '/a/',
    '/a%20b',
    '/%C3%A9',
    '/a.b/..c/c..',
    '/...',
    '/a;b=1',
    '/~x/@y/$z',
    '/a:b',
    '/%25',
    '/[a]',
  ])('lets %s in', (path) => expect(checkPath(path)).toBeUndefined());

  it.each([
    '',
    '*',
    'a',
    'http://h/a',
    '//a',
    '/a//b',
    '/a\\b',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a%5Cb',
    '/a%00',
    '/a%0d%0a',
    '/a%1b',
    '/a%7f',
    '/..',
    '/a/..',
    '/a/../b',
    '/./a',
    '/a/.',
    '/%2e%2e/a',
    '/a/%2E./b',
    '/.%2e',
    '/%zz',
    '/%',
    '/%E0%A4%A',
    '/%ff',
    '/%c0%ae',
    '/a#b',
    '/a b',
    '/\u00e9',
    '/a\x00',
    '/a\n',
    '/a\x7f',
  ])('refuses %j', (path) => expect(checkPath(path)?.reason).toBe('edge.path'));
});

describe('queries', () => {
  it.each(['', 'a=1', 'a=1&a=2', 'a[b]=c', 'q=%C3%A9+x', 'a=%2F..%2f', 'x=a'.padEnd(8192, 'a')])(
    'lets %.40s in',
    (query) => expect(checkQuery(query)).toBeUndefined(),
  );

  it.each(['a=%00', '%zz', 'a=%', 'a=%ff', 'a=\x01', 'a=\u00e9', 'a#b', 'a'.repeat(8193), 'a&'.repeat(256)])(
    'refuses %.40j',
    (query) => expect(checkQuery(query)?.reason).toBe('edge.query'),
  );
});

describe('methods', () => {
  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('lets %s in', (method) => {
    expect(checkMethod(method)).toBeUndefined();
  });
  it.each(['TRACE', 'CONNECT', 'PROPFIND', 'get', 'QUERY', ''])(
    'refuses %s and says what is allowed',
    (method) => {
      expect(checkMethod(method)).toMatchObject({
        reason: 'edge.method',
        headers: { Allow: expect.stringContaining('GET') },
      });
    },
  );
});

describe('headers', () => {
  const check = (pairs: Array<[string, string]>) =>
    checkHeaders(Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])), pairs.flat());

  it.each([
    [[['X-HTTP-Method-Override', 'DELETE']]],
    [[['X-HTTP-Method', 'DELETE']]],
    [[['X-Method-Override', 'DELETE']]],
    [
      [
        ['Transfer-Encoding', 'chunked'],
        ['Content-Length', '3'],
      ],
    ],
    [[['Transfer-Encoding', 'gzip, chunked']]],
    [[['Transfer-Encoding', 'identity']]],
    [
      [
        ['Host', 'a'],
        ['host', 'b'],
      ],
    ],
    [
      [
        ['Authorization', 'Bearer a'],
        ['authorization', 'Bearer b'],
      ],
    ],
    [
      [
        ['Content-Type', 'application/json'],
        ['content-type', 'text/plain'],
      ],
    ],
    [
      [
        ['Origin', 'https://a'],
        ['Origin', 'https://b'],
      ],
    ],
    [[['X-A', 'a\rb']]],
    [[['X-A', 'a\x00b']]],
    [[['X-A', 'a\x1b[31m']]],
    [[['X-A', 'a\x7f']]],
  ] as Array<[Array<[string, string]>]>)('refuses %j', (pairs) => {
    expect(check(pairs)?.reason).toBe('edge.header');
  });

  it.each([
    [
      [
        ['Host', 'a'],
        ['Accept', 'x'],
        ['Accept', 'y'],
        ['X-A', 'tab\tin it'],
      ],
    ],
    [[['Transfer-Encoding', 'Chunked']]],
    [
      [
        ['X-Forwarded-For', 'a'],
        ['X-Forwarded-For', 'b'],
      ],
    ],
  ] as Array<[Array<[string, string]>]>)('lets %j in', (pairs) => {
    expect(check(pairs)).toBeUndefined();
  });
});
