import { Controller, Post, Req } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../../lib/core/request-facts.js';
import { ADAPTERS, boot, parseRaw, rawSend, send, ThingsController, type Running } from './support/app.js';
import { expectProblem } from './support/expect.js';

const ECHO = '/things/echo';
const MULTIPART = 'multipart/form-data';
const FORM = 'application/x-www-form-urlencoded';
const XML = 'application/xml';
const BOUNDARY = `${MULTIPART}; boundary=x`;

/** Reads the body by itself, as the parsers of applications do. */
@Controller('uploads')
class UploadsController {
  static begun = 0;
  static read = 0;

  @Post() async take(@Req() request: unknown): Promise<unknown> {
    UploadsController.begun++;
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of rawRequest(request)) {
      hash.update(chunk as Buffer);
      length += (chunk as Buffer).length;
    }
    UploadsController.read = length;
    return { length, hash: hash.digest('hex') };
  }
}

/** Fastify asks for a parser of each type; one that leaves the stream alone is what upload plugins register. */
const takeStreams = (types: string[]) => (app: any) => {
  const instance = app.getHttpAdapter().getInstance();
  instance.addContentTypeParser?.(types, (_request: unknown, _stream: unknown, done: () => void) => done());
};

describe.each(ADAPTERS)('body limits by content type, %s', (name) => {
  let server: Running;
  beforeAll(async () => {
    server = await boot(name, {
      edge: { bodyLimit: 1000, bodyLimits: { 'application/json': 2000, [FORM]: 500, [MULTIPART]: 300_000 } },
      consumed: [FORM, MULTIPART, XML],
      controllers: [ThingsController, UploadsController],
      prepare: takeStreams([MULTIPART, XML]),
    });
  });
  afterAll(() => server.close());

  const post = (path: string, type: string, body: string) =>
    send(server.port, 'POST', path, { 'content-type': type }, body);
  const chunkedTo = async (path: string, type: string, body: string) => {
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunks = body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`;
    return parseRaw(await rawSend(server.port, `${head}${chunks}0\r\n\r\n`));
  };

  it('JSON and forms have their own', async () => {
    expect((await post(ECHO, 'application/json', `"${'a'.repeat(1998)}"`)).status).toBe(201);
    expectProblem(await post(ECHO, 'application/json', `"${'a'.repeat(1999)}"`), 413, 'payload-too-large');
    expect((await post(ECHO, FORM, `a=${'b'.repeat(498)}`)).status).toBe(201);
    expectProblem(await post(ECHO, FORM, `a=${'b'.repeat(499)}`), 413);
  });

  it('and when they are chunked', async () => {
    expect((await chunkedTo(ECHO, 'application/json', `"${'a'.repeat(1998)}"`)).status).toBe(201);
    expectProblem(await chunkedTo(ECHO, 'application/json', `"${'a'.repeat(1999)}"`), 413);
    expect((await chunkedTo(ECHO, FORM, `a=${'b'.repeat(498)}`)).status).toBe(201);
    expectProblem(await chunkedTo(ECHO, FORM, `a=${'b'.repeat(499)}`), 413);
  });

  it('a body that the application reads comes whole, up to its limit', async () => {
    const body = 'x'.repeat(300_000);
    const answer = await post('/uploads', BOUNDARY, body);
    expect(answer.json).toEqual({ length: 300_000, hash: createHash('sha256').update(body).digest('hex') });
  });

  it('and not over it: the handler is not begun', async () => {
    UploadsController.begun = 0;
    expectProblem(await post('/uploads', BOUNDARY, 'x'.repeat(300_001)), 413, 'payload-too-large');
    expect(UploadsController.begun).toBe(0);
  });

  it('a type without a limit of its own has bodyLimit', async () => {
    expect((await post('/uploads', XML, 'x'.repeat(1000))).json.length).toBe(1000);
    expectProblem(await post('/uploads', XML, 'x'.repeat(1001)), 413);
  });

  it('of a body that is longer than it announces, no more gets in than that', async () => {
    UploadsController.read = 0;
    const bytes = `POST /uploads HTTP/1.1\r\nHost: x\r\nContent-Type: ${XML}\r\nContent-Length: 10\r\n\r\n`;
    const text = await rawSend(server.port, bytes + 'x'.repeat(5000));
    expectProblem(parseRaw(text), 400, 'malformed-request');
    expect(UploadsController.read).toBe(10);
  });

  it.each([BOUNDARY, XML])('without a length, %s is refused before it is read', async (type) => {
    UploadsController.begun = 0;
    server.events.length = 0;
    for (const body of ['', 'x', 'x'.repeat(5000)]) {
      const answer = await chunkedTo('/uploads', type, body);
      expectProblem(answer, 411, 'length-required');
      expect(answer.headers['connection']).toBe('close');
    }
    expect(UploadsController.begun).toBe(0);
    expect(server.events).toMatchObject(
      Array.from({ length: 3 }, () => ({ type: 'input.rejected', reason: 'edge.body-length', status: 411 })),
    );
  });
});

describe.each(ADAPTERS)('a limit for a type that no route takes, %s', (name) => {
  it('stops the boot', async () => {
    const booted = boot(name, { edge: { bodyLimits: { 'multipart/formdata': 1 } }, consumed: [MULTIPART] });
    await expect(booted).rejects.toThrow(
      "[option.invalid] edge.bodyLimits['multipart/formdata'] is the limit of a body that no route takes",
    );
  });
});
