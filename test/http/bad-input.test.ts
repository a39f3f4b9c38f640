import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Posture } from 'nestjs-gatehouse';
import { headerFaults, problemFaults } from '../attacks/support/answer-faults.js';
import { openTarget, type Target } from '../attacks/support/target.js';
import type { WireAnswer } from '../attacks/support/wire.js';
import { ADAPTERS } from '../support/start-app.js';
import { badBodies, badShapes } from './bad-bodies.js';
import {
  badHeaders,
  badIds,
  badMethods,
  badPaths,
  badQueries,
  GARBAGE_ADDRESSES,
  type BadRequest,
} from './bad-requests.js';
import { arrange, goodRequest, ROUTES, type ShopRoute } from './shop-routes.js';

const KINDS: Readonly<Record<string, (route: ShopRoute) => BadRequest[]>> = {
  paths: badPaths,
  ids: badIds,
  methods: badMethods,
  headers: badHeaders,
  bodies: badBodies,
  shapes: badShapes,
  queries: badQueries,
};

describe.each(ADAPTERS)('bad input on %s', (adapter) => {
  let shop: Target;
  beforeAll(async () => {
    shop = await openTarget('shop', adapter, {
      limits: { loginAddress: 100, loginAccount: 25 },
      arrange,
    });
  });
  afterAll(() => shop?.close());
  beforeEach(() => shop.reset());

  it('is tried on every route that there is', () => {
    const rows = shop.app.get(Posture).rows();
    expect(ROUTES.map(({ address }) => address).toSorted()).toEqual(
      rows.map(({ address }) => address).toSorted(),
    );
  });

  it('is not what the routes are asked with otherwise', async () => {
    for (const route of ROUTES) {
      await shop.reset();
      const { status } = await shop.wire(goodRequest(route));
      expect([route.address, status, shop.executions]).toEqual([
        route.address,
        // Nobody knows the password, nor a refresh token; what counts is that the handler was asked.
        ['/auth/login', '/auth/refresh'].includes(route.path) ? 401 : expect.toBeOneOf([200, 201, 204]),
        [route.handler],
      ]);
    }
  });

  it.each(Object.keys(KINDS))(
    '%s: always 4xx, a problem with security headers, nothing run and nothing stored',
    async (kind) => {
      const before = await shop.rows();
      const wrong: string[] = [];
      for (const route of ROUTES) {
        for (const { name, request } of KINDS[kind]!(route)) {
          const answer = await shop.wire(request);
          const faults = answer.status >= 400 && answer.status < 500 ? problemFaults(answer) : ['no 4xx'];
          // A cursor is opaque to the pipe; the handler finds that it is none.
          if (!(kind === 'queries' && name.startsWith('cursor'))) faults.push(...shop.executions);
          shop.executions.length = 0;
          if (faults.length > 0) wrong.push(`${route.address} ${name}: ${answer.status} ${faults.join()}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(await shop.rows()).toEqual(before);
      expect(shop.events.filter((event) => 'status' in event && event.status >= 500)).toEqual([]);
    },
  );

  it('a patch of nothing changes nothing', async () => {
    const before = await shop.rows();
    for (const route of ROUTES.filter(({ address }) => address.startsWith('PATCH'))) {
      expect((await shop.wire({ ...goodRequest(route), body: '{}' })).status).toBe(200);
    }
    expect(await shop.rows()).toEqual(before);
  });

  it('a body of a GET is not read', async () => {
    for (const route of ROUTES.filter(({ address }) => address.startsWith('GET'))) {
      const good = goodRequest(route);
      const expected = shapeOf(await shop.wire(good));
      for (const body of ['{', '\u0000', '{"__proto__":1}', '['.repeat(50_000)]) {
        const answer = await shop.wire({
          ...good,
          headers: [...good.headers, ['Content-Type', 'application/json']],
          body,
        });
        expect([route.address, body.slice(0, 20), shapeOf(answer)]).toEqual([
          route.address,
          body.slice(0, 20),
          expected,
        ]);
      }
      const other = await shop.wire({
        ...good,
        headers: [...good.headers, ['Content-Type', 'text/plain']],
        body: 'x',
      });
      expect([other.status, problemFaults(other)]).toEqual([415, []]);
    }
  });

  it('garbage for an address is not believed, and changes nothing', async () => {
    const names = [
      'X-Forwarded-For',
      'X-Real-IP',
      'Forwarded',
      'X-Request-Id',
      'traceparent',
      'X-Forwarded-Proto',
    ];
    for (const route of ROUTES) {
      // A user makes ten keys a minute, and the bodies above were tries.
      if (route.address === 'POST /api-keys') continue;
      const expected = shapeOf(await shop.wire(goodRequest(route)));
      // Each login hashes a password.
      for (const garbage of GARBAGE_ADDRESSES.slice(0, route.path === '/auth/login' ? 3 : undefined)) {
        await shop.reset();
        // Made anew: a logout has ended the token of the one before.
        const again = goodRequest(route);
        const headers = [...again.headers, ...names.map((name) => [name, garbage] as const)];
        const answer = await shop.wire({ ...again, headers });
        expect([route.address, garbage, shapeOf(answer), headerFaults(answer)]).toEqual([
          route.address,
          garbage,
          expected,
          [],
        ]);
        // A service that is no part of a request names no address.
        const ofRequests = shop.events.filter(({ type }) => !type.startsWith('api-key.'));
        expect(ofRequests.filter(({ address }) => address !== '127.0.0.1')).toEqual([]);
      }
      await shop.reset();
    }
  });
});

const shapeOf = ({ status, headers }: WireAnswer): unknown[] => [status, headers['content-type']];
