import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS, boot, send, type Running } from './support/app.js';
import { expectProblem, expectSecured } from './support/expect.js';

const FACTS = '/things/facts';
const PREFLIGHT = {
  'access-control-request-method': 'PATCH',
  'access-control-request-headers': 'authorization',
};

describe.each(ADAPTERS)('CORS, %s', (name) => {
  let server: Running;
  beforeAll(async () => {
    server = await boot(name, {
      edge: {
        cors: {
          origins: ['https://app.example.com', /^https:\/\/a\.example|https:\/\/[a-z]+\.preview\.example$/],
          credentials: true,
        },
      },
    });
  });
  afterAll(() => server.close());

  it.each(['https://app.example.com', 'https://a.example', 'https://x.preview.example'])(
    'answers a preflight of %s',
    async (origin) => {
      const answer = await send(server.port, 'OPTIONS', FACTS, { origin, ...PREFLIGHT });
      expect(answer.status).toBe(204);
      expect(answer.text).toBe('');
      expectSecured(answer.headers);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
        'access-control-allow-headers': 'authorization, content-type',
        'access-control-max-age': '600',
        vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      });
    },
  );

  it.each([
    'https://evil.example',
    'https://app.example.com.evil.example',
    'https://app.example.com:8443',
    'http://app.example.com',
    'https://app.example.com/',
    'https://APP.example.com',
    'null',
    '*',
    '',
    // The alternatives of the pattern hold at both ends.
    'https://a.example.evil',
    'https://evil.example/https://x.preview.example',
    `https://${'a'.repeat(400)}.preview.example`,
  ])('gives %.60s nothing', async (origin) => {
    const preflight = await send(server.port, 'OPTIONS', FACTS, { origin, ...PREFLIGHT });
    expectProblem(preflight, 403, 'forbidden');
    expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
    const simple = await send(server.port, 'GET', FACTS, { origin });
    expect(simple.status).toBe(200);
    expect(simple.headers['access-control-allow-origin']).toBeUndefined();
    expect(simple.headers['access-control-allow-credentials']).toBeUndefined();
    expect(simple.headers['vary']).toBe('Origin');
  });

  it('a declared origin may read answers, failures too', async () => {
    const origin = 'https://app.example.com';
    for (const [method, path] of [
      ['GET', FACTS],
      ['GET', '/nope'],
      ['GET', '/a%2fb'],
      ['TRACE', FACTS],
      ['GET', '/things/throw/error'],
      ['POST', '/things/echo'],
    ] as const) {
      const answer = await send(server.port, method, path, { origin });
      expect(answer.headers['access-control-allow-origin'], path).toBe(origin);
      expect(answer.headers['access-control-expose-headers']).toContain('X-Request-Id');
      expect(answer.headers['vary']).toBe('Origin');
    }
  });

  it('varies by origin where none came', async () => {
    expect((await send(server.port, 'GET', FACTS)).headers['vary']).toBe('Origin');
  });

  it('an OPTIONS that is no preflight goes to the router', async () => {
    expect((await send(server.port, 'OPTIONS', FACTS, { origin: 'https://app.example.com' })).status).toBe(
      404,
    );
  });

  it('* is open to all, without credentials and without Vary', async () => {
    const open = await boot(name, { edge: { cors: { origins: ['*'] } } });
    const answer = await send(open.port, 'GET', FACTS, { origin: 'https://anyone.example' });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    expect(answer.headers['vary']).toBeUndefined();
    await open.close();
  });

  it('without the option a preflight is an unknown route', async () => {
    const closed = await boot(name);
    const answer = await send(closed.port, 'OPTIONS', FACTS, {
      origin: 'https://app.example.com',
      ...PREFLIGHT,
    });
    expectProblem(answer, 404);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    await closed.close();
  });
});
