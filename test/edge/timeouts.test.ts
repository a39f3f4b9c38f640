import { Controller, Get } from '@nestjs/common';
import dns from 'node:dns';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fastifyInternal } from '../../lib/kit/http/fastify-internals.js';
import { ADAPTERS, boot, parseRaw, rawSend, send, type AdapterName, type Running } from './support/app.js';
import { expectProblem } from './support/expect.js';
import { untilClosed } from './support/raw-connection.js';

const FACTS = 'GET /things/facts HTTP/1.1\r\nHost: x\r\n\r\n';
const BEGUN =
  'POST /things/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n';
const SHORT = { headers: 300, request: 400, keepAlive: 300, handler: 5000 };
/** Node looks for late requests at intervals, and these machines are busy. */
const SOON = 4000;

const CONFIGURED = ['headersTimeout', 'requestTimeout', 'keepAliveTimeout', 'timeout'] as const;
const valuesOf = (server: Server) => CONFIGURED.map((name) => server[name]);

describe.each(ADAPTERS)('slow clients, %s', (name) => {
  let server: Running;
  beforeAll(async () => {
    server = await boot(name, { edge: { timeouts: SHORT, trustedProxies: ['127.0.0.1'] } });
  });
  afterAll(() => server.close());

  it('headers that drip are answered 408', async () => {
    server.events.length = 0;
    const { text, after } = await untilClosed(server.port, 'GET / HTTP/1.1\r\nA: ', {
      drip: 'a'.repeat(200),
    });
    expectProblem(parseRaw(text), 408, 'timeout');
    expect(after).toBeLessThan(SOON);
    expect(server.events).toMatchObject([{ type: 'request.refused', reason: 'http.timeout', status: 408 }]);
  });

  it('headers that stop are answered 408', async () => {
    const { text, after } = await untilClosed(server.port, 'GET / HTTP/1.1\r\nA: a');
    expectProblem(parseRaw(text), 408);
    expect(after).toBeLessThan(SOON);
  });

  it('a body that drips is answered 408, and is said to be from the client and not from its proxy', async () => {
    server.events.length = 0;
    const from = BEGUN.replace('Host: x', 'Host: x\r\nX-Forwarded-For: 203.0.113.7');
    const { text, after } = await untilClosed(server.port, from, { drip: `{"a":"${'a'.repeat(200)}` });
    const answer = parseRaw(text);
    expectProblem(answer, 408, 'timeout');
    expect(after).toBeLessThan(SOON);
    expect(server.events).toMatchObject([
      { reason: 'http.timeout', address: '203.0.113.7', requestId: answer.headers['x-request-id'] },
    ]);
  });

  it('a second request that drips on a kept connection is answered 408', async () => {
    const { text, after } = await untilClosed(server.port, `${FACTS}GET / HTTP/1.1\r\nA: `, {
      drip: 'a'.repeat(200),
    });
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 408']);
    expect(after).toBeLessThan(SOON);
  });

  it('a connection on which nothing comes is closed, without an answer and without an event', async () => {
    server.events.length = 0;
    const { text, after } = await untilClosed(server.port, '');
    expect(text).toBe('');
    expect(after).toBeLessThan(SOON);
    expect(server.events).toEqual([]);
  });

  it('an idle connection is closed', async () => {
    server.events.length = 0;
    const { text, after } = await untilClosed(server.port, FACTS);
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(after).toBeLessThan(SOON);
    expect(server.events).toEqual([]);
  });

  it('a prompt client is served on, on one connection', async () => {
    const text = await rawSend(server.port, FACTS.repeat(3), 200);
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 200']);
    expect((await send(server.port, 'GET', '/things/facts')).status).toBe(200);
  });
});

describe.each(ADAPTERS)('a TLS handshake that does not come, %s', (name) => {
  it('is late as headers are', async () => {
    const server = await boot(name, { edge: { timeouts: SHORT }, tls: { ciphers: 'PSK' } });
    const { text, after } = await untilClosed(server.port, '');
    expect(text).toBe('');
    expect(after).toBeLessThan(SOON);
    await server.close();
  });
});

describe.each(ADAPTERS)('a body that stops for longer than the deadline, %s', (name) => {
  it('is late, and not the handler', async () => {
    const server = await boot(name, { edge: { timeouts: { handler: 300 } } });
    const { text, after } = await untilClosed(server.port, `${BEGUN}{`);
    expectProblem(parseRaw(text), 408, 'timeout');
    expect(after).toBeLessThan(SOON);
    expect(server.events).toMatchObject([{ reason: 'http.timeout' }]);
    await server.close();
  });
});

@Controller('hangs')
class HangingController {
  @Get() hang(): Promise<never> {
    return new Promise(() => {});
  }
}

describe.each(ADAPTERS)('a handler that hangs, %s', (name) => {
  it('is not charged to the client, which has waited', async () => {
    let charged = 0;
    const server = await boot(name, {
      edge: { timeouts: { handler: 300 } },
      controllers: [HangingController],
      charge: () => void charged++,
    });
    expectProblem(await send(server.port, 'GET', '/hangs'), 503, 'unavailable');
    expect(charged).toBe(0);
    await server.close();
  });
});

describe.each(ADAPTERS)('where what is counted is counted by a store that hangs, %s', (name) => {
  it.each([
    ['garbage', 'GARBAGE\r\n\r\n'],
    ['a body that stops', `${BEGUN}{`],
  ])('the connection ends all the same: %s', async (_what, bytes) => {
    const server = await boot(name, {
      edge: { timeouts: { handler: 300 } },
      charge: () => new Promise(() => {}),
    });
    const { text, after } = await untilClosed(server.port, bytes);
    expect(text).toBe('');
    expect(after).toBeLessThan(SOON);
    await server.close();
  });
});

describe.each(ADAPTERS)('the timeouts of the servers, %s', (name) => {
  const valuesWith = async (set: Partial<Record<(typeof CONFIGURED)[number], number>>, timeouts = {}) => {
    const server = await boot(name, {
      edge: { timeouts },
      prepare: (app) => void Object.assign(app.getHttpServer() as Server, set),
    });
    const values = valuesOf(server.app.getHttpServer() as Server);
    await server.close();
    return values;
  };

  it('are safe by default', async () => {
    expect(await valuesWith({})).toEqual([10_000, 30_000, 5_000, 30_000]);
  });

  it('replace what is looser, or off', async () => {
    const loose = { headersTimeout: 0, requestTimeout: 120_000, keepAliveTimeout: 0, timeout: 60_000 };
    expect(await valuesWith(loose)).toEqual([10_000, 30_000, 5_000, 30_000]);
  });

  it('leave what the application has set stricter', async () => {
    const strict = { headersTimeout: 1000, requestTimeout: 2000, keepAliveTimeout: 3000, timeout: 4000 };
    expect(await valuesWith(strict)).toEqual([1000, 2000, 3000, 4000]);
  });

  it.each([7000, 65_000])('keep an idle connection for as long as the application says: %i', async (own) => {
    expect((await valuesWith({ keepAliveTimeout: own }, { keepAlive: 20_000 }))[2]).toBe(own);
  });

  it('may be longer than what Node and Fastify set themselves', async () => {
    const long = { headers: 90_000, request: 600_000, keepAlive: 80_000, handler: 90_000 };
    expect(await valuesWith({}, long)).toEqual([90_000, 600_000, 80_000, 90_000]);
  });
});

it('what Fastify sets for idle connections is a decision of the application on Express', async () => {
  const of = async (name: AdapterName) => {
    const server = await boot(name, {
      prepare: (app) => void Object.assign(app.getHttpServer() as Server, { keepAliveTimeout: 72_000 }),
    });
    await server.close();
    return (server.app.getHttpServer() as Server).keepAliveTimeout;
  };
  expect([await of('express'), await of('fastify')]).toEqual([72_000, 5_000]);
});

// A second address of the loopback interface is there without further ado on Linux alone.
it.runIf(process.platform === 'linux')(
  'the servers that Fastify opens for further addresses have them too',
  async () => {
    const { lookup } = dns;
    const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
    const spy = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((host: string, options: any, done: any) =>
        options?.all === true
          ? done(null, addresses)
          : lookup(host, options, done)) as unknown as typeof dns.lookup);
    const running = await boot('fastify', { edge: { timeouts: SHORT }, host: 'localhost' });
    spy.mockRestore();
    const further = fastifyInternal<Server[]>(
      running.app.getHttpAdapter().getInstance() as object,
      'fastify.serverBindings',
    )!;
    expect(further.map((server) => (server.address() as AddressInfo).address)).toEqual(['127.0.0.2']);
    expect(valuesOf(further[0]!)).toEqual([300, 400, 300, 5000]);
    const dripping = { drip: 'a'.repeat(200), host: '127.0.0.2' };
    const { text, after } = await untilClosed(running.port, 'GET / HTTP/1.1\r\nA: ', dripping);
    expectProblem(parseRaw(text), 408);
    expect(after).toBeLessThan(SOON);
    await running.close();
  },
);
