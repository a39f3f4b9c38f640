import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factsOf, rawRequest } from '../../lib/core/request-facts.js';
import { ADAPTERS, boot, parseRaw, rawSend, send, type Running } from './support/app.js';
import { expectProblem, expectSecured } from './support/expect.js';

const FACTS = '/things/facts';
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe.each(ADAPTERS)('the edge, %s', (name) => {
  let server: Running;
  beforeAll(async () => {
    server = await boot(name, { edge: { trustedProxies: ['127.0.0.1'] } });
  });
  afterAll(() => server.close());

  it('gives every answer its headers and the request its facts', async () => {
    const answer = await send(server.port, 'GET', FACTS);
    expect(answer.status).toBe(200);
    expectSecured(answer.headers);
    expect(answer.json).toMatchObject({ requestId: answer.headers['x-request-id'], address: '127.0.0.1' });
    expect(answer.json.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.headers['vary']).toBeUndefined();
  });

  it('two requests share neither id nor trace', async () => {
    const [a, b] = [await send(server.port, 'GET', FACTS), await send(server.port, 'GET', FACTS)];
    expect(a.json.requestId).not.toBe(b.json.requestId);
    expect(a.json.traceId).not.toBe(b.json.traceId);
  });

  it.each([
    ['6.6.6.6, 203.0.113.7', '203.0.113.7'],
    ['not-an-ip<script>', '127.0.0.1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
  ])('X-Forwarded-For %s from a proxy gives %s', async (header, address) => {
    const answer = await send(server.port, 'GET', FACTS, { 'x-forwarded-for': header });
    expect(answer.json.address).toBe(address);
  });

  it('takes a safe request id and trace id over, and no other', async () => {
    const safe = await send(server.port, 'GET', FACTS, {
      'x-request-id': 'edge-1.a_B',
      traceparent: TRACEPARENT,
    });
    expect(safe.headers['x-request-id']).toBe('edge-1.a_B');
    expect(safe.json.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    for (const id of ['a b', '<x>', 'a'.repeat(65), '', '{"a":1}']) {
      const answer = await send(server.port, 'GET', FACTS, { 'x-request-id': id });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
    for (const parent of [
      '00-0af7651916cd43dd8448eb211c80319c',
      TRACEPARENT.replace('00-', 'ff-'),
      `${TRACEPARENT}-x`,
      TRACEPARENT.toUpperCase(),
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    ]) {
      const answer = await send(server.port, 'GET', FACTS, { traceparent: parent });
      expect(answer.json.traceId).not.toMatch(/^0af76519|^0{32}$/i);
    }
  });

  it('an id of another form gives a URN of another kind', async () => {
    const answer = await send(server.port, 'GET', '/nope', { 'x-request-id': 'abc' });
    expect(answer.json.instance).toBe('urn:request:abc');
  });

  it.each([
    ['X-HTTP-Method-Override', 'DELETE'],
    ['Transfer-Encoding', 'gzip, chunked'],
  ])('refuses %s: %s', async (header, value) => {
    expectProblem(
      await send(server.port, 'POST', '/things/echo', {
        [header]: value,
        'content-type': 'application/json',
      }),
      400,
    );
  });

  it('says which methods are allowed', async () => {
    expect((await send(server.port, 'TRACE', FACTS)).headers['allow']).toBe(
      'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    );
  });

  it('a closing server ends its connections', async () => {
    const own = await boot(name);
    const { EdgeHook } = await import('../../lib/pipeline/edge/edge.hook.js');
    own.app.get(EdgeHook).onModuleDestroy();
    const text = await rawSend(own.port, `GET ${FACTS} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(parseRaw(text).headers['connection']).toBe('close');
    await own.close();
  });

  it('runs before any middleware of the application', async () => {
    const seen: boolean[] = [];
    const note = (request: unknown, _response: unknown, next: () => void): void => {
      seen.push(factsOf(rawRequest(request)) !== undefined);
      next();
    };
    const own = await boot(name, { middleware: note, prepare: (app) => app.use(note) });
    await send(own.port, 'GET', FACTS);
    await send(own.port, 'GET', '/a%2fb');
    expect(seen).toEqual([true, true]);
    await own.close();
  });

  it('boots and answers in a testing module, too', async () => {
    const own = await boot(name, { testing: true });
    expectSecured((await send(own.port, 'GET', FACTS)).headers);
    expectProblem(await send(own.port, 'GET', '/a%2fb'), 400);
    await own.close();
  });
});

describe.each(ADAPTERS)('without declared proxies, %s', (name) => {
  it('believes no header of the client', async () => {
    const server = await boot(name);
    const answer = await send(server.port, 'GET', FACTS, {
      'x-forwarded-for': '6.6.6.6',
      'x-request-id': 'mine',
    });
    expect(answer.json.address).toBe('127.0.0.1');
    expect(answer.headers['x-request-id']).not.toBe('mine');
    await server.close();
  });
});

describe.each(ADAPTERS)('https, hosts and the front door, %s', (name) => {
  it('https required: only a declared proxy may vouch for it', async () => {
    const behind = await boot(name, { edge: { https: 'required', trustedProxies: ['127.0.0.1'] } });
    expect((await send(behind.port, 'GET', FACTS, { 'x-forwarded-proto': 'https' })).status).toBe(200);
    for (const proto of ['http', 'https, http', 'HTTPS', '']) {
      expectProblem(await send(behind.port, 'GET', FACTS, { 'x-forwarded-proto': proto }), 403, 'forbidden');
    }
    await behind.close();
    const bare = await boot(name, { edge: { https: 'required' } });
    const refused = await send(bare.port, 'GET', FACTS, { 'x-forwarded-proto': 'https' });
    expectProblem(refused, 403);
    expect(refused.headers['location']).toBeUndefined();
    await bare.close();
  });

  it('hosts: only the declared ones', async () => {
    const server = await boot(name, { edge: { hosts: ['api.example.com', 'other.example:8443'] } });
    const get = (host: string) => send(server.port, 'GET', FACTS, { host });
    for (const host of ['api.example.com', 'API.example.com:3000', 'other.example:8443']) {
      expect((await get(host)).status).toBe(200);
    }
    for (const host of [
      'evil.example',
      'api.example.com.evil',
      'other.example',
      'api.example.com@evil',
      'api.example.com:x',
    ]) {
      expectProblem(await get(host), 400);
    }
    const old = parseRaw(await rawSend(server.port, `GET ${FACTS} HTTP/1.0\r\n\r\n`));
    expect(old.status).toBe(400);
    await server.close();
  });

  it('the front door refuses before a body is read, and knows method and path', async () => {
    const calls: unknown[] = [];
    const server = await boot(name, {
      door: (facts, method, path) => {
        calls.push([facts.address, method, path]);
        return method === 'POST' ? { reason: 'limit.exceeded', headers: { 'Retry-After': '3' } } : undefined;
      },
    });
    const answer = await send(
      server.port,
      'POST',
      '/things/echo?a=1',
      { 'content-type': 'application/json' },
      '{"a":',
    );
    expectProblem(answer, 429);
    expect(answer.headers['retry-after']).toBe('3');
    expect((await send(server.port, 'GET', `${FACTS}?q`)).status).toBe(200);
    expect(calls).toEqual([
      ['127.0.0.1', 'POST', '/things/echo'],
      ['127.0.0.1', 'GET', FACTS],
    ]);
    await server.close();
  });
});
