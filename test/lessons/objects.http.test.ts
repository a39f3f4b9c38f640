import { Controller, Get, Inject, Module, Param, Query } from '@nestjs/common';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import {
  ANYONE,
  Authenticated,
  Can,
  defineResource,
  ExposeFor,
  Lists,
  Loaded,
  OWNER,
  Page,
  PageQuery,
  Returns,
  Where,
  type SecurityEvent,
} from 'nestjs-gatehouse';
import { fromTypeorm, page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { Column, DataSource, Entity, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uuid } from '../integrations/typeorm/database.js';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';

const CANARY = 'CANARY';

@Entity()
class Account {
  @PrimaryColumn('integer') @ExposeFor(ANYONE) id!: number;
  @Column() @ExposeFor('support') email!: string;
  @Column() iban!: string;
  @OneToMany(() => Member, (member) => member.account) members!: Relation<Member>[];
}
@Entity()
class Member {
  @PrimaryColumn('integer') @ExposeFor(ANYONE) id!: number;
  @Column() @ExposeFor(ANYONE) userId!: string;
  @ManyToOne(() => Account, (account) => account.members) account!: Relation<Account>;
}
@Entity()
class Order {
  @PrimaryColumn('uuid') @ExposeFor(ANYONE) id!: string;
  @Column() userId!: string;
  @Column('integer') @ExposeFor(OWNER) total!: number;
  @Column() secret!: string;
  @ManyToOne(() => Account) @ExposeFor(ANYONE, { type: () => Account }) account!: Relation<Account>;
}
const OrderResource = defineResource(Order, {
  id: 'id',
  owner: 'userId',
  load: fromTypeorm(),
  can: (r) => ({ read: r.any(r.owner(), r.owner('account.members.userId')) }),
});

/** What a view of the database shows of orders: a resource of its own, by the column that says whose they are. */
class OrderView {
  @ExposeFor(ANYONE) number!: number;
  buyer!: string;
}
const OrderViewResource = defineResource(OrderView, {
  id: 'number',
  owner: 'buyer',
  load: { create: () => ({ parseId: () => undefined, loadMany: (ids) => ids.map(() => undefined) }) },
  can: (r) => ({ read: r.owner() }),
});
/** The same view as a class that is no resource. */
class OrderSummary {
  @ExposeFor(ANYONE) number!: number;
  buyer!: string;
}
const VIEW = 'SELECT total AS number, userId AS buyer, secret FROM "order" ORDER BY total';

const SHAPES = {
  whole: 'SELECT o.*, a.iban FROM "order" o JOIN account a ON a.id = o.accountId',
  mine: `SELECT o.*, a.iban FROM "order" o JOIN account a ON a.id = o.accountId WHERE o.userId = 'alice'`,
  ownerless: `SELECT id, total, secret FROM "order" WHERE userId = 'alice'`,
  renamed: 'SELECT userId AS owner, secret AS id, total FROM "order"',
};
class Raw {
  @IsIn(Object.keys(SHAPES)) shape!: 'whole' | 'mine' | 'ownerless' | 'renamed';
}
class Also {
  @IsOptional() @IsUUID() also?: string;
}

@Controller('orders')
class OrdersController {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  @Get('raw') @Authenticated() @Returns([Order]) raw(@Query() { shape }: Raw) {
    return this.source.query(SHAPES[shape]);
  }
  @Get('view') @Authenticated() @Returns([OrderView]) view() {
    return this.source.query(VIEW);
  }
  @Get('my-view') @Authenticated() @Returns([OrderView]) myView() {
    return this.source.query(VIEW.replace('ORDER', "WHERE userId = 'alice' ORDER"));
  }
  @Get('summary') @Authenticated() @Returns([OrderSummary]) summary() {
    return this.source.query(VIEW);
  }
  @Get() @Lists(Order) @Returns(Page.of(Order)) list(
    @Where() mine: WhereOf<Order>,
    @Query() query: PageQuery,
  ) {
    return page(this.source.getRepository(Order), mine, query);
  }
  @Get(':id') @Can('read', Order) @Returns(Order) get(@Loaded() order: Order) {
    return order;
  }
  /** Has what was checked, and takes another by a name that nobody has read. */
  @Get(':id/reloaded') @Can('read', Order) @Returns(Order) reloaded(
    @Param('id') id: string,
    @Loaded() _order: Order,
    @Query() { also }: Also,
  ) {
    return this.source
      .getRepository(Order)
      .findOne({ where: { id: also ?? id }, relations: { account: { members: true } } });
  }
}

/** As it is done by hand: the object is checked where there is one, and a list is a list. */
@Controller('orders')
class NaiveController {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}
  @Get() list() {
    return this.source.getRepository(Order).find();
  }
}

const events: SecurityEvent[] = [];

describe.each(ADAPTERS)('objects on %s', (adapter) => {
  let source: DataSource;
  let app: StartedApp;
  let tokens: Record<string, string>;

  beforeAll(async () => {
    source = await new DataSource({
      type: 'sqljs',
      entities: [Account, Member, Order],
      synchronize: true,
    }).initialize();
    app = await startApp(
      guardedModule(
        [OrdersController],
        {
          authorization: {
            roles: { support: ['user'], user: [] },
            resources: [OrderResource, OrderViewResource],
          },
          events: { sink: { write: (event) => void events.push(event) } },
        },
        [{ provide: DataSource, useValue: source }],
      ),
      adapter,
    );
    const callers = ['alice', 'bob', 'carol', 'dora'];
    tokens = Object.fromEntries(
      await Promise.all(callers.map(async (name) => [name, await bearer(name, ['user'])] as const)),
    );
    tokens['sue'] = await bearer('alice', ['support']);
  });
  afterAll(async () => {
    await app.close();
    await source.destroy();
  });
  beforeEach(async () => {
    await source.synchronize(true);
    await source
      .getRepository(Account)
      .save([1, 2].map((id) => ({ id, email: `${CANARY}-email`, iban: `${CANARY}-iban` })));
    await source.getRepository(Member).save({ id: 1, userId: 'carol', account: { id: 1 } });
    await source.getRepository(Order).save(
      [1, 2, 3, 4].map((n) => ({
        id: uuid(n),
        userId: n % 2 ? 'alice' : 'bob',
        total: n,
        secret: `${CANARY}-secret`,
        account: { id: n <= 2 ? 1 : 2 },
      })),
    );
    events.splice(0);
  });
  const get = async (caller: string, path: string) => {
    const headers = { authorization: tokens[caller]! };
    const response = await fetch(`${app.url}/orders${path}`, { headers });
    const text = await response.text();
    return { status: response.status, text, body: JSON.parse(text) };
  };

  it('encode/django-rest-framework#1683, encode/django-rest-framework#3220: a list holds what its rows are checked by, one by one', async () => {
    @Module({ controllers: [NaiveController], providers: [{ provide: DataSource, useValue: source }] })
    class NaiveModule {}
    const naive = await startApp(NaiveModule, adapter);
    const everything = await (await fetch(`${naive.url}/orders`)).json();
    await naive.close();
    expect(everything).toHaveLength(4);

    const expected = { alice: [1, 3], bob: [2, 4], carol: [1, 2], dora: [] };
    for (const [caller, numbers] of Object.entries(expected)) {
      const listed = (await get(caller, '')).body.items.map(({ id }: Order) => id).sort();
      expect([caller, listed]).toEqual([caller, numbers.map(uuid)]);
      for (const n of [1, 2, 3, 4]) {
        const { status } = await get(caller, `/${uuid(n)}`);
        expect([caller, n, status]).toEqual([caller, n, listed.includes(uuid(n)) ? 200 : 404]);
      }
    }
  });

  it('deis/deis#1602: a handler that loads the object by itself goes past the check', async () => {
    expect((await get('alice', `/${uuid(2)}/reloaded`)).status).toBe(404);
    expect((await get('alice', `/${uuid(1)}/reloaded`)).body).toMatchObject({ id: uuid(1), total: 1 });
    events.splice(0);
    const other = await get('alice', `/${uuid(1)}/reloaded?also=${uuid(2)}`);
    expect(other.status).toBe(500);
    expect(other.text).not.toContain(uuid(2));
    expect(events).toMatchObject([
      { type: 'exposure.violation', resource: 'Order', count: 1 },
      { type: 'server.failed', reason: 'output.unreadable' },
    ]);
    // What both may read passes, however it was loaded.
    expect((await get('carol', `/${uuid(1)}/reloaded?also=${uuid(2)}`)).body).toMatchObject({ id: uuid(2) });
  });

  it('maticzav/graphql-shield#349, maticzav/graphql-shield#582: no decision is kept for another object, caller or request', async () => {
    // The same route, the same token, one connection: yes, no, yes; and all of them at once.
    const asked = [1, 2, 3, 4, 1, 2, 2, 1].flatMap((n) =>
      ['alice', 'bob', 'carol'].map((who) => [who, n] as const),
    );
    const right = ([who, n]: readonly [string, number]) =>
      (who === 'carol' ? n <= 2 : (who === 'alice') === (n % 2 === 1)) ? 200 : 404;
    for (const one of asked)
      expect([one, (await get(one[0], `/${uuid(one[1])}`)).status]).toEqual([one, right(one)]);
    const together = await Promise.all(asked.map(async ([who, n]) => (await get(who, `/${uuid(n)}`)).status));
    expect(together).toEqual(asked.map(right));

    await source.getRepository(Order).update(uuid(1), { userId: 'bob' });
    await source.getRepository(Member).delete(1);
    const later = ['alice', 'bob', 'carol'].map(async (who) => (await get(who, `/${uuid(1)}`)).status);
    expect(await Promise.all(later)).toEqual([404, 200, 404]);
  });

  it('zenstackhq/zenstack#814: the properties of a related object keep their rules', async () => {
    expect((await get('alice', `/${uuid(1)}`)).body.account).toEqual({ id: 1 });
    expect((await get('sue', `/${uuid(1)}`)).body.account).toEqual({ id: 1, email: `${CANARY}-email` });
  });

  it('zenstackhq/zenstack#2283, zenstackhq/zenstack#2286: what is loaded for a rule alone does not leave', async () => {
    for (const [caller, path] of [
      ['alice', `/${uuid(1)}`],
      ['carol', `/${uuid(2)}`],
      ['alice', `/${uuid(1)}/reloaded`],
    ] as const) {
      const { status, text } = await get(caller, path);
      expect(status).toBe(200);
      expect(text).not.toMatch(/CANARY|members|userId|carol/);
    }
  });

  it('supabase/supabase#23159: a row that came by another way than the resource is checked as one, or shows nothing', async () => {
    const whole = await get('alice', '/raw?shape=whole');
    expect(whole.status).toBe(500);
    expect(whole.text).not.toContain(uuid(2));
    // Its own rows, with columns of a join beside them.
    expect((await get('alice', '/raw?shape=mine')).body).toEqual([
      { id: uuid(1), total: 1 },
      { id: uuid(3), total: 3 },
    ]);
    // Without the column that says whose it is, it is nobody's.
    events.splice(0);
    expect((await get('alice', '/raw?shape=ownerless')).status).toBe(500);
    expect(events).toMatchObject([{ missing: 'userId' }, { reason: 'output.unreadable' }]);
    expect((await get('alice', '/raw?shape=renamed')).status).toBe(500);
  });

  it('a view is checked where it is a resource; a class that is none has nobody to ask, and shows what it declares', async () => {
    expect((await get('alice', '/view')).status).toBe(500);
    expect((await get('alice', '/my-view')).body).toEqual([{ number: 1 }, { number: 3 }]);
    expect((await get('bob', '/my-view')).status).toBe(500);
    const all = await get('alice', '/summary');
    expect(all.body).toEqual([1, 2, 3, 4].map((number) => ({ number })));
    expect(all.text).not.toContain(CANARY);
  });
});
