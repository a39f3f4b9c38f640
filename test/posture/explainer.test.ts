import { Controller, Get, Param, SerializeOptions, type Type } from '@nestjs/common';
import {
  ANYONE,
  Authenticated,
  Can,
  defineResource,
  ExposeFor,
  Lists,
  Owns,
  type Principal,
  Public,
  Returns,
  Roles,
  Scopes,
  Unbound,
  Where,
} from 'nestjs-gatehouse';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { explainedText } from '../../lib/cli/explained-text.js';
import type { LoaderFactory } from '../../lib/core/resource-loader.js';
import { EXPLAINER, type Explainer } from '../../lib/posture/explainer.js';
import { checkObjects } from '../../lib/pipeline/authorization/object-check.js';
import { RoutePlans } from '../../lib/pipeline/route-plans.js';
import type { ExplainedDecision } from '../../lib/posture/route-explanation.js';
import { guardedModule } from '../support/guarded-module.js';
import { startApp, type StartedApp } from '../support/start-app.js';

class Shelf {
  @ExposeFor(ANYONE) id!: string;
  ownerId!: string;
}
class Book {
  @ExposeFor(ANYONE) id!: string;
  @ExposeFor('admin') price!: number;
  ownerId!: string;
}
class Page {
  @ExposeFor(ANYONE) id!: string;
  ownerId!: string;
}
class Part {
  @ExposeFor(ANYONE) id!: string;
  ownerId!: string;
}

const odd = (): boolean => {
  oddAsked++;
  throw new TypeError('secret');
};
let oddAsked = 0;
const loads: unknown[] = [];
const rows = <T extends object>(entity: Type<T>, found: Readonly<Record<string, T>>): LoaderFactory<T> => ({
  create: () => ({
    locks: true,
    parseId(raw: unknown) {
      if (raw === 'no-id') throw new TypeError('no id');
      return raw;
    },
    loadMany(ids: readonly unknown[], lock?: unknown) {
      loads.push([entity.name, ...ids, ...(lock ? ['locked'] : [])]);
      if (ids.includes('broken')) throw new TypeError('secret');
      return ids.map((id) => found[id as string]);
    },
  }),
  query: () => () => ({}),
});
const resources = [
  defineResource(Shelf, {
    id: 'id',
    owner: 'ownerId',
    load: rows(Shelf, {
      mine: Object.assign(new Shelf(), { id: 'mine', ownerId: 'ann' }),
      hers: Object.assign(new Shelf(), { id: 'hers', ownerId: 'bea' }),
    }),
    can: (r) => ({ read: r.owner() }),
  }),
  defineResource(Page, {
    id: 'id',
    owner: 'ownerId',
    load: rows(Page, { mine: Object.assign(new Page(), { id: 'mine', ownerId: 'ann' }) }),
    can: (r) => ({ read: r.fn('odd', odd, () => ({})) }),
  }),
  defineResource(Book, {
    id: 'id',
    owner: 'ownerId',
    conceal: false,
    load: rows(Book, {
      mine: Object.assign(new Book(), { id: 'mine', ownerId: 'ann' }),
      hers: Object.assign(new Book(), { id: 'hers', ownerId: 'bea' }),
    }),
    can: (r) => ({ read: r.any(r.owner(), r.role('admin')), print: r.role('admin'), bind: r.fn('odd', odd) }),
  }),
];

@Controller('shelves')
@SerializeOptions({ type: Book })
class ShelvesController {
  @Get(':shelf/books/:id')
  @Can('read', Shelf, { from: { param: 'shelf' }, guardOnly: true })
  @Can('read', Book, { guardOnly: true })
  @Can('print', Book, { guardOnly: true })
  get() {}
  @Get(':id/locked')
  @Owns(Shelf, { lock: 'update', guardOnly: true })
  locked() {}
  @Get(':id/bound')
  @Can('bind', Book, { guardOnly: true })
  bound() {}
  @Get()
  @Lists(Book)
  list(@Where() _mine: object) {
    return [];
  }
  @Get('pages')
  @Lists(Page)
  pages(@Where() _readable: object) {
    return [];
  }
  @Get('pages/:id')
  @Can('read', Page, { guardOnly: true })
  page() {}
  @Get('open/:part')
  @Public('a catalogue')
  @Unbound('part', 'a part of the catalogue')
  @Returns(Part)
  open(@Param('part') _part: string) {}
  @Get('stock')
  @Roles('admin')
  @Scopes('stock')
  @Returns(null)
  stock() {}
  @Get('mine')
  @Authenticated()
  @Returns([Part])
  mine() {}
}

const as = (id: string, ...roles: string[]): Principal =>
  ({ id, roles, scopes: [], claims: {}, method: 'jwt', authenticatedAt: 0 }) as unknown as Principal;
const BOOK = 'GET /shelves/:shelf/books/:id';
let started: StartedApp;
let explainer: Explainer;
beforeAll(async () => {
  const module = guardedModule([ShelvesController], {
    authorization: { roles: { admin: ['user'], user: [] }, resources },
  });
  started = await startApp(module, 'express');
  explainer = started.app.get(EXPLAINER, { strict: false });
});
afterAll(() => started?.close());
beforeEach(() => void (loads.length = 0));

const answers = async (route: string, object: unknown, principal = as('ann', 'user')) => {
  const explained = (await explainer.explain(route, { principal, object }))!;
  return [explained.answer, ...(explained.decisions ?? []).map(({ answer, reason }) => reason ?? answer)];
};

const listed = async (route: string, object: unknown) => {
  const { decisions } = (await explainer.explain(route, { principal: as('ann', 'user'), object }))!;
  const [{ answer, reason }] = decisions as [ExplainedDecision];
  return { answer, reason };
};

it('each resource of a route has an object of its own, loaded once and judged as by the guard', async () => {
  expect(await answers(BOOK, { Shelf: 'mine', Book: 'mine' })).toEqual([
    403,
    'admitted',
    'admitted',
    'access.action',
  ]);
  expect(loads).toEqual([
    ['Shelf', 'mine'],
    ['Book', 'mine'],
  ]);
  expect(await answers(BOOK, { Shelf: 'hers', Book: 'hers' })).toEqual([
    404,
    'access.hidden',
    'access.foreign',
    'access.foreign',
  ]);
  expect(await answers(BOOK, { Shelf: 'mine', Book: 'hers' }, as('ann', 'admin'))).toEqual([
    'admitted',
    'admitted',
    'admitted',
    'admitted',
  ]);
});

it('one id alone is that of the first resource; what depends on the others is left open', async () => {
  expect(await answers(BOOK, 'mine')).toEqual([undefined, 'admitted', 'not named', 'not named']);
  expect(await answers(BOOK, 'hers')).toEqual([404, 'access.hidden', 'not named', 'not named']);
  expect(await answers(BOOK, { Book: 'hers' })).toEqual([
    undefined,
    'not named',
    'access.foreign',
    'access.foreign',
  ]);
  const { answer, decisions } = (await explainer.explain(BOOK, { principal: as('ann') }))!;
  expect([answer, decisions]).toEqual([undefined, undefined]);
  const text = explainedText((await explainer.explain(BOOK, { principal: as('ann'), object: 'mine' }))!);
  expect(text).toContain(`print Book: not named\n  name one by its resource: --object '{"Book":"…"}'`);
});

it('an id that cannot be parsed, a missing object and a loader that fails are answered as a request is', async () => {
  expect(await answers(BOOK, 'no-id')).toEqual([404, 'access.id', 'not named', 'not named']);
  expect(await answers(BOOK, 'gone')).toEqual([404, 'access.missing', 'not named', 'not named']);
  expect(await answers(BOOK, { $ne: 1 })).toEqual([404, 'access.id', 'not named', 'not named']);
  expect(await answers(BOOK, 'broken')).toEqual([503, 'access.loader', 'not named', 'not named']);
  const explained = await explainer.explain(BOOK, { principal: as('ann'), object: 'broken' });
  expect(explainedText(explained!)).toContain('read Shelf: refused, 503\n  the loader gave no answer');
  expect(JSON.stringify(explained)).not.toContain('secret');
});

it('a rule that gives no answer is answered as a request is', async () => {
  expect(await answers('GET /shelves/:id/bound', 'mine')).toEqual([503, 'access.rule-unavailable']);
  const explained = await explainer.explain('GET /shelves/:id/bound', {
    principal: as('ann'),
    object: 'mine',
  });
  expect(explainedText(explained!)).toContain(
    "bind Book: refused, 503\n  unknown fn('odd')  threw TypeError",
  );
  expect(JSON.stringify(explained)).not.toContain('secret');
});

it('nothing is locked', async () => {
  expect(await answers('ShelvesController.locked', 'mine')).toEqual(['admitted', 'admitted']);
  expect(loads).toEqual([['Shelf', 'mine']]);
});

it('of a list it says whether the object is among its rows', async () => {
  expect(await answers('GET /shelves', 'mine')).toEqual(['admitted', 'listed']);
  expect(await answers('GET /shelves', 'hers')).toEqual(['admitted', 'access.foreign']);
  expect(await answers('GET /shelves', 'gone')).toEqual(['admitted', 'access.missing']);
  const { decisions } = (await explainer.explain('GET /shelves', { principal: as('ann'), object: 'hers' }))!;
  expect(decisions).toMatchObject([{ answer: 'not listed', explanation: { rule: 'any', verdict: 'no' } }]);
});

it('of a list that nobody can ask it says that it is not known, and not that the object is not among its rows', async () => {
  expect(await listed('GET /shelves', 'broken')).toEqual({ answer: 503, reason: 'access.loader' });
  expect(await listed('GET /shelves/pages', 'mine')).toEqual({
    answer: 503,
    reason: 'access.rule-unavailable',
  });
  expect(await listed('GET /shelves/pages', 'gone')).toEqual({
    answer: 'not listed',
    reason: 'access.missing',
  });
  const explained = await explainer.explain('GET /shelves', { principal: as('ann'), object: 'broken' });
  expect(explainedText(explained!)).toContain('read Book: refused, 503\n  the loader gave no answer');
});

it('a function that throws is asked no more often than its answer is needed', async () => {
  const [plan] = started.app
    .get(RoutePlans)
    .all()
    .filter(({ route }) => route.id === 'ShelvesController.page');
  const { resource, sources } = plan!.sections.authorization.loads[0]!;
  const page = Object.assign(new Page(), { id: 'mine', ownerId: 'ann' });
  const audience = { roles: new Set<string>() } as never;
  oddAsked = 0;
  expect(checkObjects([page], sources[0]!.checks, resource, as('ann'), audience)).toMatchObject({
    reason: 'access.hidden',
    note: "Page: read: fn('odd') threw TypeError",
  });
  // Once to decide, and once for the log.
  expect(oddAsked).toBe(2);
});

it('ids by names that are not all those of the route are refused, and taken for no id', async () => {
  const wrong = (object: unknown) => explainer.explain(BOOK, { principal: as('ann', 'user'), object });
  const unknown = (hint: string) => ({
    name: 'UnknownResource',
    message: `object names a resource that the route neither loads nor lists. ${hint}`,
  });
  await expect(wrong({ Shelf: 'mine', Bok: 'mine' })).rejects.toMatchObject(unknown("Did you mean 'Book'?"));
  await expect(wrong({ Shelv: 'mine' })).rejects.toMatchObject(unknown("Did you mean 'Shelf'?"));
  await expect(wrong({ Shelf: 'mine', Cupboard: 'mine' })).rejects.toMatchObject(
    unknown('It loads or lists: Shelf, Book'),
  );
  expect(await answers(BOOK, { cupboard: 'mine' })).toEqual([404, 'access.id', 'not named', 'not named']);
});

it('who is shown what is read from the plan, wherever it was declared', async () => {
  const exposure = async (route: string) => (await explainer.explain(route))!.exposure;
  expect(await exposure(BOOK)).toEqual({ id: 'anyone', price: 'admin' });
  expect(await exposure('GET /shelves/open/:part')).toEqual({ id: 'anyone' });
  expect(await exposure('GET /shelves/mine')).toEqual({ id: 'anyone' });
  expect(await exposure('GET /shelves/stock')).toEqual({});
});

it('says what a caller is missing, and lets on who misses nothing', async () => {
  const { caller, answer } = (await explainer.explain('GET /shelves/stock', { principal: as('ann') }))!;
  expect({ caller, answer }).toEqual({
    caller: { id: 'ann', roles: [], answer: 403, missing: ['role admin', 'scope stock'] },
    answer: 403,
  });
  expect((await explainer.explain('GET /shelves/mine', { principal: as('ann') }))!.answer).toBe('admitted');
  expect(await explainer.explain('GET /nowhere')).toBeUndefined();
});
