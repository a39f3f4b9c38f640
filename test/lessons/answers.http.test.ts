import { ClassSerializerInterceptor, Controller, Get, Module, Res, type Type } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Exclude, Expose } from 'class-transformer';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ANYONE,
  Authenticated,
  defineResource,
  ExposeFor,
  Page,
  Returns,
  type LoaderFactory,
} from 'nestjs-gatehouse';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';

const CANARY = 'CANARY';

/** As an application declares it for `ClassSerializerInterceptor`, and for us. */
class User {
  @Expose() @ExposeFor(ANYONE) id!: string;
  @Exclude() password!: string;
  userId!: string;
}
const user = (userId: string) => Object.assign(new User(), { id: userId, password: CANARY, userId });
const row = (object: object) => Object.fromEntries(Object.entries(object));

/** What an ODM hands over: the data inside, getters outside, its books beside them. */
class Hydrated {
  readonly $__ = { activePaths: { password: 'init' }, session: CANARY };
  readonly doc: Record<string, unknown>;
  constructor(data: object) {
    this.doc = { ...data };
  }
  get id() {
    return this.doc['id'];
  }
  get password() {
    return this.doc['password'];
  }
  get userId() {
    return this.doc['userId'];
  }
}
/** As a proxy of an ORM that keeps its callbacks on the object. */
class ProxiedUser extends User {
  callbacks = [{ secret: CANARY }];
  __interceptors__ = CANARY;
}

class Envelope {
  @Expose() @ExposeFor(ANYONE) data!: User;
  @Expose() @ExposeFor(ANYONE) status!: number;
}
class ListEnvelope {
  @ExposeFor(ANYONE, { type: () => User }) data!: User[];
}
class MapEnvelope {
  @ExposeFor(ANYONE, { type: () => User }) byName!: Map<string, User>;
}

@Controller('naive')
class NaiveController {
  @Get('row') row() {
    return row(user('alice'));
  }
  @Get('wrapped') wrapped() {
    return { data: row(user('alice')), status: 200 };
  }
  @Get('hydrated') hydrated() {
    return new Hydrated(user('alice'));
  }
  @Get('res') res(@Res() response: { send(body: unknown): void }) {
    response.send(row(user('alice')));
  }
}

@Controller('ours')
@Authenticated()
class OurController {
  @Get('row') @Returns(User) row() {
    return row(user('alice'));
  }
  @Get('wrapped') @Returns(Envelope) wrapped() {
    return { data: row(user('alice')), status: 200, debug: CANARY };
  }
  @Get('hydrated') @Returns(User) hydrated() {
    return new Hydrated(user('alice'));
  }
  @Get('proxied') @Returns(User) proxied() {
    return Object.assign(new ProxiedUser(), user('alice'));
  }
  @Get('trapped') @Returns(User) trapped() {
    return new Proxy(user('alice'), {});
  }
  @Get('map') @Returns(MapEnvelope) map() {
    return { byName: new Map([['alice', row(user('alice'))]]) };
  }
  @Get('page') @Returns(Page.of(User)) page() {
    return { items: [user('alice'), row(user('alice'))], nextCursor: null, total: CANARY };
  }
}

/** Answers with somebody else's object, by every container there is. */
@Controller('foreign')
@Authenticated()
class ForeignController {
  @Get('enveloped') @Returns(Envelope) enveloped() {
    return { data: user('bob'), status: 200 };
  }
  @Get('enveloped-row') @Returns(Envelope) envelopedRow() {
    return { data: row(user('bob')), status: 200 };
  }
  @Get('listed') @Returns(ListEnvelope) listed() {
    return { data: [user('alice'), user('bob')] };
  }
  @Get('set') @Returns(ListEnvelope) set() {
    return { data: new Set([user('bob')]) };
  }
  @Get('map') @Returns(MapEnvelope) map() {
    return { byName: new Map([['b', user('bob')]]) };
  }
  @Get('page') @Returns(Page.of(User)) page() {
    return { items: [user('bob')], nextCursor: null };
  }
  @Get('page-of-pages') @Returns(Page.of(Envelope)) pageOfPages() {
    return { items: [{ data: user('bob'), status: 1 }], nextCursor: null };
  }
  @Get('nested') @Returns([User]) nested() {
    return [[user('bob')]];
  }
  @Get('iterator') @Returns([User]) iterator() {
    return [user('bob')][Symbol.iterator]();
  }
  @Get('generator') @Returns([User]) *generator(): Generator<User> {
    yield user('bob');
  }
  @Get('async-generator') @Returns([User]) async *asyncGenerator() {
    yield user('bob');
  }
  @Get('response') @Returns(User) response() {
    return new Response(JSON.stringify(user('bob')));
  }
  @Get('holder') @Returns(User) holder() {
    return { id: user('bob'), userId: 'alice' };
  }
}

const load: LoaderFactory<User> = {
  create: () => ({
    parseId: (raw) => (typeof raw === 'string' ? raw : undefined),
    loadMany: (ids) => ids.map((id) => user(String(id))),
  }),
};
const users = defineResource(User, { id: 'id', owner: 'userId', load, can: (r) => ({ read: r.owner() }) });
const ours = (...controllers: Type[]) =>
  guardedModule(controllers, { authorization: { roles: { user: [] }, resources: [users] } });

@Module({
  controllers: [NaiveController],
  providers: [{ provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor }],
})
class NaiveModule {}

describe.each(ADAPTERS)('answers on %s', (adapter) => {
  let naive: StartedApp;
  let guarded: StartedApp;
  let authorization: string;
  beforeAll(async () => {
    naive = await startApp(NaiveModule, adapter);
    guarded = await startApp(ours(OurController, ForeignController), adapter);
    authorization = await bearer('alice', ['user']);
  });
  afterAll(async () => {
    await naive.close();
    await guarded.close();
  });
  const open = async (path: string) => (await fetch(`${naive.url}/naive/${path}`)).text();
  const closed = async (path: string) => {
    const response = await fetch(`${guarded.url}/${path}`, { headers: { authorization } });
    return { status: response.status, text: await response.text() };
  };

  it('nestjs/nest#2716, nestjs/nest#7281, nestjs/nest#10086, nestjs/docs.nestjs.com#573: a plain object, alone or around one', async () => {
    expect(await open('row')).toContain(CANARY);
    expect(await open('wrapped')).toContain(CANARY);
    expect((await closed('ours/row')).text).toBe('{"id":"alice"}');
    expect((await closed('ours/wrapped')).text).toBe('{"data":{"id":"alice"},"status":200}');
    expect((await closed('ours/map')).text).toBe('{"byName":{"alice":{"id":"alice"}}}');
    expect(JSON.parse((await closed('ours/page')).text)).toEqual({
      items: [{ id: 'alice' }, { id: 'alice' }],
      nextCursor: null,
    });
  });

  it('nestjs/nest#12851, nestjs/nest#3807: a document of an ODM shows its books, or nothing', async () => {
    const shown = await open('hydrated');
    expect(shown).toContain('activePaths');
    expect(shown).toContain(CANARY);
    expect((await closed('ours/hydrated')).text).toBe('{"id":"alice"}');
  });

  it('nestjs/nest#5144, nestjs/nest#9089, nestjs/nest#174: no interceptor sees what a handler gives to @Res()', async () => {
    expect(await open('res')).toContain(CANARY);
    @Controller('direct')
    class Direct {
      @Get() @Authenticated() @Returns(User) get(@Res() response: ServerResponse) {
        response.end(CANARY);
      }
    }
    await expect(startApp(ours(Direct), adapter)).rejects.toThrow(
      /found 1 problem[^]*Direct\.get {2}\[output\.response-object\]/,
    );
  });

  it('spring-projects/spring-security#15661, spring-projects/spring-security#18077: no proxy goes to JSON, and nothing that one carries', async () => {
    for (const path of ['proxied', 'trapped'])
      expect([path, (await closed(`ours/${path}`)).text]).toEqual([path, '{"id":"alice"}']);
  });

  it.each([
    'enveloped',
    'enveloped-row',
    'listed',
    'set',
    'map',
    'page',
    'page-of-pages',
    'nested',
    'iterator',
    'generator',
    'async-generator',
    'response',
    'holder',
  ])(
    "spring-projects/spring-security#16059, spring-projects/spring-security#15994: somebody else's object inside of %s",
    async (container) => {
      const { status, text } = await closed(`foreign/${container}`);
      expect(status).toBe(500);
      expect(text).not.toMatch(/bob|CANARY/);
    },
  );
});
