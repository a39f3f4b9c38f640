import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import {
  anonymous,
  foreign,
  forged,
  list,
  newClients,
  one,
  post,
  receipt,
} from '../../bench/harness/clients.js';
import { newIssuer, verificationOf } from '../../bench/harness/keys.js';
import type { LoadRequest } from '../../bench/harness/load.js';
import { ALGORITHMS } from '../../bench/shop/shop.options.js';
import { ADAPTERS, createApp, STACKS, type Stack } from '../../bench/stacks/create-app.js';

const USERS = 3;

describe.each(ADAPTERS)('the servers of the bench on %s', (adapter) => {
  const issuer = newIssuer('RS256');
  const [caller, other] = newClients(issuer, 2, USERS);
  const apps = new Map<Stack, { app: INestApplication; url: string }>();

  beforeAll(async () => {
    for (const stack of STACKS) {
      const app = await createApp(stack, adapter, {
        verification: verificationOf('RS256', issuer.text),
        size: { users: USERS, ordersPerUser: 12 },
        extraRoutes: 2,
        extraRoles: 2,
      });
      await app.listen(0, '127.0.0.1');
      const { port } = app.getHttpServer().address() as AddressInfo;
      apps.set(stack, { app, url: `http://127.0.0.1:${port}` });
    }
  });

  afterAll(async () => {
    for (const { app } of apps.values()) {
      app.getHttpServer().closeAllConnections();
      await app.close();
    }
  });

  async function answers(stacks: readonly Stack[], { path, ...init }: LoadRequest) {
    const all: unknown[] = [];
    for (const stack of stacks) {
      const response = await fetch(`${apps.get(stack)!.url}${path}`, init);
      const { instance: _, traceId: __, ...body } = (await response.json()) as Record<string, unknown>;
      all.push({ status: response.status, body });
    }
    return all;
  }

  const guarded = STACKS.filter((stack) => stack !== 'bare');

  it.each([
    ['one order', one(caller!), 200],
    ['a list', list(caller!, 10), 200],
    ['a new order', post(caller!), 201],
  ])('all five answer %s with the same status and the same body', async (_, request, status) => {
    const [first, ...rest] = await answers(STACKS, request);
    expect(first).toMatchObject({ status });
    expect(JSON.stringify(first)).not.toMatch(/userId|internalNote|costPrice|lineId/);
    for (const answer of rest) expect(answer).toEqual(first);
  });

  it.each([
    ['no token', anonymous(caller!), 401],
    ['a forged token', forged(caller!), 401],
    ["another's order", foreign(caller!, USERS), 404],
    ['an unknown property', post(caller!, '{"items":[],"admin":true}'), 400],
  ])('the guarded ones refuse %s alike', async (_, request, status) => {
    const [first, ...rest] = await answers(guarded, request);
    expect(first).toMatchObject({ status });
    for (const answer of rest) expect(withoutErrors(answer)).toEqual(withoutErrors(first));
  });

  it('the guarded ones admit one receipt and refuse the next', async () => {
    const first = await answers(guarded, receipt(other!));
    expect(first.map((answer) => (answer as { status: number }).status)).toEqual(guarded.map(() => 200));
    const [second, ...rest] = await answers(guarded, receipt(other!));
    expect(second).toMatchObject({ status: 429 });
    for (const answer of rest) expect(answer).toEqual(second);
  });

  it('the floor sets the headers that gatehouse sets', async () => {
    const headersOf = async (stack: Stack, { path, ...init }: LoadRequest) => {
      const { headers } = await fetch(`${apps.get(stack)!.url}${path}`, init);
      const { date: _, 'x-request-id': __, ...rest } = Object.fromEntries(headers);
      // How much is left of a limit, and the timeout that the bench gives all of them alike.
      return { ...rest, ratelimit: rest['ratelimit']?.replace(/=\d+/g, ''), 'keep-alive': undefined };
    };
    const [, , spent] = newClients(issuer, 3, USERS);
    for (const request of [
      one(caller!),
      list(caller!, 10),
      post(caller!),
      anonymous(caller!),
      forged(caller!),
      foreign(caller!, USERS),
      receipt(spent!),
      receipt(spent!),
    ]) {
      expect(await headersOf('floor', request)).toEqual(await headersOf('gatehouse', request));
    }
  });
});

describe.each(ALGORITHMS)('tokens signed with %s', (algorithm) => {
  it('get into every stack that verifies, and forged ones do not', async () => {
    const issuer = newIssuer(algorithm);
    const [caller] = newClients(issuer, 1, 1);
    // jsonwebtoken has no EdDSA.
    const stacks = STACKS.filter(
      (stack) => stack !== 'bare' && !(algorithm === 'EdDSA' && stack.startsWith('hand')),
    );
    for (const stack of stacks) {
      const app = await createApp(stack, 'fastify', {
        verification: verificationOf(algorithm, issuer.text),
        size: { users: 1, ordersPerUser: 1 },
        extraRoutes: 0,
        extraRoles: 0,
      });
      await app.listen(0, '127.0.0.1');
      const { port } = app.getHttpServer().address() as AddressInfo;
      for (const [request, status] of [
        [one(caller!), 200],
        [forged(caller!), 401],
      ] as const) {
        const { path, ...init } = request;
        const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
        expect(response.status, stack).toBe(status);
        await response.text();
      }
      app.getHttpServer().closeAllConnections();
      await app.close();
    }
  });
});

function withoutErrors(answer: unknown): unknown {
  const { status, body } = answer as { status: number; body: Record<string, unknown> };
  const { errors: _, ...rest } = body;
  return { status, body: rest };
}
