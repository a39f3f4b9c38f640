import { Type as Typed } from 'class-transformer';
import { describe, expect, it } from 'vitest';
import { Listing } from '../../lib/core/listing.js';
import type { Principal } from '../../lib/core/principal.js';
import { Page } from '../../lib/core/page.js';
import { RequestFacts } from '../../lib/core/request-facts.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import { REDACTED } from '../../lib/pipeline/output/exposure/read-check.js';
import type { ReturnedType } from '../../lib/pipeline/output/exposure/returns.decorator.js';
import { SerializerCompiler } from '../../lib/pipeline/output/exposure/serializer.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { missingPath } from '../../lib/policy/missing-path.js';
import { defineResource } from '../../lib/policy/resource.js';
import { ResourceRegistry } from '../../lib/policy/resource-registry.js';
import { ruleBuilder } from '../../lib/policy/rule.js';
import { AUDIENCES, alice, principal, type AudienceName } from './support.js';

class Member {
  userId!: string | null;
}
class Account {
  @ExposeFor(ANYONE) id = 'acc';
  ownerId = 'bob';
  members?: Member[];
}
class Order {
  @ExposeFor(ANYONE) id!: string;
  userId?: string;
  @ExposeFor(OWNER, 'support') total = 5;
  @ExposeFor(OWNER, { type: () => Account }) account?: Account;
}
class GiftOrder extends Order {
  @ExposeFor(ANYONE) wrapping = 'red';
}
class Seat {
  @ExposeFor(ANYONE) row = 1;
  userId = 'alice';
}
class Badge {
  userId = 'bob';
  label = 'CANARY';
}
class BadgeView {
  @ExposeFor(ANYONE) label!: string;
}
class Board {
  @ExposeFor(ANYONE) title = 'board';
  @ExposeFor(ANYONE) first: Order | null = null;
  @ExposeFor(ANYONE, { type: () => Order }) orders: Order[] = [];
  @ExposeFor(ANYONE, { type: () => Order }) byName = new Map<string, Order>();
  @ExposeFor(ANYONE, { type: () => Board }) boards: Board[] = [];
}
Reflect.defineMetadata('design:type', Order, Board.prototype, 'first');
Reflect.defineMetadata('design:type', Array, Board.prototype, 'orders');
Reflect.defineMetadata('design:type', Array, Board.prototype, 'boards');
Reflect.defineMetadata('design:type', Map, Board.prototype, 'byName');
class Either {
  @ExposeFor(ANYONE)
  @Typed(() => Object, {
    discriminator: {
      property: 'kind',
      subTypes: [
        { name: 'order', value: Order },
        { name: 'seat', value: Seat },
      ],
    },
  })
  one: unknown;
}

const loader = { create: () => ({ parseId: () => undefined, loadMany: () => [] }) };
const registry = new ResourceRegistry([
  defineResource(Order, {
    id: 'id',
    owner: 'userId',
    load: loader,
    can: (r) => ({ read: r.any(r.owner(), r.owner('account.members.userId'), r.role('support')) }),
  }),
  defineResource(Account, {
    id: 'id',
    owner: 'ownerId',
    load: loader,
    can: (r) => ({ read: r.owner() }),
    conceal: false,
  }),
  defineResource(Seat, { id: 'row', owner: 'userId', load: loader, can: () => ({}) }),
  defineResource(Badge, { id: 'label', owner: 'userId', load: loader, can: (r) => ({ read: r.owner() }) }),
]);
const compiler = (redact: boolean) =>
  new SerializerCompiler({
    resource: (entity) => registry.of(entity),
    redact,
  });
const strict = compiler(false);
const redacting = compiler(true);

const newFacts = () => new RequestFacts('id', 'trace', '127.0.0.1', 0);
const order = (id: string, userId: string | undefined = 'alice', more: Partial<Order> = {}) =>
  Object.assign(new Order(), { id, userId, ...more });

interface Given {
  readonly as?: Principal;
  readonly roles?: AudienceName;
  readonly facts?: RequestFacts;
  readonly by?: SerializerCompiler;
  readonly unchecked?: boolean;
}

function leaves(type: ReturnedType, value: unknown, given: Given = {}): unknown {
  const { as = alice, roles = 'user', facts = newFacts(), by = redacting, unchecked = false } = given;
  const out = by.compileSerializer(type, unchecked)(value, as, AUDIENCES[roles], facts);
  return out === REDACTED ? REDACTED : JSON.parse(JSON.stringify(out));
}

function refused(type: ReturnedType, value: unknown, options: Given = {}): string | undefined {
  try {
    leaves(type, value, { ...options, by: strict });
  } catch (error) {
    if (
      error instanceof SecurityDenial &&
      error.denial.reason === 'output.unreadable' &&
      error.getStatus() === 500
    )
      return error.denial.note;
    throw error;
  }
  return undefined;
}

describe('an object that the caller may not read', () => {
  it('is refused where it is seen: alone, in a list, in a page, in whatever holds it', () => {
    const foreign = order('b', 'bob');
    const board = Object.assign(new Board(), { boards: [Object.assign(new Board(), { orders: [foreign] })] });
    for (const [type, value] of [
      [Order, foreign],
      [[Order], [order('a'), foreign]],
      [Page.of(Order), new Page([order('a'), foreign], null)],
      [Board, Object.assign(new Board(), { first: foreign })],
      [Board, Object.assign(new Board(), { orders: [order('a'), foreign] })],
      [Board, Object.assign(new Board(), { byName: new Map([['x', foreign]]) })],
      [Board, board],
      [Either, Object.assign(new Either(), { one: foreign })],
    ] as Array<[ReturnedType, unknown]>) {
      expect(refused(type, value)).toMatch(/^Order: the rule read /);
      expect(refused(type, value, { roles: 'support', as: principal('sue', 'support') })).toBeUndefined();
      expect(refused(type, value, { unchecked: true })).toBeUndefined();
    }
    expect(refused([Order], [order('a'), order('c')])).toBeUndefined();
  });

  it('is refused to nobody in particular as well', () => {
    expect(() => strict.compileSerializer(Order)(order('a'), null, AUDIENCES.nobody)).toThrow(SecurityDenial);
    expect(strict.compileSerializer(Order, true)(order('a'), null, AUDIENCES.nobody)).toEqual({ id: 'a' });
  });

  it('is left out in production: from a list, from a property, and whole', () => {
    const facts = newFacts();
    const foreign = order('b', 'bob');
    expect(leaves([Order], [foreign, order('a'), foreign], { facts })).toEqual([{ id: 'a', total: 5 }]);
    expect(facts.violations).toEqual([{ resource: 'Order', missing: 'account', conceal: true, count: 2 }]);
    expect(leaves(Page.of(Order), new Page([foreign], 'next'))).toEqual({ items: [], nextCursor: 'next' });
    const board = Object.assign(new Board(), {
      first: foreign,
      orders: [foreign, order('a')],
      byName: new Map([
        ['x', foreign],
        ['y', order('c')],
      ]),
      boards: [Object.assign(new Board(), { first: foreign })],
    });
    expect(leaves(Board, board)).toEqual({
      title: 'board',
      orders: [{ id: 'a', total: 5 }],
      byName: { y: { id: 'c', total: 5 } },
      boards: [{ title: 'board', orders: [], byName: {}, boards: [] }],
    });
    expect(leaves(Either, Object.assign(new Either(), { one: foreign }))).toEqual({});
    expect(leaves(Order, foreign)).toBe(REDACTED);
    expect(foreign).toEqual(order('b', 'bob'));
  });

  it('may leave where a property of what they may read exposes it', () => {
    const mine = order('a', 'alice', { account: new Account() });
    expect(refused(Order, mine)).toBeUndefined();
    expect(leaves(Order, mine)).toEqual({ id: 'a', total: 5, account: { id: 'acc' } });
    expect(leaves([Account], [new Account()])).toEqual([]);
  });

  it('is known by its class where another is declared, and by the declared class where it is a plain row', () => {
    expect(refused(BadgeView, new Badge())).toMatch(/^Badge/);
    expect(refused([BadgeView], [{ label: 'plain' }])).toBeUndefined();
    expect(leaves(BadgeView, Object.assign(new Badge(), { userId: 'alice' }))).toEqual({ label: 'CANARY' });
    expect(refused(Order, { id: 'b', userId: 'bob', account: null })).toMatch(/^Order/);
    expect(refused(Order, { id: 'a', userId: 'alice' })).toBeUndefined();
    expect(refused(Order, Object.assign(new GiftOrder(), { id: 'b', userId: 'bob' }))).toMatch(/^Order/);
    expect(refused(GiftOrder, Object.assign(new GiftOrder(), { id: 'b', userId: 'bob' }))).toMatch(/^Order/);
  });

  it('is of two resources where its class is one and the declared another: both have to admit', () => {
    class Special extends Badge {
      @ExposeFor(ANYONE) declare label: string;
      alsoId = 'carol';
    }
    // In one registry they would have one rule.
    const badges = new ResourceRegistry([
      defineResource(Badge, {
        id: 'label',
        owner: 'userId',
        load: loader,
        can: (r) => ({ read: r.owner() }),
      }),
    ]);
    const specials = new ResourceRegistry([
      defineResource(Special, {
        id: 'label',
        owner: 'alsoId',
        load: loader,
        can: (r) => ({ read: r.owner() }),
      }),
    ]);
    ExposeFor(ANYONE)(Badge.prototype, 'label');
    const by = new SerializerCompiler({
      resource: (e) => specials.of(e) ?? badges.of(e),
      redact: true,
    });
    expect(leaves(Badge, new Special(), { by, as: principal('bob') })).toBe(REDACTED);
    expect(leaves(Badge, new Special(), { by, as: principal('carol') })).toBe(REDACTED);
    expect(
      leaves(Badge, Object.assign(new Special(), { alsoId: 'bob' }), { by, as: principal('bob') }),
    ).toEqual({
      label: 'CANARY',
    });
  });

  it('is any of a resource that nobody may read', () => {
    expect(refused(Seat, new Seat())).toMatch(/^Seat/);
  });
});

describe('what was not loaded', () => {
  it('is a no, and the note says what it was', () => {
    expect(refused(Order, Object.assign(order('a'), { userId: undefined }))).toBe(
      'Order: the rule read needs userId, which was not loaded',
    );
    const facts = newFacts();
    leaves([Order], [order('b', 'bob', { account: new Account() })], { facts });
    expect(facts.violations).toMatchObject([{ missing: 'account.members' }]);
    const members = [Object.assign(new Member(), { userId: 'alice' })];
    expect(
      refused(Order, order('b', 'bob', { account: Object.assign(new Account(), { members }) })),
    ).toBeUndefined();
  });

  it('is found along the whole path, and null is there', () => {
    const r = ruleBuilder<{ a: { b: Array<{ c: string }> } | null; d: string }>(['d']);
    const rule = r.any(r.role('support'), r.owner('a.b.c'), r.owner()).node;
    expect(missingPath(rule, {})).toBe('a');
    expect(missingPath(rule, { a: null })).toBe('d');
    expect(missingPath(rule, { a: { b: [{ c: 'x' }, {}] } })).toBe('a.b.c');
    expect(missingPath(rule, { a: { b: [] }, d: null })).toBeUndefined();
  });
});

describe('what the guard has admitted needs no second look', () => {
  it('the object that it has loaded, itself, and the rows of the list’s own query', () => {
    const facts = newFacts();
    const [changed, one, row] = [order('x', 'bob'), order('y', 'bob'), order('z', 'bob')];
    facts.loaded = new Map<unknown, unknown>([[Order, [changed, one]]]);
    facts.listing = new Listing(
      { entity: Order, ids: [], owner: [], filters: [], sort: undefined },
      undefined as never,
    );
    facts.listing.admit([row]);
    expect(refused([Order], [changed, one, row], { facts })).toBeUndefined();
    expect(refused([Order], [Object.assign(new Order(), changed)], { facts })).toMatch(/^Order/);
    facts.loaded = new Map<unknown, unknown>([[Order, changed]]);
    expect(refused(Order, changed, { facts })).toBeUndefined();
    expect(refused(Order, one, { facts })).toMatch(/^Order/);
  });
});

describe('what was admitted for another resource is looked at', () => {
  class Sealed extends Order {
    sealedFor = 'carol';
  }
  const sealed = () => Object.assign(new Sealed(), { id: 's', userId: 'alice' });
  const by = new SerializerCompiler({
    resource: (entity) => (entity === Sealed ? stricter.of(Sealed) : registry.of(entity)),
    redact: true,
  });
  const stricter = new ResourceRegistry([
    defineResource(Sealed, {
      id: 'id',
      owner: 'sealedFor',
      load: loader,
      can: (r) => ({ read: r.owner() }),
    }),
  ]);
  const listing = (entity: unknown, row: object) => {
    const found = new Listing(
      { entity, ids: [], owner: [], filters: [], sort: undefined },
      undefined as never,
    );
    found.admit([row]);
    return found;
  };

  it('a row of a subclass with a rule of its own that the base has loaded or listed', () => {
    const row = sealed();
    const facts = newFacts();
    facts.loaded = new Map<unknown, unknown>([[Order, row]]);
    expect(leaves(Order, row, { facts, by })).toBe(REDACTED);
    facts.loaded = new Map<unknown, unknown>([[Order, [row]]]);
    expect(leaves([Order], [row], { facts, by })).toEqual([]);
    facts.loaded = undefined;
    facts.listing = listing(Order, row);
    expect(leaves([Order], [row], { facts, by })).toEqual([]);
    expect(leaves([Order], [row], { facts, by, as: principal('carol'), roles: 'support' })).toHaveLength(1);
  });

  it('and one that was admitted for its own, where the base is declared and does not admit', () => {
    const row = Object.assign(sealed(), { userId: 'bob' });
    const facts = newFacts();
    facts.loaded = new Map<unknown, unknown>([[Sealed, row]]);
    expect(leaves(Sealed, row, { facts, by })).not.toBe(REDACTED);
    expect(leaves(Order, row, { facts, by })).toBe(REDACTED);
  });

  it('a subclass without a rule of its own is read as the base is', () => {
    const row = Object.assign(new GiftOrder(), { id: 'g', userId: 'bob' });
    const facts = newFacts();
    facts.loaded = new Map<unknown, unknown>([[Order, row]]);
    expect(leaves(GiftOrder, row, { facts, by })).not.toBe(REDACTED);
    facts.loaded = undefined;
    expect(leaves(GiftOrder, row, { facts, by })).toBe(REDACTED);
    facts.listing = listing(Order, row);
    expect(leaves([Order], [row], { facts, by })).toHaveLength(1);
  });
});

describe('at boot', () => {
  it('it is known which resources are checked', () => {
    expect(strict.checkedIn(Page.of(Order))).toEqual(['Order']);
    expect(strict.checkedIn([Board])).toEqual(['Order']);
    expect(strict.checkedIn(BadgeView)).toEqual([]);
    expect(strict.checkedIn(null)).toEqual([]);
    expect(strict.checkedIn(String)).toEqual([]);
  });
});
