import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';
import { fill, listsModule, Order, OrdersController, type Seen } from './database.js';

const client = async (url: string, subject: string, ...roles: string[]) =>
  new ApiClient(url).as((await bearer(subject, roles)).slice('Bearer '.length));

describe.each(ADAPTERS)('lists on %s', (adapter) => {
  const seen: Seen = { queries: [], events: [] };
  let started: StartedApp;
  let alice: ApiClient;
  let bob: ApiClient;
  let sue: ApiClient;
  let otto: ApiClient;
  let source: DataSource;

  beforeAll(async () => {
    started = await startApp(listsModule([OrdersController], seen), adapter);
    source = started.app.get(DataSource, { strict: false });
    await fill(source);
    alice = await client(started.url, 'alice', 'user');
    bob = await client(started.url, 'bob', 'user');
    sue = await client(started.url, 'sue', 'support');
    otto = await client(started.url, 'otto', 'admin');
  });
  afterAll(() => started.close());
  beforeEach(() => {
    seen.queries.length = 0;
    seen.events.length = 0;
  });

  const ids = async (who: ApiClient, path: string, limit: number): Promise<string[]> => {
    const found: string[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < 60; pages++) {
      const query: string = `${path.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`;
      const { status, body, text } = await who.get(path + query);
      expect(status, text).toBe(200);
      found.push(...body.items.map((item: { id: string }) => item.id));
      cursor = body.nextCursor;
      if (cursor === null) return found;
    }
    throw new Error('The pages have no end.');
  };
  const errors = async (who: ApiClient, path: string) => {
    const { status, body } = await who.get(path);
    return [
      status,
      body.errors?.map(({ pointer, code }: Record<string, string>) => `${pointer} ${code}`).join(),
    ];
  };
  const rowsOf = async (where: Partial<Order>) =>
    (await source.getRepository(Order).findBy(where)).map(({ id }) => id);

  describe('pages', () => {
    it.each(['createdAt', '-createdAt', 'total', '-total', 'status', '-status'])(
      'hold every row once, in the order %s, whatever the size of a page and however many are equal',
      async (sort) => {
        const whole = await ids(alice, `/orders?sort=${sort}`, 100);
        expect([...whole].sort()).toEqual((await rowsOf({ userId: 'alice' })).sort());
        for (const limit of [1, 3, 7]) expect(await ids(alice, `/orders?sort=${sort}`, limit)).toEqual(whole);
      },
    );

    it('begin behind the last row, whatever comes and goes before it', async () => {
      const { body } = await sue.get('/orders?limit=5&sort=createdAt');
      const gone = body.items[2].id as string;
      const row = await source.getRepository(Order).findOneByOrFail({ id: gone });
      await source.getRepository(Order).delete({ id: gone });
      const next = await sue.get(`/orders?limit=5&sort=createdAt&cursor=${body.nextCursor}`);
      await source.getRepository(Order).save(row);
      expect(next.body.items[0].id).toBe((await sue.get('/orders?limit=6&sort=createdAt')).body.items[5].id);
    });

    it('are one query each, and at most 100 rows', async () => {
      const { body } = await alice.get('/orders?limit=3');
      expect(seen.queries).toHaveLength(1);
      await alice.get(`/orders?limit=3&cursor=${body.nextCursor}`);
      expect(seen.queries).toHaveLength(2);
      for (const limit of ['0', '101', '-1', '1.5', 'all', '', '1&limit=2', '1e1', '0x10', '%00']) {
        expect((await errors(alice, `/orders?limit=${limit}`))[0], limit).toBe(400);
      }
      expect(seen.queries).toHaveLength(2);
    });

    it('keep the order and the condition of the application', async () => {
      const paid = await ids(alice, '/orders/plain', 2);
      expect([...paid].sort()).toEqual((await rowsOf({ userId: 'alice', status: 'paid' })).sort());
    });
  });

  describe('a cursor', () => {
    let cursor: string;
    beforeAll(async () => {
      cursor = (await alice.get('/orders?limit=2&status=open&sort=total')).body.nextCursor;
    });

    it.each([
      ['of another caller', () => bob, '/orders?status=open&sort=total'],
      ['of another caller who may see more', () => sue, '/orders?status=open&sort=total'],
      ['of another list', () => alice, '/orders/plain?'],
      ['with another filter', () => alice, '/orders?status=paid&sort=total'],
      ['with another filter beside it', () => alice, '/orders?status=open&sort=total&minTotal=0'],
      ['without the filter', () => alice, '/orders?sort=total'],
      ['in another order', () => alice, '/orders?status=open&sort=-total'],
      ['in the order of the class', () => alice, '/orders?status=open'],
    ])('%s is a 400 at /cursor, and nobody asks the database', async (_name, who, path) => {
      seen.queries.length = 0;
      expect(await errors(who(), `${path}&cursor=${cursor}`)).toEqual([400, '/cursor cursor']);
      expect(seen.queries).toEqual([]);
      expect(seen.events).toMatchObject([{ type: 'input.rejected', reason: 'input.invalid' }]);
      expect(JSON.stringify(seen.events)).not.toContain(cursor);
    });

    it.each(['', 'x', '%2e', 'WzEsImEiXQ', 'a'.repeat(200), 'a'.repeat(3000)])(
      '%#: made up, it is none',
      async (text) => {
        seen.queries.length = 0;
        expect(await errors(alice, `/orders?cursor=${text}`)).toEqual([400, '/cursor cursor']);
        expect(await errors(alice, `/orders?cursor=${cursor}&cursor=${text}&status=open&sort=total`)).toEqual(
          [400, '/cursor cursor'],
        );
        expect(seen.queries).toEqual([]);
      },
    );

    it('goes on with another size of page, and in any order of the parameters', async () => {
      const first = await alice.get('/orders?status=open&sort=total&limit=2');
      const next = await alice.get(`/orders?sort=total&cursor=${cursor}&limit=50&status=open`);
      expect(next.status).toBe(200);
      expect([...first.body.items, ...next.body.items].map(({ id }) => id)).toEqual(
        await ids(alice, '/orders?status=open&sort=total', 100),
      );
    });
  });

  describe('a filter', () => {
    it('narrows, and goes with the others', async () => {
      expect((await ids(alice, '/orders?status=open', 100)).sort()).toEqual(
        (await rowsOf({ userId: 'alice', status: 'open' })).sort(),
      );
      const some = await alice.get(
        '/orders?limit=100&minTotal=3&any=open&any=gone&until=2026-09-21T14:13:22.000Z',
      );
      const expected = (await source.getRepository(Order).findBy({ userId: 'alice' })).filter(
        ({ total, status, createdAt }) =>
          total >= 3 && status !== 'paid' && createdAt <= new Date('2026-09-21T14:13:22.000Z'),
      );
      expect(some.body.items.map(({ id }: Order) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
      expect(expected.length).toBeGreaterThan(0);
      expect((await alice.get('/orders?any=paid&limit=100')).body.items.length).toBeGreaterThan(0);
    });

    it('never widens what the rule admits', async () => {
      const foreign = await rowsOf({ userId: 'bob' });
      for (const id of foreign.slice(0, 3)) {
        expect((await alice.get(`/orders?is=${id}`)).body.items).toEqual([]);
      }
      // The rule of an auditor says status: paid; a filter on the same property is beside it.
      expect((await otto.get('/orders?status=open')).body.items).toEqual([]);
      expect((await ids(otto, '/orders?status=paid', 100)).sort()).toEqual(
        (await rowsOf({ status: 'paid' })).sort(),
      );
      expect((await ids(otto, '/orders?any=open&any=paid&any=gone', 100)).sort()).toEqual(
        (await rowsOf({ status: 'paid' })).sort(),
      );
    });

    it.each([
      'userId=bob',
      'status[]=open',
      'status[or]=open',
      'status[$ne]=open',
      'status=open&status=paid',
      'status={"$ne":null}',
      'status=',
      'status=%00',
      'is[length]=1',
      'or=1',
      'where={}',
      '[]=1',
      '__proto__[status]=open',
      'constructor=1',
      'any[0][x]=1',
      'minTotal=1;DROP',
      "is='%20OR%201=1&userId=bob",
      'minTotal=99999999999999999999',
      'until=2026-02-30',
    ])('%s is a 400 or finds nothing of others', async (query) => {
      const { status, body } = await alice.get(`/orders?limit=100&${query}`);
      if (status !== 200) return expect([400, 414]).toContain(status);
      const own = await rowsOf({ userId: 'alice' });
      for (const { id } of body.items) expect(own).toContain(id);
    });

    it('of a value that the column cannot have is a 400', async () => {
      expect(await errors(alice, '/orders?is=')).toEqual([400, '/is filter']);
      expect(await errors(sue, `/orders?cost=${2 ** 60}`)).toEqual([400, '/cost isNumber']);
      const many = Array.from({ length: 101 }, (_, n) => `any=a${n}`).join('&');
      expect(await errors(alice, `/orders?${many}`)).toEqual([400, '/any filter']);
      expect(seen.queries).toEqual([]);
    });

    it('by what the caller is not shown is unknown, in the very words of one that nobody declared', async () => {
      const unknown = await alice.get('/orders?unheard=7001');
      const hidden = await alice.get('/orders?cost=7001');
      const plain = (text: string) =>
        text.replace(/"(instance|traceId)":"[^"]*"/g, '').replace('unheard', 'cost');
      expect(hidden.status).toBe(400);
      expect(plain(hidden.text)).toBe(plain(unknown.text));
      expect(seen.queries).toEqual([]);
      expect((await ids(sue, '/orders?cost=7001', 10)).length).toBe(1);
    });

    it('by what is for owners counts where the list holds nothing but one’s own', async () => {
      expect((await alice.get('/orders?minTotal=1')).status).toBe(200);
      expect((await alice.get('/orders?sort=total')).status).toBe(200);
      // An auditor lists the orders of others, whose totals they are not shown.
      expect(await errors(otto, '/orders?minTotal=1')).toEqual([400, '/minTotal whitelistValidation']);
      expect(await errors(otto, '/orders?sort=-total')).toEqual([400, '/sort isIn']);
      expect((await sue.get('/orders?minTotal=1')).status).toBe(200);
    });
  });

  describe('an order', () => {
    it('by what the caller is not shown is none, in the very words of one that there is not', async () => {
      const plain = (text: string) => text.replace(/"(instance|traceId)":"[^"]*"/g, '');
      const unknown = await alice.get('/orders?sort=secret');
      const hidden = await alice.get('/orders?sort=cost');
      expect([unknown.status, hidden.status]).toEqual([400, 400]);
      expect(plain(hidden.text)).toBe(plain(unknown.text));
      for (const sort of ['userId', '--total', 'total,cost', 'constructor', '__proto__', '', 'total DESC']) {
        expect(await errors(alice, `/orders?sort=${encodeURIComponent(sort)}`)).toEqual([400, '/sort isIn']);
      }
      expect(await errors(alice, '/orders?sort=total&sort=cost')).toEqual([400, '/sort repeated']);
      expect(seen.queries).toEqual([]);
      expect((await sue.get('/orders?sort=cost')).status).toBe(200);
    });
  });

  it('the order of the class holds for callers who may name it, and the id for all others', async () => {
    const rows = await source.getRepository(Order).find({ order: { id: 'ASC' } });
    const totals = new Map(rows.map(({ id, total }) => [id, total]));
    const ranked = await ids(alice, '/orders/ranked', 3);
    const byTotal = ranked.map((id) => totals.get(id)!);
    expect(byTotal).toEqual([...byTotal].sort((a, b) => b - a));
    expect(await ids(sue, '/orders/ranked', 7)).toEqual(await ids(sue, '/orders/ranked?sort=-total', 100));
    // An auditor is not shown the totals of others, nor how they compare.
    const paid = rows.filter(({ status }) => status === 'paid').map(({ id }) => id);
    expect(await ids(otto, '/orders/ranked', 3)).toEqual(paid);
  });

  it('asks one question for ten thousand rows, and every one of them is the caller’s', async () => {
    const rows = Array.from({ length: 12_000 }, (_, n) => ({
      id: `many-${n}`,
      userId: n % 6 === 0 ? 'dave' : 'carol',
      status: 'open',
      total: n,
      cost: n,
      createdAt: new Date(n),
      secret: 'CANARY',
    }));
    for (let at = 0; at < rows.length; at += 2000) {
      await source.getRepository(Order).insert(rows.slice(at, at + 2000));
    }
    const carol = await client(started.url, 'carol', 'user');
    seen.queries.length = 0;
    const { body, text } = await carol.get('/orders/all');
    expect(seen.queries).toHaveLength(1);
    expect(body).toHaveLength(10_000);
    expect(body.every(({ total }: Order) => total % 6 > 0)).toBe(true);
    expect(text).not.toContain('CANARY');
    await source.getRepository(Order).delete({ status: 'open', userId: 'carol' });
    await source.getRepository(Order).delete({ status: 'open', userId: 'dave' });
  });

  it('takes the condition of @Where() itself: a copy limits nothing that the helper can know', async () => {
    expect((await alice.get('/orders/copied')).status).toBe(500);
    expect(seen.queries).toEqual([]);
  });
});
