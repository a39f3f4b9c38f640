import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from 'node:net';
import { ADAPTERS, boot, parseRaw, rawSend, send, type Running } from './support/app.js';
import { expectProblem } from './support/expect.js';

const ECHO = '/things/echo';
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const head = (...lines: string[]): string =>
  `POST ${ECHO} HTTP/1.1\r\nHost: x\r\n${lines.join('\r\n')}\r\n\r\n`;
const chunked = head('Content-Type: application/json', 'Transfer-Encoding: chunked');
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

describe.each(ADAPTERS)('bodies, %s', (name) => {
  let server: Running;
  beforeAll(async () => {
    server = await boot(name, { edge: { bodyLimit: 2000, jsonDepth: 4 } });
  });
  afterAll(() => server.close());

  it.each([
    ['an object', '{"a":[1,"x"]}', { a: [1, 'x'] }],
    ['a scalar', '5', 5],
    ['null', 'null', null],
    ['as deep as allowed', '[[[[1]]]]', [[[[1]]]]],
    ['a constructor key', '{"constructor":{"prototype":{"a":1}}}', { constructor: { prototype: { a: 1 } } }],
    ['as long as allowed', `"${'a'.repeat(1998)}"`, 'a'.repeat(1998)],
  ])('reads %s', async (_case, body, value) => {
    const answer = await send(server.port, 'POST', ECHO, JSON_TYPE, body);
    expect(answer.json).toEqual({ body: value, none: false, raw: Buffer.byteLength(body) });
  });

  it.each([
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/json; profile=x',
  ])('takes %s', async (type) => {
    expect((await send(server.port, 'POST', ECHO, { 'content-type': type }, '{}')).status).toBe(201);
  });

  it.each([
    'application/jsonx',
    'application/json,text/plain',
    'text/json',
    'application/merge-patch+json',
    ';',
    'json',
    'application/json; charset=latin1',
    'multipart/form-data; boundary=x',
  ])('refuses %s', async (type) =>
    expectProblem(await send(server.port, 'POST', ECHO, { 'content-type': type }, '{}'), 415),
  );

  it('no body is undefined', async () => {
    for (const headers of [
      {} as Record<string, string>,
      { 'content-length': '0' },
      { ...JSON_TYPE, 'content-length': '0' },
    ]) {
      expect((await send(server.port, 'POST', ECHO, headers)).json).toEqual({
        body: null,
        none: true,
        raw: null,
      });
    }
    expect(parseRaw(await rawSend(server.port, `${chunked}0\r\n\r\n`)).body).toContain('"none":true');
  });

  it('reads a chunked body', async () => {
    const text = await rawSend(server.port, `${chunked}${chunk('{"a"')}${chunk(':1}')}0\r\n\r\n`);
    expect(parseRaw(text).body).toContain('"a":1');
  });

  it('reads a slow body, in pieces within a character', async () => {
    const body = Buffer.from('{"a":"é"}');
    const answer = await new Promise<string>((resolve) => {
      const socket = connect({ port: server.port, host: '127.0.0.1' });
      socket.on('data', (data) => {
        socket.destroy();
        resolve(data.toString());
      });
      socket.write(head('Content-Type: application/json', `Content-Length: ${body.length}`));
      body.forEach((byte, i) => setTimeout(() => socket.write(Buffer.of(byte)), 5 * i));
    });
    expect(parseRaw(answer).body).toContain('"a":"é"');
  });

  it.each([
    ['a chunked body over the limit', chunked + chunk('1'.repeat(2001)), 413],
    ['an endless chunked body', chunked + chunk('1'.repeat(1000)).repeat(1000), 413],
    [
      'a length over the limit, before any byte of it',
      head('Content-Type: application/json', 'Content-Length: 2001'),
      413,
    ],
    ['too deep', head('Content-Type: application/json', 'Content-Length: 10') + '[[[[[1]]]]'.padEnd(10), 400],
    ['an absurd length', head('Content-Type: application/json', 'Content-Length: 99999999999999999999'), 400],
  ])('refuses %s', async (_case, bytes, status) => {
    const answer = parseRaw(await rawSend(server.port, bytes));
    expectProblem(answer, status);
    if (status === 413) expect(answer.headers['connection']).toBe('close');
  });

  it('a client that sends 1 MB sees the refusal', async () => {
    for (const body of ['1'.repeat(1 << 20), '['.repeat(1 << 20)]) {
      const answer = await send(server.port, 'POST', ECHO, JSON_TYPE, body);
      expectProblem(answer, 413, 'payload-too-large');
    }
    const answer = await send(
      server.port,
      'POST',
      ECHO,
      { 'content-type': 'text/plain' },
      'x'.repeat(1 << 20),
    );
    expectProblem(answer, 415);
  });

  it('a refused client may finish sending without a reset', async () => {
    const errors: Error[] = [];
    const answer = await new Promise<string>((resolve) => {
      const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
      let text = '';
      socket.on('error', (error) => errors.push(error));
      socket.on('end', () => setTimeout(() => socket.end(), 100));
      socket.on('close', () => resolve(text));
      socket.on('data', (data) => {
        text += data.toString();
        socket.write('1'.repeat(150_000));
        setTimeout(() => socket.write('1'.repeat(150_000)), 50);
      });
      socket.write(head('Content-Type: application/json', 'Content-Length: 300000'));
    });
    expectProblem(parseRaw(answer), 413);
    expect(errors).toEqual([]);
  });

  it('a body that is cut short reaches no handler and harms nobody', async () => {
    const before = server.events.length;
    for (const half of [true, false]) {
      const text = await rawSend(
        server.port,
        head('Content-Type: application/json', 'Content-Length: 10') + '{"a"',
        150,
        half,
      );
      expect(text).not.toContain('HTTP/1.1 2');
      expect(text).not.toContain('HTTP/1.1 5');
      if (half) expectProblem(parseRaw(text), 400);
    }
    expect(server.events.slice(before).filter(({ type }) => type === 'server.failed')).toEqual([]);
    expect((await send(server.port, 'POST', ECHO, JSON_TYPE, '{}')).status).toBe(201);
  });

  it('a body of a GET is not read', async () => {
    const answer = await send(
      server.port,
      'GET',
      '/things/facts',
      { ...JSON_TYPE, 'content-length': '3' },
      '{"a',
    );
    expect(answer.status).toBe(200);
  });
});

describe.each(ADAPTERS)('forms where a route consumes them, %s', (name) => {
  let server: Running;
  beforeAll(async () => {
    server = await boot(name, {
      edge: { bodyLimit: 2000 },
      consumed: [FORM['content-type'], 'multipart/form-data'],
    });
  });
  afterAll(() => server.close());

  it('reads a flat object', async () => {
    const answer = await send(
      server.port,
      'POST',
      ECHO,
      FORM,
      'a=1&b=x+y%21&c=1&c=2&c=3&d&constructor=z&e[f]=1',
    );
    expect(answer.json.body).toEqual({
      a: '1',
      b: 'x y!',
      c: ['1', '2', '3'],
      d: '',
      constructor: 'z',
      'e[f]': '1',
    });
  });

  it.each(['__proto__=1', 'a=%zz', 'a=%00', 'a=%ff', '&'.repeat(1001)])('refuses %.20s', async (body) => {
    expectProblem(await send(server.port, 'POST', ECHO, FORM, body), 400);
  });

  it('bounds them', async () => {
    expectProblem(await send(server.port, 'POST', ECHO, FORM, `a=${'1'.repeat(2000)}`), 413);
  });

  it('JSON goes on as before', async () => {
    expect((await send(server.port, 'POST', ECHO, JSON_TYPE, '{"a":1}')).json.body).toEqual({ a: 1 });
  });
});
