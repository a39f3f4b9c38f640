import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { fastifyInternal } from '../../lib/kit/http/fastify-internals.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADAPTERS,
  boot,
  endsConnection,
  parseRaw,
  rawSend,
  send,
  type Running,
} from '../edge/support/app.js';
import { expectProblem, expectSecured } from '../edge/support/expect.js';

const JSON_HEADERS = { 'content-type': 'application/json' };

describe.each(ADAPTERS)('where errors go, %s', (name) => {
  let server: Running;
  beforeAll(async () => {
    server = await boot(name, {
      prefix: 'api',
      middleware: (request, _response, next) => {
        if (request.headers['x-throw']) throw new Error('hunter2');
        if (request.headers['x-next']) return next(new Error('hunter2'));
        next();
      },
    });
  });
  afterAll(() => server.close());

  it.each([
    ['no route inside the prefix', 'GET', '/api/nope', {}, undefined, 404, 'not-found'],
    ['no route outside the prefix', 'GET', '/nope', {}, undefined, 404, 'not-found'],
    ['the root', 'GET', '/', {}, undefined, 404, 'not-found'],
    ['a post to no route', 'POST', '/nope', JSON_HEADERS, '{}', 404, 'not-found'],
    ['two slashes', 'GET', '//api/things/facts', {}, undefined, 400, 'malformed-request'],
    ['malformed JSON', 'POST', '/api/things/echo', JSON_HEADERS, '{"a":', 400, 'malformed-request'],
    ['malformed JSON, unknown route', 'POST', '/api/nope', JSON_HEADERS, '{"a":', [400, 404], undefined],
    ['an empty-ish body', 'POST', '/api/things/echo', JSON_HEADERS, ' ', 400, 'malformed-request'],
    [
      'a body over the limit',
      'POST',
      '/api/things/echo',
      JSON_HEADERS,
      '1'.repeat(102_401),
      413,
      'payload-too-large',
    ],
    [
      'a body of 1 MB',
      'POST',
      '/api/things/echo',
      JSON_HEADERS,
      '1'.repeat(1 << 20),
      413,
      'payload-too-large',
    ],
    [
      'a bad charset',
      'POST',
      '/api/things/echo',
      { 'content-type': 'application/json; charset=utf-16' },
      '{}',
      415,
      'unsupported-media-type',
    ],
    [
      'a content coding',
      'POST',
      '/api/things/echo',
      { ...JSON_HEADERS, 'content-encoding': 'gzip' },
      '{}',
      415,
      'unsupported-media-type',
    ],
    [
      'text',
      'POST',
      '/api/things/echo',
      { 'content-type': 'text/plain' },
      'x',
      415,
      'unsupported-media-type',
    ],
    [
      'xml',
      'POST',
      '/api/things/echo',
      { 'content-type': 'application/xml' },
      '<x/>',
      415,
      'unsupported-media-type',
    ],
    [
      'a form',
      'POST',
      '/api/things/echo',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'a=1',
      415,
      'unsupported-media-type',
    ],
    ['no content type', 'POST', '/api/things/echo', {}, 'x', 415, 'unsupported-media-type'],
    [
      'a __proto__ key',
      'POST',
      '/api/things/echo',
      JSON_HEADERS,
      '{"__proto__":{"a":1}}',
      400,
      'malformed-request',
    ],
    ['a depth bomb', 'POST', '/api/things/echo', JSON_HEADERS, '['.repeat(50_000), 400, 'malformed-request'],
    [
      'invalid UTF-8',
      'POST',
      '/api/things/echo',
      JSON_HEADERS,
      Buffer.from([0x22, 0xff, 0x22]),
      400,
      'malformed-request',
    ],
    ['bad percent-encoding', 'GET', '/api/things/%E0%A4%A', {}, undefined, 400, 'malformed-request'],
    ['bad percent-encoding outside the prefix', 'GET', '/%zz', {}, undefined, 400, 'malformed-request'],
    [
      'an over-long parameter',
      'GET',
      `/api/things/${'a'.repeat(5000)}`,
      {},
      undefined,
      [404, 200],
      undefined,
    ],
    ['middleware throws', 'GET', '/api/things/facts', { 'x-throw': '1' }, undefined, 500, 'internal-error'],
    [
      'middleware calls next(error)',
      'GET',
      '/api/things/facts',
      { 'x-next': '1' },
      undefined,
      500,
      'internal-error',
    ],
    ['a thrown error', 'GET', '/api/things/throw/error', {}, undefined, 500, 'internal-error'],
    ['a thrown string', 'GET', '/api/things/throw/string', {}, undefined, 500, 'internal-error'],
    ['a thrown undefined', 'GET', '/api/things/throw/undefined', {}, undefined, 500, 'internal-error'],
    ['a thrown null', 'GET', '/api/things/throw/null', {}, undefined, 500, 'internal-error'],
    ['a thrown object', 'GET', '/api/things/throw/object', {}, undefined, 500, 'internal-error'],
    [
      'an error with a status',
      'GET',
      '/api/things/throw/error-with-status',
      {},
      undefined,
      500,
      'internal-error',
    ],
    ['a 409', 'GET', '/api/things/throw/conflict', {}, undefined, 409, 'about:blank'],
    ['a 400 with an object', 'GET', '/api/things/throw/object400', {}, undefined, 400, 'about:blank'],
    ['a 500 with an object', 'GET', '/api/things/throw/object500', {}, undefined, 500, 'internal-error'],
    ['an HttpException of 302', 'GET', '/api/things/throw/redirect', {}, undefined, 500, 'internal-error'],
    ['an HttpException of 9999', 'GET', '/api/things/throw/weird', {}, undefined, 500, 'internal-error'],
    ['a 403', 'GET', '/api/things/throw/forbidden', {}, undefined, 403, 'about:blank'],
    ['a ProblemException', 'GET', '/api/things/throw/own', {}, undefined, 409, 'https://x.example/out'],
    [
      'a return value that cannot be serialized',
      'GET',
      '/api/things/bigint',
      {},
      undefined,
      500,
      'internal-error',
    ],
    ['headers of another body', 'GET', '/api/things/stale-headers', {}, undefined, 409, 'about:blank'],
    [
      'a method that is not let in',
      'PROPFIND',
      '/api/things/facts',
      {},
      undefined,
      405,
      'method-not-allowed',
    ],
    ['TRACE', 'TRACE', '/api/things/facts', {}, undefined, 405, 'method-not-allowed'],
    [
      'an expectation',
      'GET',
      '/api/things/facts',
      { expect: 'the unexpected' },
      undefined,
      417,
      'expectation-failed',
    ],
  ] as const)('%s', async (_case, method, path, headers, body, status, kind) => {
    server.events.length = 0;
    const answer = await send(server.port, method, path, headers, body);
    if (typeof status !== 'number') {
      expect(status).toContain(answer.status);
      if (answer.status === 200) return expectSecured(answer.headers);
    }
    expectProblem(answer, typeof status === 'number' ? status : answer.status, kind);
    expect(server.events.length).toBe(
      (kind === 'about:blank' && answer.status !== 403) || kind?.startsWith('https') ? 0 : 1,
    );
    for (const event of server.events) expect(event.requestId).toBe(answer.headers['x-request-id']);
    expect(JSON.stringify(server.events)).not.toContain('hunter2');
  });

  it.each([
    ['garbage', 'GARBAGE\r\n\r\n', 400, 'malformed-request'],
    ['an unknown method', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed-request'],
    [
      'two lengths',
      'POST /api/things/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'malformed-request',
    ],
    [
      'headers too large',
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    ['no Host', 'GET /api/things/facts HTTP/1.1\r\n\r\n', 400, 'malformed-request'],
    [
      'a control character in a header',
      'GET / HTTP/1.1\r\nHost: x\r\nA: a\x01b\r\n\r\n',
      400,
      'malformed-request',
    ],
    [
      'a bad chunk',
      'POST /api/things/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
      'malformed-request',
    ],
    ['asterisk', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed-request'],
    ['absolute form', 'GET http://x/api/things/facts HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed-request'],
  ])('on the wire: %s', async (_case, bytes, status, kind) => {
    expectProblem(parseRaw(await rawSend(server.port, bytes)), status, kind);
  });

  it('a failed request is answered once, and the connection goes on', async () => {
    const text = await rawSend(server.port, 'GET /nope HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2));
    expect(text.match(/HTTP\/1.1 404/g)).toHaveLength(2);
  });

  it('HEAD has no body', async () => {
    const answer = await send(server.port, 'HEAD', '/nope');
    expect(answer.status).toBe(404);
    expect(answer.text).toBe('');
    expectSecured(answer.headers);
  });

  it.each(['stream', 'half'])('an error after the headers cuts the connection: %s', async (path) => {
    const bytes = `GET /api/things/${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const text = await rawSend(server.port, bytes);
    expect(text).toContain('200 OK');
    expect(text).not.toContain('problem');
    expect(text).not.toContain('\r\n0\r\n\r\n');
    expect(await endsConnection(server.port, bytes)).toBe(true);
  });

  it('what a handler said of its own body does not go with the problem', async () => {
    const answer = await send(server.port, 'GET', '/api/things/stale-headers');
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers['content-length']).toBe(String(answer.text.length));
  });

  it('a handler may override a header', async () => {
    const answer = await send(server.port, 'GET', '/api/things/own-headers');
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it('server errors are logged with class and frames, not with their message', async () => {
    server.events.length = 0;
    await send(server.port, 'GET', '/api/things/throw/error');
    const [event] = server.events;
    expect(event).toMatchObject({
      type: 'server.failed',
      reason: 'server.error',
      status: 500,
      method: 'GET',
    });
    expect((event as { error: string }).error).toMatch(/^Error\n\s+at /);
  });

  it("the application's own 403 is an event", async () => {
    server.events.length = 0;
    await send(server.port, 'GET', '/api/things/throw/forbidden');
    expect(server.events).toMatchObject([{ type: 'access.denied', reason: 'app.refused', status: 403 }]);
  });
});

describe.each(ADAPTERS)('the toll, %s', (name) => {
  it.each([
    ['at once', () => ({ reason: 'limit.exceeded', headers: { 'Retry-After': '9' } }) as const],
    ['later', async () => ({ reason: 'limit.exceeded', headers: { 'Retry-After': '9' } }) as const],
  ])('takes over the answer %s', async (_when, charge) => {
    const server = await boot(name, { charge });
    for (const [method, path] of [
      ['GET', '/nope'],
      ['GET', '/%zz'],
      ['GET', '/things/throw/error'],
      ['PUT', '/a\\b'],
    ] as const) {
      server.events.length = 0;
      const answer = await send(server.port, method, path);
      expectProblem(answer, 429, 'rate-limited');
      expect(answer.headers['retry-after']).toBe('9');
      expect(server.events).toMatchObject([{ type: 'limit.exceeded' }]);
    }
    await server.close();
  });

  it.each([
    ['at once', () => ({ reason: 'limit.exceeded', headers: { 'Retry-After': '9' } }) as const],
    ['later', async () => ({ reason: 'limit.exceeded', headers: { 'Retry-After': '9' } }) as const],
  ])('takes over the answer to what is no HTTP %s', async (_when, limited) => {
    const addresses: string[] = [];
    const server = await boot(name, {
      charge: ({ address }) => (addresses.push(address) > 1 ? limited() : undefined),
    });
    expectProblem(parseRaw(await rawSend(server.port, 'GARBAGE\r\n\r\n')), 400, 'malformed-request');
    const answer = parseRaw(await rawSend(server.port, 'GARBAGE\r\n\r\n'));
    expectProblem(answer, 429, 'rate-limited');
    expect(answer.headers['retry-after']).toBe('9');
    expect(addresses).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(server.events).toMatchObject([{ reason: 'http.malformed' }, { reason: 'limit.exceeded' }]);
    await server.close();
  });

  it('charges nobody for what could not be read behind a declared proxy', async () => {
    const addresses: string[] = [];
    const server = await boot(name, {
      edge: { trustedProxies: ['127.0.0.1'] },
      charge: ({ address }) => void addresses.push(address),
    });
    const tooLarge = `GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.7\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`;
    expectProblem(parseRaw(await rawSend(server.port, tooLarge)), 431, 'headers-too-large');
    expect(addresses).toEqual([]);
    expect(server.events).toMatchObject([{ reason: 'http.headers-too-large' }]);
    await server.close();
  });

  it('charges a connection once for what is no HTTP, however much of it comes', async () => {
    let charged = 0;
    const server = await boot(name, {
      charge: () => new Promise((resolve) => setTimeout(resolve, 100, void charged++)),
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.resume();
    for (let i = 0; i < 5; i++) {
      socket.write('GARBAGE\r\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await closed;
    expect(charged).toBe(1);
    expect(server.events).toHaveLength(1);
    await server.close();
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
  ])('that %s leaves the answer as it is', async (_how, charge) => {
    const server = await boot(name, { charge });
    expectProblem(await send(server.port, 'GET', '/nope'), 404, 'not-found');
    await server.close();
  });

  it('is charged once for what failed before the limits, and not after', async () => {
    let charged = 0;
    const server = await boot(name, {
      charge: () => void charged++,
      middleware: (request, _response, next) => next(request.headers['x-next'] ? new Error('x') : undefined),
    });
    await send(server.port, 'GET', '/nope');
    await send(server.port, 'POST', '/things/echo', JSON_HEADERS, '{');
    await send(server.port, 'GET', '/things/facts', { 'x-next': '1' });
    expect(charged).toBe(3);
    await send(server.port, 'GET', '/things/facts');
    expect(charged).toBe(3);
    await server.close();
  });
});

describe.each(ADAPTERS)('set up otherwise, %s', (name) => {
  it('works in a testing module', async () => {
    const server = await boot(name, { testing: true, prefix: 'api' });
    expectProblem(await send(server.port, 'GET', '/nope'), 404, 'not-found');
    expectProblem(await send(server.port, 'GET', '/%zz'), 400);
    expectProblem(await send(server.port, 'POST', '/api/things/echo', JSON_HEADERS, '{'), 400);
    await server.close();
  });

  it('development names the reason, and production does not', async () => {
    const server = await boot(name, { development: true });
    expect((await send(server.port, 'GET', '/nope')).json.reason).toBe('route.unknown');
    await server.close();
  });

  it('middleware of main.ts that throws is answered with a problem', async () => {
    const server = await boot(name, {
      prepare: (app) =>
        app.use((request: any, _response: unknown, next: (error?: unknown) => void) =>
          next(request.headers['x-next'] ? new Error('hunter2') : undefined),
        ),
    });
    expectProblem(await send(server.port, 'GET', '/things/facts', { 'x-next': '1' }), 500);
    expect((await send(server.port, 'GET', '/things/facts')).status).toBe(200);
    await server.close();
  });
});

it('every server that Fastify listens with answers malformed requests with a problem', async () => {
  const second = createServer();
  const server = await boot('fastify', {
    prepare: (app) => {
      // What Fastify does for each further address of `localhost`.
      const instance = app.getHttpAdapter().getInstance() as object;
      fastifyInternal<Server[]>(instance, 'fastify.serverBindings')!.push(second);
    },
  });
  await new Promise<void>((resolve) => second.listen(0, '127.0.0.1', resolve));
  const { port } = second.address() as AddressInfo;
  expectProblem(parseRaw(await rawSend(port, 'GARBAGE\r\n\r\n')), 400);
  second.close();
  await server.close();
});
