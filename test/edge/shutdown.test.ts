import { Controller, Get, Res } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { ADAPTERS, boot, parseRaw } from './support/app.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

@Controller('work')
class WorkController {
  @Get('short') short(): string {
    return 'short';
  }
  @Get('long') async long(): Promise<string> {
    await wait(400);
    return 'long';
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
      const { app, port } = await boot(name, { controllers: [WorkController] });
      const idle = open(port, get('/work/short'));
      const beside = [idle, open(port, ''), open(port, 'GET / HTTP/1.1\r\nA: ')];
      await vi.waitFor(() => expect(idle.text()).toMatch(/connection: keep-alive/i));
      const inFlight = open(port, get(`/work/${path}`));
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
    const { app, port } = await boot(name, { controllers: [WorkController] });
    const socket = connect({ port, host: '127.0.0.1' });
    await wait(50);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const closing = app.close();
    setTimeout(() => socket.write(get('/work/short')), 50);
    await closed;
    const { status, headers } = parseRaw(text);
    expect([status, headers['connection']]).toEqual([name === 'express' ? 200 : 503, 'close']);
    await closing;
  });
});
