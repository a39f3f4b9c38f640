import { describe, expect, it } from 'vitest';
import { Page } from '../../lib/core/page.js';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import { SerializerCompiler } from '../../lib/pipeline/output/exposure/serializer.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { AUDIENCES, alice, bob, leaves, ownedByUserId, readable, refusal } from './support.js';

class Item {
  @ExposeFor(ANYONE) sku!: string;
  @ExposeFor(OWNER) price!: number;
  supplier = 'secret-supplier';
}
class Order {
  @ExposeFor(ANYONE) id!: string;
  @ExposeFor(OWNER, 'support') total!: number;
  @ExposeFor('admin') internalNote!: string | null;
  @ExposeFor(ANYONE, { type: () => Item, part: true }) items!: Item[];
  userId!: string;
  passwordHash = 'secret-hash';
}

const make = <T extends object>(cls: new () => T, values: Partial<T>): T => Object.assign(new cls(), values);
const order = (userId: string) =>
  make(Order, {
    id: `of-${userId}`,
    total: 5,
    internalNote: 'n',
    userId,
    items: [make(Item, { sku: 'a', price: 1 })],
  });

describe('audiences', () => {
  it('lets out what is declared for the caller, and nothing that is undeclared', () => {
    expect(leaves(Order, order('bob'), { resources: [Order] })).toEqual({
      id: 'of-bob',
      items: [{ sku: 'a' }],
    });
    expect(leaves(Order, order('bob'), { resources: [Order], in: 'support' })).toEqual({
      id: 'of-bob',
      total: 5,
      items: [{ sku: 'a' }],
    });
    expect(leaves(Order, order('bob'), { resources: [Order], in: 'admin' })).toMatchObject({
      internalNote: 'n',
    });
    expect(leaves(Order, order('bob'), { resources: [Order], in: 'nobody', as: null })).toEqual({
      id: 'of-bob',
      items: [{ sku: 'a' }],
    });
  });

  it('decides OWNER per object inside a list, for nested objects by the nearest resource', () => {
    expect(leaves([Order], [order('bob'), order('alice')], { resources: [Order] })).toEqual([
      { id: 'of-bob', items: [{ sku: 'a' }] },
      { id: 'of-alice', total: 5, items: [{ sku: 'a', price: 1 }] },
    ]);
  });

  it('keeps one caller apart from the next', () => {
    const compiler = new SerializerCompiler({ resource: ownedByUserId(Order) });
    const serialize = compiler.compileSerializer(Order, true);
    expect(serialize(order('alice'), alice, AUDIENCES.user)).toHaveProperty('total');
    expect(serialize(order('alice'), bob, AUDIENCES.user)).not.toHaveProperty('total');
    expect(serialize(order('alice'), null, AUDIENCES.user)).not.toHaveProperty('total');
    expect(serialize(order('alice'), alice, AUDIENCES.user)).toHaveProperty('total');
  });

  it('lets a nested resource decide for itself, and gives its verdict to what it holds', () => {
    class Card {
      @ExposeFor(OWNER) digits!: string;
    }
    class Account {
      @ExposeFor(OWNER) email!: string;
      @ExposeFor(ANYONE, { part: true }) card!: Card;
      userId!: string;
    }
    class Purchase {
      @ExposeFor(OWNER) total!: number;
      @ExposeFor(ANYONE) account!: Account;
      userId!: string;
    }
    const account = make(Account, { email: 'e', userId: 'bob', card: make(Card, { digits: '1' }) });
    const purchase = make(Purchase, { total: 1, userId: 'alice', account });
    const resources = [Purchase, Account];
    expect(leaves(Purchase, purchase, { resources })).toEqual({ total: 1, account: { card: {} } });
    expect(leaves(Purchase, purchase, { resources, as: bob })).toEqual({
      account: { email: 'e', card: { digits: '1' } },
    });
  });

  it('unites several @ExposeFor on one property; a subclass that declares again replaces', () => {
    class Base {
      @ExposeFor('support') @ExposeFor('admin') both!: string;
      @ExposeFor(ANYONE) narrowed!: string;
      @ExposeFor('admin') inherited!: string;
    }
    class Sub extends Base {
      @ExposeFor('admin') declare narrowed: string;
    }
    const value = make(Sub, { both: 'b', narrowed: 'n', inherited: 'i' });
    expect(leaves(Sub, value, { in: 'user' })).toEqual({});
    expect(leaves(Sub, value, { in: 'support' })).toEqual({ both: 'b' });
    expect(leaves(Sub, value, { in: 'admin' })).toEqual({ both: 'b', narrowed: 'n', inherited: 'i' });
    expect(leaves(Base, make(Base, { narrowed: 'n' }), { in: 'user' })).toEqual({ narrowed: 'n' });
  });

  it('asks both owners where an object is of another resource than declared', () => {
    class Task {
      @ExposeFor(ANYONE) id!: string;
      @ExposeFor(OWNER) note!: string;
      createdBy!: string;
    }
    class Review extends Task {
      assignee!: string;
    }
    const resources = new Map([
      [Review, readable(Review, (one, { id }) => (one as Review).assignee === id)],
      [Task, readable(Task, (one, { id }) => (one as Task).createdBy === id)],
    ] as const);
    const compiler = new SerializerCompiler({ resource: (entity) => resources.get(entity as typeof Task) });
    const review = (createdBy: string, assignee: string) =>
      make(Review, { id: '1', note: 'hidden', createdBy, assignee });
    const [asTask, asReview] = [compiler.compileSerializer(Task), compiler.compileSerializer(Review)];
    expect(asTask(review('alice', 'bob'), alice, AUDIENCES.user)).toEqual({ id: '1' });
    expect(asTask(review('bob', 'alice'), alice, AUDIENCES.user)).toEqual({ id: '1' });
    expect(asTask(review('alice', 'alice'), alice, AUDIENCES.user)).toEqual({ id: '1', note: 'hidden' });
    expect(asReview(review('alice', 'bob'), alice, AUDIENCES.user)).toEqual({ id: '1' });
    expect(asReview(review('bob', 'alice'), alice, AUDIENCES.user)).toEqual({ id: '1', note: 'hidden' });
  });

  it('knows the owner of a subclass of a resource', () => {
    class Gift extends Order {}
    expect(leaves(Gift, make(Gift, { id: '1', total: 2, userId: 'alice' }), { resources: [Order] })).toEqual({
      id: '1',
      total: 2,
    });
  });
});

describe('rows and instances', () => {
  it('reads plain and null-prototype rows by the declared class, nested ones too', () => {
    const row = {
      id: '1',
      total: 2,
      userId: 'alice',
      passwordHash: 'x',
      items: [{ sku: 's', supplier: 'x' }],
    };
    const bare = Object.assign(Object.create(null) as object, row);
    const expected = { id: '1', total: 2, items: [{ sku: 's' }] };
    expect(leaves(Order, row, { resources: [Order] })).toEqual(expected);
    expect(leaves(Order, bare, { resources: [Order] })).toEqual(expected);
    expect(leaves(Order, Object.create(order('alice')), { resources: [Order] })).toMatchObject({
      id: 'of-alice',
    });
  });

  it('reads an instance of a class without declarations as a row', () => {
    class OrderEntity {
      id = '1';
      passwordHash = 'x';
    }
    expect(leaves(Order, new OrderEntity(), { resources: [Order] })).toEqual({ id: '1' });
  });

  it('is never looser than the declared class and never looser than the own class of the object', () => {
    class Stricter extends Order {
      @ExposeFor('admin') declare id: string;
      @ExposeFor(ANYONE) extra!: string;
    }
    class Looser extends Order {
      @ExposeFor(ANYONE) declare internalNote: string | null;
    }
    class Other {
      @ExposeFor('admin') id!: string;
      internalNote = 'n';
    }
    const options = { resources: [Order] };
    expect(leaves(Order, make(Stricter, { id: '1', extra: 'e' }), options)).toEqual({});
    expect(leaves(Order, make(Stricter, { id: '1', extra: 'e' }), { ...options, in: 'admin' })).toEqual({
      id: '1',
    });
    expect(leaves(Order, make(Looser, { id: '1', internalNote: 'n' }), options)).toEqual({ id: '1' });
    expect(leaves(Order, make(Other, { id: '1' }), options)).toEqual({});
    expect(leaves(Order, make(Other, { id: '1' }), { ...options, in: 'admin' })).toEqual({ id: '1' });
  });

  it('never changes what it gets', () => {
    const value = order('alice');
    Object.freeze(value.items[0]);
    Object.freeze(value.items);
    Object.freeze(value);
    expect(leaves(Order, value, { resources: [Order] })).toMatchObject({ total: 5 });
  });
});

describe('values', () => {
  class Values {
    @ExposeFor(ANYONE) any!: unknown;
    @ExposeFor(ANYONE) text!: string;
    @ExposeFor(ANYONE) when!: Date;
    @ExposeFor(ANYONE) tags!: string[];
    @ExposeFor(ANYONE) set!: Set<number>;
    @ExposeFor(ANYONE) map!: Map<string, number>;
    @ExposeFor(ANYONE, { type: () => Item, part: true }) byKey!: Map<string, Item | Item[]>;
    @ExposeFor(ANYONE, { type: () => Item, part: true }) distinct!: Set<Item>;
    @ExposeFor(ANYONE, { type: () => Object }) json!: unknown;
    @ExposeFor(ANYONE) big!: bigint;
    @ExposeFor(ANYONE, { part: true }) item!: Item;
    first = 'Ada';
    @ExposeFor(ANYONE) get getter(): string {
      return `${this.first}!`;
    }
    @ExposeFor(ANYONE) method(): string {
      return `${this.first}?`;
    }
  }
  class Holder {
    userId = 'alice';
    @ExposeFor(ANYONE, { part: true }) values!: Values;
  }
  const out = (values: object): unknown => {
    const { values: inner } = leaves(Holder, { userId: 'alice', values }, { resources: [Holder] }) as {
      values: unknown;
    };
    return inner;
  };
  const refused = (values: object) => refusal(() => out(values));

  it('makes Dates, BigInts, Sets, Maps and values with a scalar toJSON ready for JSON', () => {
    const item = make(Item, { sku: 'a', price: 1 });
    expect(
      out({
        any: { toJSON: () => '9.99', internals: [1, 2] },
        when: new Date(0),
        big: 2n ** 70n,
        tags: ['a', 'b'],
        set: new Set([1, 2]),
        map: new Map([['a', 1]]),
        byKey: new Map<string, Item | Item[]>([
          ['x', item],
          ['y', [item]],
        ]),
        distinct: new Set([item]),
      }),
    ).toEqual({
      any: '9.99',
      when: '1970-01-01T00:00:00.000Z',
      big: '1180591620717411303424',
      tags: ['a', 'b'],
      set: [1, 2],
      map: { a: 1 },
      byKey: { x: { sku: 'a', price: 1 }, y: [{ sku: 'a', price: 1 }] },
      distinct: [{ sku: 'a', price: 1 }],
    });
    expect(out({ when: new Date(Number.NaN) })).toEqual({ when: null });
  });

  it('exposes getters and methods of instances', () => {
    expect(out(new Values())).toEqual({ getter: 'Ada!', method: 'Ada?' });
  });

  it.each([
    ['an object', { any: { secret: 1 } }],
    ['an instance', { any: new Order() }],
    ['an object in a list', { any: [1, { secret: 1 }] }],
    ['an object in a typed list', { tags: ['a', { secret: 1 }] }],
    ['an object in a Map', { map: new Map([['a', { secret: 1 }]]) }],
    ['a Map', { any: new Map([['a', 1]]) }],
    ['an object whose toJSON gives an object', { any: { toJSON: () => ({ secret: 1 }) } }],
    ['a Buffer', { any: Buffer.from('x') }],
    ['a function', { any: () => 'x' }],
    ['a symbol', { any: Symbol('x') }],
    ['a Promise', { any: Promise.resolve(1) }],
    ['an Error', { any: new Error('x') }],
    ['a function in place of a method', { text: () => 'x' }],
  ])('refuses %s in a scalar property', (_, values) => {
    expect(refused(values)).toMatch(/^Values\./);
  });

  it('never names a refused value', () => {
    expect(refused({ any: { password: 'hunter2' } })).not.toMatch(/hunter2|password/);
  });

  it.each([
    ['an array where one object is declared', { item: [new Item()] }],
    ['a Map where one object is declared', { item: new Map() }],
    ['a Date where one object is declared', { item: new Date() }],
    ['a Promise where one object is declared', { item: Promise.resolve(new Item()) }],
    ['a string where one object is declared', { item: 'x' }],
    ['one object where a Set is declared', { distinct: new Item() }],
    ['a scalar where an array is declared', { tags: 'x' }],
    ['an array where a string is declared', { text: ['x'] }],
    ['an array where a Map is declared', { byKey: [new Item()] }],
  ])('refuses %s', (_, values) => {
    expect(refused(values)).toMatch(/declared/);
  });

  it('copies a JSON column whole, and only JSON values', () => {
    const hostile = JSON.parse('{"a":[1,{"b":null}],"__proto__":{"polluted":true}}') as object;
    expect(out({ json: hostile })).toEqual({ json: { a: [1, { b: null }] } });
    expect(out({ json: [1, new Date(0), 2n] })).toEqual({ json: [1, '1970-01-01T00:00:00.000Z', '2'] });
    expect(refused({ json: { order: new Order() } })).toMatch(/plain object/);
    expect(refused({ json: new Map() })).toMatch(/plain object/);
    expect(refused({ json: [() => 1] })).toBeDefined();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(refused({ json: cycle })).toMatch(/cycle/);
    expect(Object.hasOwn(hostile, '__proto__')).toBe(true);
  });

  it('drops __proto__ from a Map and from the plain object that stands for one', () => {
    const result = out({
      map: new Map([
        ['__proto__', 1],
        ['ok', 2],
      ]),
      byKey: JSON.parse('{"__proto__":{"sku":"x"},"k":{"sku":"y"}}'),
    }) as { map: object; byKey: object };
    expect(Object.keys(result.map)).toEqual(['ok']);
    expect(result.byKey).toEqual({ k: { sku: 'y' } });
    // JSON.stringify would not show a replaced prototype; an interceptor of the application would meet it.
    class Rows {
      @ExposeFor(ANYONE, { type: () => Item, part: true }) map!: Map<string, Item>;
      @ExposeFor(ANYONE, { type: () => Object }) json!: unknown;
    }
    const polluted = JSON.parse('{"__proto__":{"sku":"x"}}') as Record<string, unknown>;
    const serialize = new SerializerCompiler({ resource: ownedByUserId(Rows, Order) }).compileSerializer(
      Rows,
    );
    const rows = serialize({ map: polluted, json: polluted }, alice, AUDIENCES.user) as {
      map: object;
      json: object;
    };
    expect(Object.getPrototypeOf(rows.map)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(rows.json)).toBe(Object.prototype);
  });

  it('passes undefined and null', () => {
    expect(out({ any: null, item: null, tags: null, map: null, json: null, text: undefined })).toEqual({
      any: null,
      item: null,
      tags: null,
      map: null,
      json: null,
    });
  });
});

describe('cycles', () => {
  class Comment {
    @ExposeFor(ANYONE) text!: string;
    @ExposeFor(ANYONE, { type: () => Comment }) replies!: Comment[];
    @ExposeFor(ANYONE, { type: () => Comment }) parent!: Comment | undefined;
  }
  class Author {
    @ExposeFor(ANYONE, { type: () => Book }) books!: unknown[];
  }
  class Book {
    @ExposeFor(ANYONE, { type: () => Author }) author!: unknown;
  }

  it('writes a tree, also where one object stands in it twice', () => {
    const leaf = make(Comment, { text: 'leaf' });
    expect(leaves(Comment, make(Comment, { text: 'root', replies: [leaf, leaf] }))).toEqual({
      text: 'root',
      replies: [{ text: 'leaf' }, { text: 'leaf' }],
    });
  });

  it('refuses a cycle, direct and through another class, without walking it', () => {
    const comment = make(Comment, { text: 'x' });
    comment.parent = comment;
    expect(refusal(() => leaves(Comment, comment))).toMatch(/holds itself/);
    const author = new Author();
    author.books = Array.from({ length: 200 }, () => make(Book, { author }));
    expect(refusal(() => leaves([Author], [author]))).toMatch(/holds itself/);
  });

  it('refuses an endless chain of fresh objects before the stack is gone', () => {
    class Endless {
      @ExposeFor(ANYONE, { type: () => Endless }) get next(): Endless {
        return new Endless();
      }
    }
    expect(refusal(() => leaves(Endless, new Endless()))).toMatch(/deeper/);
    const nested: unknown[] = [];
    nested.push(nested);
    class Grid {
      @ExposeFor(ANYONE) cells!: unknown[];
    }
    expect(refusal(() => leaves(Grid, { cells: nested }))).toMatch(/array inside/);
    expect(leaves(Grid, { cells: [[1], [2]] })).toEqual({ cells: [[1], [2]] });
  });
});

describe('returned types', () => {
  const options = { resources: [Order] };
  it('writes pages by the rules of their items, and nothing else of them', () => {
    const page = new Page([order('alice'), order('bob')], 'next');
    expect(leaves(Page.of(Order), Object.assign(page, { total: 99, query: 'secret' }), options)).toEqual({
      items: [
        { id: 'of-alice', total: 5, items: [{ sku: 'a', price: 1 }] },
        { id: 'of-bob', items: [{ sku: 'a' }] },
      ],
      nextCursor: 'next',
    });
    expect(leaves(Page.of(Order), { items: [] }, options)).toEqual({ items: [], nextCursor: null });
  });

  it.each([
    ['a list for one', Order, [order('alice')]],
    ['one for a list', [Order] as const, order('alice')],
    ['lists in a list', [Order] as const, [[order('alice')]]],
    ['a list for a page', Page.of(Order), [order('alice')]],
    ['a page without items', Page.of(Order), { nextCursor: null }],
    ['a page with an object for a cursor', Page.of(Order), { items: [], nextCursor: { secret: 1 } }],
    ['a string for an object', Order, 'text'],
    ['a Buffer for an object', Order, Buffer.from('x')],
    ['an object for a string', String, { secret: 1 }],
    ['anything for nothing', null, { secret: 1 }],
    ['false for nothing', null, false],
  ])('refuses %s', (_, type, value) => {
    expect(refusal(() => leaves(type, value, options))).toBeDefined();
  });

  it('passes what handlers return where there is nothing', () => {
    for (const type of [Order, [Order] as const, Page.of(Order), String, null]) {
      expect(leaves(type, undefined, options)).toBeUndefined();
      expect(leaves(type, null, options)).toBeNull();
    }
    expect(leaves([Order], [null], options)).toEqual([null]);
    expect(leaves(String, 'text')).toBe('text');
    expect(leaves([Number], [1, 2])).toEqual([1, 2]);
    expect(leaves(Number, 0)).toBe(0);
    expect(leaves(Boolean, false)).toBe(false);
    expect(leaves(String, 12n)).toBe('12');
    expect(leaves(String, new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    expect(leaves([Boolean], [true, null])).toEqual([true, null]);
  });

  it.each([
    ['a string for a boolean', Boolean, 'HIDDEN'],
    ['a string for a number', Number, '1'],
    ['a BigInt for a number', Number, 1n],
    ['a Date for a number', Number, new Date(0)],
    ['a number for a string', String, 1],
    ['a boolean for a string', String, true],
    ['a string in a list of numbers', [Number] as const, [1, 'HIDDEN']],
    ['a string in a page of booleans', Page.of(Boolean), new Page(['HIDDEN'], null)],
  ])('refuses %s', (_, type, value) => {
    const note = refusal(() => leaves(type, value));
    expect(note).toMatch(/where a (?:string|number|boolean) is declared$/);
    expect(note).not.toContain('HIDDEN');
  });
});
