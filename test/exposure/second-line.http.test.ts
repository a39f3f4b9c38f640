import { Controller, ForbiddenException, Get, Query, Sse, StreamableFile, type Type } from '@nestjs/common';
import { IsIn } from 'class-validator';
import {
  ANYONE,
  Authenticated,
  Can,
  defineResource,
  ExposeFor,
  Lists,
  Loaded,
  OWNER,
  ProblemException,
  Public,
  RawResponse,
  Returns,
  Where,
  type LoaderFactory,
  type SecurityEvent,
} from 'nestjs-gatehouse';
import { concat, from, of, throwError, type Observable } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';

class Order {
  @ExposeFor(ANYONE) id!: string;
  userId!: string;
  @ExposeFor(OWNER) total!: number;
  secret!: string;
}
class Tick {
  @ExposeFor(ANYONE) at!: number;
  @ExposeFor('support') note!: string;
  secret!: string;
}
const order = (id: string, userId: string) =>
  Object.assign(new Order(), { id, userId, total: 5, secret: 'CANARY-secret' });
const tick = (at: number) => Object.assign(new Tick(), { at, note: 'CANARY-note', secret: 'CANARY-secret' });
const ROWS = [order('a', 'alice'), order('b', 'bob')];

const load: LoaderFactory<Order> = {
  create: () => ({
    parseId: (raw) => (typeof raw === 'string' ? raw : undefined),
    loadMany: (ids) => ids.map((id) => ROWS.find((row) => row.id === id)),
  }),
  query: () => (principal) => ({ by: principal.id }),
};
const read = (conceal: boolean) =>
  defineResource(Order, { id: 'id', owner: 'userId', load, conceal, can: (r) => ({ read: r.owner() }) });

class Named {
  @IsIn(['a', 'b']) name!: string;
}

@Controller('orders')
@Authenticated()
class OrdersController {
  /** Forgot `@Can`. */
  @Get('one') @Returns(Order) one(@Query() { name }: Named) {
    return ROWS.find(({ id }) => id === name);
  }
  /** Forgot to use `mine`. */
  @Get('list') @Lists(Order) @Returns([Order]) list(@Where() _mine: object) {
    return ROWS;
  }
  @Get('unchecked') @Returns([Order], { unchecked: 'the board is public to members' }) unchecked() {
    return ROWS;
  }
  @Get('changed/:id') @Can('read', Order) @Returns(Order) changed(@Loaded() loaded: Order) {
    const before = loaded.userId;
    loaded.userId = 'somebody else';
    setImmediate(() => (loaded.userId = before));
    return loaded;
  }
}

@Controller('events')
@Authenticated()
class EventsController {
  @Sse('orders') @Returns(Order) orders(): Observable<unknown> {
    return from([
      { data: ROWS[0], type: 'order', id: '7', retry: 1000 },
      { data: ROWS[1], type: 'order', id: '8' },
      ROWS[0],
      { type: 'end', data: null },
    ]);
  }
  @Sse('ticks') @Returns(Tick) ticks(): Observable<unknown> {
    return from([tick(1), { data: tick(2) }, { data: { at: 4, secret: 'CANARY' } }]);
  }
  @Sse('broken') @Returns(Tick) broken(): Observable<unknown> {
    return concat(
      of(tick(1)),
      throwError(() => new Error('CANARY-message')),
    );
  }
  @Sse('refused') @Returns(Tick) refused(): Observable<unknown> {
    return concat(
      of(tick(1)),
      throwError(() => new ForbiddenException('CANARY-message')),
    );
  }
  @Sse('wrong') @Returns(Tick) wrong(): Observable<unknown> {
    return from([tick(1), { data: 'CANARY-text' }, tick(2)]);
  }
  @Sse('lines') @Returns(Tick) lines(): Observable<unknown> {
    return from([{ data: tick(1) }, { type: 'a\ndata: CANARY-forged', data: tick(2) }]);
  }
  @Sse('row') @Returns(Tick) row(): Observable<unknown> {
    return from([tick(1), { id: 'CANARY-id', type: 'CANARY-type', at: 2 }]);
  }
  @Sse('row-with-data') @Returns(Tick) rowWithData(): Observable<unknown> {
    return from([tick(1), { id: 'CANARY-id', data: tick(2), owner: 'alice' }]);
  }
  @Sse('no-data') @Returns(Tick) noData(): Observable<unknown> {
    return from([tick(1), { id: 'CANARY-id' }]);
  }
  @Sse('early') @Returns(Tick) early(): Observable<unknown> {
    return throwError(
      () => new ProblemException({ status: 409, type: 'https://a.example/b', title: 'Not now' }),
    );
  }
  @Sse('raw') @RawResponse('a public ticker') raw(): Observable<unknown> {
    return concat(
      of({ data: 'free' }),
      throwError(() => new ForbiddenException('CANARY-message')),
    );
  }
  @Get('file') @Returns(Tick) file(): unknown {
    return new StreamableFile(Buffer.from('CANARY-bytes'));
  }
}

@Controller('winner')
class WinnerController {
  @Get() @Public('the winner') @Returns(Order) winner() {
    return ROWS[0];
  }
}

const events: SecurityEvent[] = [];
const start = (adapter: (typeof ADAPTERS)[number], conceal = true, more: Type[] = []) =>
  startApp(
    guardedModule([OrdersController, EventsController, ...more], {
      authorization: { roles: { support: ['user'], user: [] }, resources: [read(conceal)] },
      events: { sink: { write: (event) => void events.push(event) } },
    }),
    adapter,
  );
const as = async (url: string, subject: string, ...roles: string[]) =>
  new ApiClient(url).as((await bearer(subject, roles)).slice('Bearer '.length));
const said = () => events.map(({ type, ...more }) => [type, 'reason' in more ? more.reason : '']);

beforeEach(() => void events.splice(0));

describe.each(ADAPTERS)('in development, on %s', (adapter) => {
  let app: StartedApp;
  let alice: ApiClient;
  beforeAll(async () => {
    app = await start(adapter);
    alice = await as(app.url, 'alice', 'user');
  });
  afterAll(() => app.close());

  it('an object past the rule is a 500 that shows nothing, and an event that says which', async () => {
    expect((await alice.get('/orders/one?name=a')).body).toEqual({ id: 'a', total: 5 });
    expect(events).toEqual([]);
    for (const path of ['/orders/one?name=b', '/orders/list']) {
      const { status, text } = await alice.get(path);
      expect(status).toBe(500);
      expect(text).not.toContain('"b"');
    }
    expect(said()).toEqual([
      ['exposure.violation', ''],
      ['server.failed', 'output.unreadable'],
      ['exposure.violation', ''],
      ['server.failed', 'output.unreadable'],
    ]);
    expect(events[0]).toMatchObject({ resource: 'Order', count: 1, redacted: false, principal: 'alice' });
    expect(events[0]).toHaveProperty('route', 'OrdersController.one');
  });

  it('what is spoken for leaves, and what the guard has loaded', async () => {
    expect((await alice.get('/orders/unchecked')).body).toEqual([{ id: 'a', total: 5 }, { id: 'b' }]);
    expect((await alice.get('/orders/changed/a')).body).toEqual({ id: 'a' });
    expect(events).toEqual([]);
  });

  it('a public route that returns what nobody in particular may read does not start', async () => {
    await expect(start(adapter, true, [WinnerController])).rejects.toThrow(/output\.unreadable/);
  });
});

describe.each(ADAPTERS)('in production, on %s', (adapter) => {
  let app: StartedApp;
  let open: StartedApp;
  beforeAll(async () => {
    vi.stubEnv('NODE_ENV', 'production');
    app = await start(adapter);
    open = await start(adapter, false);
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    await app.close();
    await open.close();
  });
  afterEach(() => vi.unstubAllEnvs());

  it('it is left out of a list, and is a 404 alone, with an alert each', async () => {
    const alice = await as(app.url, 'alice', 'user');
    expect((await alice.get('/orders/list')).body).toEqual([{ id: 'a', total: 5 }]);
    expect(events).toMatchObject([
      { type: 'exposure.violation', resource: 'Order', count: 1, redacted: true },
    ]);
    expect((await alice.get('/orders/one?name=b')).status).toBe(404);
    expect(said().slice(1)).toEqual([
      ['exposure.violation', ''],
      ['access.denied', 'access.hidden'],
    ]);
    expect((await alice.get('/orders/one?name=a')).status).toBe(200);
    expect((await (await as(open.url, 'alice', 'user')).get('/orders/one?name=b')).status).toBe(403);
  });

  it('an event with it is left out of its stream', async () => {
    const { text } = await (await as(app.url, 'alice', 'user')).get('/events/orders');
    expect(text).not.toContain('"b"');
    expect(text.match(/"id":"a"/g)).toHaveLength(2);
    expect(text).toContain('event: end');
    expect(events).toMatchObject([{ type: 'exposure.violation', redacted: true }]);
  });
});

describe.each(ADAPTERS)('streams on %s', (adapter) => {
  let app: StartedApp;
  let alice: ApiClient;
  let sue: ApiClient;
  beforeAll(async () => {
    app = await start(adapter);
    alice = await as(app.url, 'alice', 'user');
    sue = await as(app.url, 'sue', 'support');
  });
  afterAll(() => app.close());

  it('each event shows what its class shows to the caller', async () => {
    const mine = await alice.get('/events/ticks');
    expect(mine.headers.get('content-type')).toMatch(/event-stream/);
    expect(mine.text.match(/^data: .*$/gm)).toEqual(['data: {"at":1}', 'data: {"at":2}', 'data: {"at":4}']);
    expect(mine.text).not.toContain('CANARY');
    const hers = await sue.get('/events/ticks');
    expect(hers.text.match(/CANARY-note/g)).toHaveLength(2);
    expect(hers.text).not.toMatch(/CANARY(?!-note)/);
  });

  it('keeps what Nest knows of an event', async () => {
    vi.stubEnv('NODE_ENV', 'test');
    const { text } = await alice.get('/events/orders');
    expect(text).toContain('event: order\nid: 7\nretry: 1000\ndata: {"id":"a","total":5}');
    expect(text).not.toContain('CANARY');
    // The second may not leave at all: the stream ends.
    expect(text).not.toContain('"b"');
    expect(said()).toEqual([
      ['exposure.violation', ''],
      ['server.failed', 'output.unreadable'],
    ]);
  });

  it.each(['broken', 'refused', 'wrong', 'lines', 'row', 'row-with-data', 'no-data'])(
    '%s: a stream that breaks tells nothing of why',
    async (name) => {
      const { text } = await alice.get(`/events/${name}`);
      expect(text).toContain('data: {"at":1}');
      expect(text).not.toContain('CANARY');
      expect(text).not.toContain('"at":2');
      expect(said()).toEqual([
        ['server.failed', name === 'broken' || name === 'refused' ? 'server.error' : 'output.undeclared'],
      ]);
      expect(JSON.stringify(events)).not.toContain('CANARY');
    },
  );

  it('nor does a raw one', async () => {
    const { text } = await alice.get('/events/raw');
    expect(text).toContain('data: free');
    expect(text).not.toContain('CANARY');
    expect(said()).toEqual([['server.failed', 'server.error']]);
  });

  it('what fails before the first event is answered as ever', async () => {
    const { status, text } = await alice.get('/events/early');
    expect([status, text]).toEqual([409, expect.stringContaining('Not now')]);
  });

  it('a file where a class is declared is refused', async () => {
    const { status, text } = await alice.get('/events/file');
    expect(status).toBe(500);
    expect(text).not.toContain('CANARY');
  });
});
