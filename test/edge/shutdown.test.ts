import { Body, Controller, Get, Post, Res } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { get as getOverTls } from 'node:https';
import { connect } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { ADAPTERS, boot, parseRaw } from './support/app.js';
import { untilClosed } from './support/raw-connection.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const HEAD_OF_POST =
  'POST /jobs/posted HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';
// A shared key needs no certificate.
const PSK = { psk: Buffer.alloc(32, 7), identity: 'test' };
const TLS = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } satisfies TlsOptions;
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

@Controller('jobs')
class JobsController {
  @Get('short') short(): string {
    return 'short';
  }
  @Get('long') async long(): Promise<string> {
    await wait(400);
    return 'long';
  }
  @Get('longer') async longer(): Promise<string> {
    await wait(1200);
    return 'longer';
  }
  @Post('posted') posted(@Body() body: unknown): unknown {
    return body;
  }
  @Get('streamed') async streamed(@Res() response: any): Promise<void> {
    const raw = (response.raw ?? response) as ServerResponse;
    if (response.raw) response.hijack();
    raw.write('begin');
    await wait(900);
    raw.end('end');
  }
}

interface Connection {
  readonly text: () => string;
  /** When the last of it came. */
  readonly answeredAt: () => number;
  readonly closed: Promise<void>;
}

/** A connection that its client keeps open for as long as the server lets it. */
function open(port: number, bytes: string): Connection {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  let answeredAt = 0;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    answeredAt = Date.now();
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    for (const end of ['end', 'close'] as const) {
      socket.on(end, () => {
        socket.destroy();
        resolve();
      });
    }
  });
  if (bytes !== '') socket.write(bytes);
  return { text: () => text, answeredAt: () => answeredAt, closed };
}

describe.each(ADAPTERS)('closing the application, %s', (name) => {
  it.each([
    ['short', /^HTTP\/1\.1 200/],
    ['long', /^HTTP\/1\.1 200/],
    ['streamed', /begin[^]*end/],
  ])(
    'ends with the last answer, with idle, silent and half connections beside it: %s',
    async (path, whole) => {
      const { app, port } = await boot(name, { controllers: [JobsController] });
      const idle = open(port, get('/jobs/short'));
      const beside = [idle, open(port, ''), open(port, 'GET / HTTP/1.1\r\nA: ')];
      await vi.waitFor(() => expect(idle.text()).toMatch(/connection: keep-alive/i));
      const inFlight = open(port, get(`/jobs/${path}`));
      await wait(100);
      const closing = app.close().then(() => Date.now());
      await inFlight.closed;
      expect(inFlight.text()).toMatch(whole);
      if (path === 'long') expect(parseRaw(inFlight.text()).headers['connection']).toBe('close');
      expect((await closing) - inFlight.answeredAt()).toBeLessThan(1000);
      await Promise.all(beside.map(({ closed }) => closed));
    },
  );

  it('a request that is just arriving is answered, and its connection ends', async () => {
    const { app, port } = await boot(name, { controllers: [JobsController] });
    const socket = connect({ port, host: '127.0.0.1' });
    await wait(50);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const closing = app.close();
    setTimeout(() => socket.write(get('/jobs/short')), 50);
    await closed;
    const { status, headers } = parseRaw(text);
    expect([status, headers['connection']]).toEqual([name === 'express' ? 200 : 503, 'close']);
    await closing;
  });

  it.each([
    ['that drips a body', `${HEAD_OF_POST}{`],
    ['that drips its headers', 'GET / HTTP/1.1\r\nA: '],
  ])('is not held up by a client %s', async (_what, bytes) => {
    const { app, port } = await boot(name, { controllers: [JobsController] });
    const dripping = untilClosed(port, bytes, { drip: 'a'.repeat(200) });
    await wait(100);
    await app.close();
    await dripping;
  });

  it('is not held up by who connects while others are waited for', async () => {
    let port = 0;
    const late: Array<Promise<unknown>> = [];
    const { app, port: listening } = await boot(name, {
      controllers: [JobsController],
      // Nest stops to listen after this.
      prepare: (created) => {
        const adapter = created.getHttpAdapter();
        const close = adapter.close.bind(adapter);
        adapter.close = async () => {
          await wait(700);
          late.push(untilClosed(port, ''), untilClosed(port, `${HEAD_OF_POST}{`, { drip: 'a'.repeat(200) }));
          await wait(100);
          await close();
        };
      },
    });
    port = listening;
    await app.close();
    expect(await Promise.all(late)).toHaveLength(2);
  });
});

describe.each(ADAPTERS)('closing an application that speaks TLS, %s', (name) => {
  it('ends with the last answer, and is not held up by who never finishes the handshake', async () => {
    const tls = { ...TLS, pskCallback: () => PSK.psk };
    const { app, port } = await boot(name, { controllers: [JobsController], tls });
    const silent = untilClosed(port, '');
    const answered = new Promise<number | undefined>((resolve, reject) => {
      const options = { ...TLS, pskCallback: () => PSK, checkServerIdentity: () => undefined };
      getOverTls({ ...options, port, host: '127.0.0.1', path: '/jobs/longer', agent: false }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode));
      }).on('error', reject);
    });
    await wait(200);
    await app.close();
    expect(await answered).toBe(200);
    expect((await silent).text).toBe('');
  });
});
