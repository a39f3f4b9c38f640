import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allow, DecisionUnavailable, deny } from 'nestjs-gatehouse';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';
import { bearer } from '../../support/tokens.js';
import { bound, Desk, deskModule, MANY, refuse } from './desk.js';

describe.each(ADAPTERS)('policies on %s', (adapter) => {
  const desk = new Desk();
  let app: StartedApp;
  let alice: string;
  let sue: string;
  beforeAll(async () => {
    app = await startApp(deskModule(desk), adapter);
    alice = await bearer('alice', ['user']);
    sue = await bearer('sue', ['support']);
  });
  afterAll(() => app.close());
  beforeEach(() => {
    desk.policy = desk.route = () => allow();
    desk.obligation = () => undefined;
    desk.asked.length = desk.fulfilled.length = desk.events.length = desk.handled = 0;
  });

  const call = (authorization: string | undefined, path: string, method = 'POST', body: unknown = {}) =>
    fetch(`${app.url}/orders/${path}`, {
      method,
      headers: { ...(authorization && { authorization }), 'content-type': 'application/json' },
      ...(method !== 'GET' && { body: JSON.stringify(body) }),
    });
  /** The status, how often a handler ran, and what the log says. */
  const outcome = async (response: Promise<Response>) => {
    const { status } = await response;
    await expect.poll(() => status < 400 || desk.events.length > 0).toBe(true);
    const event = desk.events[0] as { reason?: string; note?: string } | undefined;
    return [status, desk.handled, event?.reason, event?.note];
  };

  it('asks both policies, the controller’s first, and tells them what is known', async () => {
    expect((await call(sue, 'a1/refund', 'POST', { note: 1, evil: true })).status).toBe(403);
    desk.asked.length = 0;
    expect((await call(alice, 'a1/refund', 'POST', { note: 'x' })).status).toBe(200);
    expect(desk.handled).toBe(1);
    expect(desk.asked).toHaveLength(2);
    const [ofRoute, ofOrder] = desk.asked;
    expect(ofRoute).toMatchObject({ object: undefined, address: '127.0.0.1' });
    expect(ofOrder).toMatchObject({
      object: { id: 'a1', userId: 'alice' },
      principal: { id: 'alice' },
      roles: new Set(['user']),
      route: 'OrdersController.refund',
      body: { note: 'x' },
    });
    expect(ofOrder!.now).toBeGreaterThan(Date.now() - 60_000);
  });

  it.each([false, true])(
    'a refusal is 403, and its code stands in the log alone (promise: %s)',
    async (promised) => {
      desk.policy = () => (promised ? Promise.resolve(refuse('too-late')) : refuse('too-late'));
      const response = await call(alice, 'a1/refund');
      expect(await response.text()).not.toMatch(/too-late|OfOrder/);
      expect(response.status).toBe(403);
      expect(desk.handled).toBe(0);
      expect(desk.events).toMatchObject([
        { type: 'access.denied', reason: 'access.policy', note: 'OfOrder: too-late', principal: 'alice' },
      ]);
    },
  );

  it('a refusal is the 404 of a missing object for a caller who may not read it', async () => {
    desk.policy = () => refuse('too-late');
    const hidden = await call(sue, 'b1/refund');
    const missing = await call(sue, 'zz/refund');
    const bytes = async (response: Response) =>
      (await response.text()).replace(/"(instance|traceId)":"[^"]*"/g, '');
    expect(hidden.status).toBe(404);
    expect(await bytes(hidden)).toBe(await bytes(missing));
    expect(desk.events.map((event) => 'reason' in event && event.reason)).toEqual([
      'access.policy-hidden',
      'access.missing',
    ]);
  });

  describe('a caller who may not read the object cannot tell it from a missing one, though a rule admits them', () => {
    const throws = () => {
      throw new TypeError('id 4711');
    };
    const never = () => Promise.reject(new DecisionUnavailable('late'));
    it.each<[string, string, () => void]>([
      ['its policy throws', 'OfOrder: TypeError', () => (desk.policy = throws)],
      ['its policy has no answer', 'OfOrder: DecisionUnavailable, late', () => (desk.policy = never)],
      ['its policy says nothing', 'OfOrder: neither allow() nor deny()', () => (desk.policy = () => {})],
      ['a policy of the route refuses', 'OfRoute: closed', () => (desk.route = () => refuse('closed'))],
      ['a policy of the route throws', 'OfRoute: TypeError', () => (desk.route = throws)],
      [
        'an obligation is not fulfilled',
        'OfOrder, obligation stamp: TypeError',
        () => {
          desk.policy = () => bound('stamp');
          desk.obligation = throws;
        },
      ],
    ])('%s', async (_, note, arrange) => {
      arrange();
      const answer = async (path: string, body?: unknown) => {
        const response = await call(sue, path, 'POST', body);
        const text = (await response.text()).replace(/"(instance|traceId)":"[^"]*"/g, '');
        return { status: response.status, text, headers: [...response.headers.keys()] };
      };
      const missing = await answer('zz/refund');
      expect(missing.status).toBe(404);
      expect(await answer('b1/refund')).toEqual(missing);
      expect(await answer('bulk', { ids: ['b1', 'a1'] })).toEqual(
        await answer('bulk', { ids: ['b1', 'zz'] }),
      );
      expect(desk.handled).toBe(0);
      await expect.poll(() => desk.events.length).toBe(4);
      expect(desk.events[1]).toMatchObject({ reason: 'access.policy-hidden', note });
      // Whoever may read it is told what is wrong: see below.
      expect((await call(alice, 'a1/refund')).status).not.toBe(404);
    });
  });

  it('the first that refuses ends it, and a policy is not asked where a rule refuses', async () => {
    desk.route = () => refuse('first');
    desk.policy = () => refuse('second');
    expect(await outcome(call(alice, 'a1/refund'))).toEqual([403, 0, 'access.policy', 'OfRoute: first']);
    expect(desk.asked).toHaveLength(1);
    desk.asked.length = 0;
    expect((await call(alice, 'b1/refund')).status).toBe(404);
    expect((await call(undefined, 'a1/refund')).status).toBe(401);
    expect(desk.asked).toEqual([]);
  });

  it('a policy alone closes a route, to callers without a credential first of all', async () => {
    expect((await call(undefined, 'none', 'GET')).status).toBe(401);
    desk.route = () => refuse('closed');
    expect((await call(alice, 'none', 'GET')).status).toBe(403);
    expect(desk.handled).toBe(0);
    desk.route = () => allow();
    expect((await call(alice, 'none', 'GET')).status).toBe(200);
    expect(desk.handled).toBe(1);
  });

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('id 4711 of alice');
      },
      'OfOrder: TypeError',
    ],
    ['rejects', () => Promise.reject(new RangeError('id 4711')), 'OfOrder: RangeError'],
    ['throws what is no error', () => Promise.reject('4711'), 'OfOrder: string'],
    [
      'has no decision from afar',
      () => Promise.reject(new DecisionUnavailable('late')),
      'OfOrder: DecisionUnavailable, late',
    ],
    ['returns nothing', () => undefined, 'OfOrder: neither allow() nor deny()'],
    ['returns true', () => true, 'OfOrder: neither allow() nor deny()'],
    [
      'returns what looks like a decision',
      () => ({ obligations: [] }),
      'OfOrder: neither allow() nor deny()',
    ],
    ['returns what inherits from a yes', () => Object.create(allow()), 'OfOrder: neither allow() nor deny()'],
    [
      'returns what inherits from a no',
      () => Object.create(deny('no' as never)),
      'OfOrder: neither allow() nor deny()',
    ],
    ['refuses without a code', () => (deny as () => unknown)(), 'OfOrder: TypeError'],
    ['refuses with a code that is no text', () => deny(Symbol('no') as never), 'OfOrder: TypeError'],
    ['resolves to true', () => Promise.resolve(true), 'OfOrder: neither allow() nor deny()'],
  ])('a policy that %s admits nobody: 503', async (_, policy, note) => {
    desk.policy = policy;
    expect(await outcome(call(alice, 'a1/refund'))).toEqual([503, 0, 'access.policy-unavailable', note]);
  });

  it('no code but a word reaches the log', async () => {
    desk.policy = () => refuse('a\nforged line');
    expect(await outcome(call(alice, 'a1/refund'))).toEqual([
      403,
      0,
      'access.policy',
      'OfOrder: what is no word',
    ]);
  });

  it('of a list each object is decided about, once, and one refusal is enough', async () => {
    expect((await call(sue, 'bulk', 'POST', { ids: ['a1', 'b1', 'a1'] })).status).toBe(200);
    expect(desk.asked.map(({ object }) => object?.id)).toEqual([undefined, 'a1', 'b1']);
    desk.policy = ({ object }) => (object.id === 'a2' ? refuse('no') : allow());
    expect((await call(alice, 'bulk', 'POST', { ids: ['a1', 'a2'] })).status).toBe(403);
    expect((await call(sue, 'bulk', 'POST', { ids: ['a1', 'a2'] })).status).toBe(404);
    expect(desk.handled).toBe(1);
  });

  it('of many objects ten are asked about at once: one request takes not all that a decision point has', async () => {
    let underWay = 0;
    let most = 0;
    desk.policy = async ({ object }) => {
      most = Math.max(most, ++underWay);
      await new Promise((done) => setTimeout(done, 1));
      underWay--;
      return object.id === refused ? refuse('no') : allow();
    };
    let refused = 'none';
    expect((await call(alice, 'bulk', 'POST', { ids: MANY })).status).toBe(200);
    expect(most).toBe(10);
    expect(desk.asked.slice(1).map(({ object }) => object?.id)).toEqual(MANY);
    refused = MANY.at(-1)!;
    expect((await call(alice, 'bulk', 'POST', { ids: MANY })).status).toBe(403);
    expect(desk.handled).toBe(1);
  });

  it('asks no further objects once one is refused, though others before it got no answer', async () => {
    const asked: string[] = [];
    const answer = (id: string) => {
      asked.push(id);
      if (id === MANY[12]) return refuse('no');
      if (id === MANY[3]) throw new TypeError();
      return allow();
    };
    for (const promised of [false, true]) {
      asked.length = desk.events.length = 0;
      desk.policy = ({ object }) => (promised ? Promise.resolve(object.id).then(answer) : answer(object.id));
      expect(await outcome(call(alice, 'bulk', 'POST', { ids: MANY }))).toEqual([
        403,
        0,
        'access.policy',
        'OfOrder: no',
      ]);
      expect(asked).toEqual(MANY.slice(0, 20));
    }
  });

  it('an answer that is missing is a 503 once all others are asked', async () => {
    const asked: string[] = [];
    desk.policy = ({ object }) => {
      asked.push(object.id);
      if (object.id === MANY[3]) throw new TypeError();
      return allow();
    };
    expect((await outcome(call(alice, 'bulk', 'POST', { ids: MANY })))[0]).toBe(503);
    expect(asked).toEqual(MANY);
  });

  it('an object that two places of a request name is decided about once, and binds once', async () => {
    desk.policy = () => bound('stamp', 7);
    expect((await call(alice, 'a1/twin', 'POST', { other: 'a1' })).status).toBe(200);
    expect(desk.fulfilled).toEqual([[7, 'alice', 'a1']]);
    expect((await call(alice, 'a1/twin', 'POST', { other: 'a2' })).status).toBe(200);
    expect(desk.fulfilled).toHaveLength(3);
  });

  it('one that the caller may not know of outweighs one that is refused', async () => {
    desk.policy = () => refuse('no');
    const both = await bearer('alice', ['support']);
    expect((await call(both, 'bulk', 'POST', { ids: ['a1'] })).status).toBe(403);
    expect((await call(both, 'bulk', 'POST', { ids: ['a1', 'b1'] })).status).toBe(404);
    expect(desk.handled).toBe(0);
  });

  it('a missing answer is 503, unless another object is refused', async () => {
    desk.policy = ({ object }) => (object.id === 'a1' ? Promise.reject(new Error()) : refuse('no'));
    expect((await call(alice, 'bulk', 'POST', { ids: ['a1'] })).status).toBe(503);
    expect((await call(alice, 'bulk', 'POST', { ids: ['a1', 'a2'] })).status).toBe(403);
    expect(desk.handled).toBe(0);
  });

  it('obligations are fulfilled before the handler runs', async () => {
    desk.obligation = () => expect(desk.handled).toBe(0);
    desk.policy = () => bound('stamp', 7);
    desk.route = () => Promise.resolve(bound('stamp', 'r'));
    expect((await call(alice, 'a1/refund')).status).toBe(200);
    expect(desk.fulfilled).toEqual([
      ['r', 'alice', undefined],
      [7, 'alice', 'a1'],
    ]);
    expect(desk.handled).toBe(1);
  });

  it('nothing is fulfilled of what is refused: by a later policy, by a write rule, by a name that nobody knows', async () => {
    desk.route = () => bound('stamp');
    desk.policy = () => refuse('no');
    expect((await call(alice, 'a1/refund')).status).toBe(403);
    desk.policy = () => allow();
    expect((await call(sue, 'b1', 'PATCH', { note: 'mine now' })).status).toBe(403);
    desk.events.length = 0;
    desk.policy = () => bound('shred');
    expect(await outcome(call(alice, 'a1/refund'))).toEqual([
      403,
      0,
      'access.policy',
      'OfOrder: unknown obligation shred',
    ]);
    desk.policy = () => bound(Symbol('stamp') as never);
    expect((await call(alice, 'a1/refund')).status).toBe(403);
    desk.policy = () => allow(null as never);
    expect((await call(alice, 'a1/refund')).status).toBe(403);
    desk.policy = () => bound('__proto__');
    expect((await call(sue, 'b1/refund')).status).toBe(404);
    expect(desk.fulfilled).toEqual([]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('x');
      },
    ],
    ['rejects', () => Promise.reject(new Error('x'))],
  ])(
    'an obligation whose handler %s is 503, and the handler of the route does not run',
    async (_, fulfil) => {
      desk.policy = () => bound('stamp');
      desk.obligation = fulfil;
      expect(await outcome(call(alice, 'a1/refund'))).toEqual([
        503,
        0,
        'access.policy-unavailable',
        'OfOrder, obligation stamp: Error',
      ]);
    },
  );
});

it('a resource that conceals nothing answers 403', async () => {
  const desk = new Desk();
  const app = await startApp(deskModule(desk, { conceal: false }), 'express');
  desk.policy = () => refuse('too-late');
  const authorization = await bearer('sue', ['support']);
  const response = await fetch(`${app.url}/orders/b1/refund`, { method: 'POST', headers: { authorization } });
  expect(response.status).toBe(403);
  await app.close();
});
