import * as fc from 'fast-check';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS, boot, send, type Running } from './support/app.js';

const bytes = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array).toString('latin1'));
const nasty = fc.constantFrom(
  '..',
  '%2e',
  '%',
  '%00',
  '//',
  '\\',
  '?',
  '&',
  '#',
  '%ff',
  '\u00e9',
  '{',
  '[',
  '"',
  '\r\n',
  '\0',
  ' ',
  '',
);
const piece = fc.oneof(nasty, fc.string({ maxLength: 8 }), bytes(8));
const text = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(''));

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS', 'HEAD', 'DELETE') },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom('TRACE', 'PATCH', 'QUERY', 'CONNECT', 'BREW'), text) },
);
const target = fc.oneof(
  fc.constantFrom('/things/echo', '/things/facts', '/things/query?a=1', '/nope', '*', 'http://x/'),
  text.map((part) => `/things/${part}`),
  text.map((part) => `/things/query?${part}`),
  text,
);
const header = fc.oneof(
  fc.constantFrom(
    'Content-Type: application/json',
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
    'Content-Encoding: gzip',
    'Expect: 100-continue',
    'Expect: x',
    'Origin: null',
    'X-Forwarded-For: <script>',
    'Connection: upgrade\r\nUpgrade: websocket',
    'Accept: */*;q=x',
    'traceparent: 00',
    'Host: y',
  ),
  fc.tuple(fc.stringMatching(/^[A-Za-z-]{1,12}$/), text).map(([name, value]) => `${name}: ${value}`),
  text,
);
const body = fc.oneof(fc.json(), text, bytes(64), fc.constant('['.repeat(500)), fc.constant('0\r\n\r\n'));

const wire = fc
  .record({
    method,
    target,
    headers: fc.array(header, { maxLength: 4 }),
    body,
    length: fc.option(fc.integer({ min: -5, max: 5 })),
  })
  .map(({ method: verb, target: path, headers, body: content, length }) => {
    const lines = [`${verb} ${path} HTTP/1.1`, 'Host: x', ...headers];
    if (length !== null) lines.push(`Content-Length: ${Buffer.byteLength(content, 'latin1') + length}`);
    return `${lines.join('\r\n')}\r\n\r\n${content}`;
  });

// What the HTTP parser lets through, so that the rest is met too.
const printable = fc.string({ maxLength: 12 }).map((value) => value.replace(/[^!-~]/g, '_'));
const soundTarget = fc.oneof(
  fc.constantFrom('/things/echo', '/things/echo', '/things/facts', '/things/bigger', '/nope'),
  printable.map((part) => `/things/${part}`),
  printable.map((part) => `/things/query?${part}`),
);
const soundHeader = fc.oneof(
  fc.constantFrom(
    'Accept: */*;q=x',
    'Origin: null',
    'Origin: https://app.example',
    'X-Forwarded-For: <script>',
    'traceparent: 00',
  ),
  fc.tuple(fc.stringMatching(/^X-[a-z]{1,12}$/), printable).map(([name, value]) => `${name}: ${value}`),
);
const type = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json; charset=utf-8',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
);
const sound = fc
  .record({
    verb: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
    path: soundTarget,
    type,
    headers: fc.array(soundHeader, { maxLength: 3 }),
    content: body,
    chunks: fc.boolean(),
  })
  .map(({ verb, path, type: media, headers, content, chunks }) => {
    const length = Buffer.byteLength(content, 'latin1');
    const framing = chunks ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
    const framed = !chunks
      ? content
      : `${length > 0 ? `${length.toString(16)}\r\n${content}\r\n` : ''}0\r\n\r\n`;
    const lines = [`${verb} ${path} HTTP/1.1`, 'Host: x', `Content-Type: ${media}`, framing, ...headers];
    return `${lines.join('\r\n')}\r\n\r\n${framed}`;
  });

/** Sends the bytes and half-closes, so that the server cannot wait for more. */
function exchange(port: number, data: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (part) => (answer += part.toString('latin1')));
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy());
    socket.on('close', () => resolve(answer));
    socket.end(Buffer.from(data, 'latin1'));
  });
}

describe.each(ADAPTERS)('whatever comes over the wire, %s', (name) => {
  let server: Running;
  beforeAll(async () => {
    server = await boot(name, {
      edge: { trustedProxies: ['127.0.0.1'], cors: { origins: ['https://app.example'] } },
    });
  });
  afterAll(() => server.close());

  it('is never a server error, and every refusal is a problem', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 3, arbitrary: sound }, { weight: 1, arbitrary: wire }),
        async (data) => {
          const answer = await exchange(server.port, data);
          const statuses = [...answer.matchAll(/(?:^|\n)HTTP\/1\.1 (\d{3})/g)].map((match) =>
            Number(match[1]),
          );
          expect(statuses.filter((status) => status >= 500)).toEqual([]);
          const refused = statuses.filter((status) => status >= 400).length;
          expect(answer.match(/application\/problem\+json/g)?.length ?? 0).toBeGreaterThanOrEqual(refused);
          expect(answer).not.toMatch(/x-powered-by|node_modules|FST_ERR|Unexpected/i);
        },
      ),
      { numRuns: 400 },
    );
    expect(server.events.filter(({ type }) => type === 'server.failed')).toEqual([]);
    expect((await send(server.port, 'GET', '/things/facts')).status).toBe(200);
  });
});
