import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { describe, expect, it } from 'vitest';
import type { RoleName } from '../../lib/core/principal.js';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import { RawResponse } from '../../lib/pipeline/output/exposure/raw-response.decorator.js';
import { Returns } from '../../lib/pipeline/output/exposure/returns.decorator.js';
import type { ExposedType } from '../../lib/pipeline/output/exposure/returns.decorator.js';
import { SerializerCompiler } from '../../lib/pipeline/output/exposure/serializer.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { ROLES, alice, leaves, ownedByUserId } from './support.js';

const invalid = (problem: RegExp | string) =>
  expect.objectContaining({
    code: 'exposure.invalid',
    message: typeof problem === 'string' ? expect.stringContaining(problem) : expect.stringMatching(problem),
  });

/** What compiling a class ends in at boot. */
function booting(cls: ExposedType, ...resources: ExposedType[]): unknown {
  try {
    new SerializerCompiler({ resource: ownedByUserId(...resources), roles: ROLES }).compileSerializer(cls);
  } catch (error) {
    return error;
  }
  return undefined;
}

class Nothing {
  secret = 1;
}

describe('class-transformer decorators keep their meaning', () => {
  it('@Expose({ name, groups, toPlainOnly, toClassOnly }), @Exclude, @Transform', () => {
    class User {
      @Expose({ name: 'renamed' }) id = 1;
      @Expose({ groups: ['admin'] }) email = 'e';
      @Expose({ toPlainOnly: true }) out = 'o';
      @Expose({ toClassOnly: true }) in = 'i';
      @Exclude() never = 'n';
      @Expose() @Exclude() both = 'b';
      @Exclude({ toClassOnly: true }) @Expose() readOnly = 'r';
      @Expose() @Transform(({ value }) => `${value}!`) shout = 's';
      @Expose() @Transform(({ value }) => `${value}!`, { groups: ['admin'] }) sometimes = 's';
      @Expose() @Transform(({ value }) => `${value}!`, { toClassOnly: true }) never2 = 's';
      @Expose() @Transform(({ obj }) => (obj as User).id + 1) sum = 0;
    }
    const forUser = { renamed: 1, out: 'o', readOnly: 'r', shout: 's!', sometimes: 's', never2: 's', sum: 2 };
    expect(leaves(User, new User())).toEqual(forUser);
    expect(leaves(User, new User(), { in: 'admin' })).toEqual({ ...forUser, email: 'e', sometimes: 's!' });
  });

  it('@Expose({ name }) renames what @ExposeFor lets out', () => {
    class User {
      @ExposeFor('support') @Expose({ name: 'mail' }) email = 'e';
    }
    expect(leaves(User, new User())).toEqual({});
    expect(leaves(User, new User(), { in: 'support' })).toEqual({ mail: 'e' });
  });

  it('an @Expose for input alone says nothing about output, and lifts nothing', () => {
    class Base {
      @Expose({ groups: ['admin'] }) email = 'e';
      @ExposeFor('admin') @Expose({ toClassOnly: true, name: 'renamed' }) phone = 'p';
    }
    class Sub extends Base {
      @Expose({ toClassOnly: true }) override email = 'e';
    }
    expect(leaves(Sub, new Sub())).toEqual({});
    expect(leaves(Base, new Base(), { in: 'admin' })).toEqual({ email: 'e', phone: 'p' });
  });

  it('@Type names the class, converts scalars, tells classes apart by a discriminator', () => {
    abstract class Animal {
      @Expose() name!: string;
      secret = 's';
    }
    class Dog extends Animal {
      @Expose() breed = 'pug';
    }
    class Cat extends Animal {
      @Expose() kind = 'to be replaced';
      @Expose({ groups: ['admin'] }) lives = 9;
    }
    class Zoo {
      @Expose()
      @Type(() => Animal, {
        discriminator: {
          property: 'kind',
          subTypes: [
            { name: 'dog', value: Dog },
            { name: 'cat', value: Cat },
          ],
        },
      })
      animals: unknown[] = [new Dog(), new Cat(), { kind: 'cat', name: 'row', secret: 's', breed: 'x' }];
      @Expose() @Type(() => Number) price: unknown = '9.5';
      @Expose() @Type(() => String) text: unknown = 5;
      @Expose() @Type(() => Date) when: unknown = '2026-01-01';
    }
    expect(leaves(Zoo, new Zoo())).toEqual({
      animals: [{ breed: 'pug' }, { kind: 'cat' }, { name: 'row', kind: 'cat' }],
      price: 9.5,
      text: '5',
      when: '2026-01-01T00:00:00.000Z',
    });
    expect(() => leaves(Zoo, { animals: [new Nothing()] })).toThrow();
    expect(() => leaves(Zoo, { animals: [{ kind: 'snake', name: 'x' }] })).toThrow();
  });

  it('lets a @Transform make a scalar of an object, or a list of a string', () => {
    class Item {
      @ExposeFor(ANYONE) id = 1;
      secret = 's';
    }
    class Order {
      @ExposeFor(ANYONE) @Transform(({ value }) => (value as Item).id) item: Item = new Item();
      @ExposeFor(ANYONE) @Type(() => Item) @Transform(({ value }) => value as unknown) same: Item =
        new Item();
      @ExposeFor(ANYONE) @Transform(({ value }) => (value as string).split(',')) tags: string = 'a,b';
      @ExposeFor(ANYONE) @Transform(({ value }) => (value as string[]).join()) joined: string[] = ['a', 'b'];
    }
    expect(leaves(Order, new Order())).toEqual({ item: 1, same: { id: 1 }, tags: ['a', 'b'], joined: 'a,b' });
    class Leaky {
      @ExposeFor(ANYONE) @Transform(({ obj }) => ({ ...(obj as object) })) item: string = 'x';
    }
    expect(() => leaves(Leaky, new Leaky())).toThrow();
  });

  it('applies the @Transform of a subclass in the place of its parent', () => {
    class Card {
      @ExposeFor(ANYONE) digits = '4111111111111111';
    }
    class Masked extends Card {
      @Transform(({ value }) => (value as string).slice(-4)) override digits = '4111111111111111';
    }
    class Unrelated {
      @ExposeFor(ANYONE) @Transform(({ value }) => (value as string).slice(-4)) digits = '4111111111111111';
    }
    class Wrapped {
      @ExposeFor(ANYONE) @Transform(({ value }) => `<${value}>`) name = 'n';
    }
    class Sub extends Wrapped {}
    expect(leaves(Sub, new Wrapped())).toEqual({ name: '<n>' });
    expect(leaves(Wrapped, new Sub())).toEqual({ name: '<n>' });
    expect(leaves(Card, new Masked())).toEqual({ digits: '1111' });
    expect(leaves(Card, new Unrelated())).toEqual({ digits: '1111' });
    expect(leaves(Masked, new Card())).toEqual({ digits: '1111' });
  });
});

describe('contradictions stop the boot', () => {
  it('@ExposeFor with @Exclude, on one class or below one that excludes', () => {
    class Both {
      @ExposeFor(ANYONE) @Exclude() id = 1;
    }
    class Hidden {
      @Exclude() secret = 1;
    }
    class Lifted extends Hidden {
      @ExposeFor(ANYONE) override secret = 1;
    }
    expect(booting(Both)).toEqual(invalid('Both.id has both @ExposeFor and @Exclude'));
    expect(booting(Lifted)).toEqual(invalid('Lifted.secret has both @ExposeFor and @Exclude'));
  });

  it('but a subclass may withdraw, and @Exclude({ toClassOnly }) is about input', () => {
    class Open {
      @ExposeFor(ANYONE) id = 1;
      @ExposeFor(ANYONE) @Exclude({ toClassOnly: true }) readOnly = 2;
    }
    class Closed extends Open {
      @Exclude() override id = 1;
    }
    expect(leaves(Closed, new Closed())).toEqual({ readOnly: 2 });
    expect(leaves(Open, new Closed())).toEqual({ readOnly: 2 });
  });

  it('@ExposeFor with @Expose({ groups }), also across a subclass', () => {
    class Both {
      @ExposeFor('admin') @Expose({ groups: ['user'] }) id = 1;
    }
    class Base {
      @Expose({ groups: ['user'] }) id = 1;
    }
    class Sub extends Base {
      @ExposeFor('admin') override id = 1;
    }
    expect(booting(Both)).toEqual(invalid('has both @ExposeFor and @Expose({ groups })'));
    expect(booting(Sub)).toEqual(invalid('Sub.id has both'));
  });

  it('a class, an audience or a version that means nothing', () => {
    class Role {
      @ExposeFor('suport' as RoleName) id = 1;
    }
    class ClassLevel {
      id = 1;
    }
    Expose()(ClassLevel);
    class Versions {
      @Expose({ since: 2 }) id = 1;
    }
    class Empty {
      @Expose({ groups: [] }) id = 1;
    }
    class Nowhere {
      @Expose() @Transform(({ value }) => value as unknown, { groups: [] }) id = 1;
    }
    class Proto {
      @Expose({ name: '__proto__' }) id = 1;
    }
    class Holder {
      @ExposeFor(ANYONE) nothing: Nothing = new Nothing();
    }
    class Listed {
      @ExposeFor(ANYONE, { type: () => Nothing }) nothing: Nothing[] = [];
    }
    class Deep {
      @ExposeFor(ANYONE) listed: Listed = new Listed();
    }
    class Later {
      @ExposeFor(ANYONE) later: Promise<string> = Promise.resolve('x');
    }
    class Circular {
      @ExposeFor(ANYONE, { type: () => undefined as never }) nothing: unknown;
    }
    class Fine {
      @Expose({ groups: ['export'] }) id = 1;
    }
    expect(booting(Role)).toEqual(invalid("did you mean 'support'?"));
    expect(booting(ClassLevel)).toEqual(invalid('has @Expose() on the class'));
    expect(booting(Versions)).toEqual(invalid('since or until'));
    expect(booting(Empty)).toEqual(invalid('groups: []'));
    expect(booting(Nowhere)).toEqual(invalid('@Transform with groups: []'));
    expect(booting(Proto)).toEqual(invalid('__proto__'));
    expect(booting(Holder)).toEqual(invalid('Holder.nothing is a Nothing, which exposes nothing'));
    expect(booting(Listed)).toEqual(invalid('Listed.nothing is a Nothing'));
    expect(booting(Deep)).toEqual(invalid('Listed.nothing is a Nothing'));
    expect(booting(Later)).toEqual(invalid('cannot wait for a Promise'));
    expect(booting(Circular)).toEqual(invalid('circular import'));
    expect(booting(Fine)).toBeUndefined();
  });

  it('OWNER where nobody knows the owner', () => {
    class Item {
      @ExposeFor(OWNER) price = 1;
    }
    class Order {
      @ExposeFor(ANYONE) item: Item = new Item();
    }
    class Basket {
      @ExposeFor(ANYONE, { part: true }) item: Item = new Item();
    }
    class Shelf {
      @ExposeFor(ANYONE, { part: true }) order: Order = new Order();
    }
    expect(booting(Item)).toEqual(invalid(/Item\.price is exposed for OWNER(.|\n)*defineResource\(Item/));
    expect(booting(Order)).toEqual(invalid('Item.price'));
    // What an order holds need not be its owner's: that is said, or the item is a resource.
    expect(booting(Order, Order)).toEqual(invalid(/Item\.price(.|\n)*part: true/));
    expect(booting(Order, Order, Item)).toBeUndefined();
    expect(booting(Basket, Basket)).toBeUndefined();
    expect(booting(Basket)).toEqual(invalid('Item.price'));
    expect(booting(Shelf, Shelf)).toEqual(invalid('Item.price'));
    expect(booting(Item, Item)).toBeUndefined();
  });
});

describe('decorators that were written without types', () => {
  const anything = ExposeFor as (...args: unknown[]) => (target: object, property: unknown) => void;
  it.each([
    ['no audience', () => anything()({}, 'id')],
    ['an audience that is none', () => anything(5)({}, 'id')],
    ['an empty role', () => anything('')({}, 'id')],
    ['options without a type', () => anything('admin', {})({}, 'id')],
    ['a static property', () => anything('admin')(class {}, 'id')],
    ['a symbol', () => anything('admin')({}, Symbol('x'))],
    ['__proto__', () => anything('admin')({}, '__proto__')],
    ['@Returns(undefined)', () => Returns(undefined as never)({}, 'get', {})],
    ['@Returns([])', () => Returns([] as never)({}, 'get', {})],
    ['@RawResponse without a reason', () => RawResponse(' ')({}, 'get', {})],
  ])('%s', (_, run) => {
    expect(run).toThrow(expect.objectContaining({ code: 'exposure.invalid' }));
  });

  it('keeps what a class declares apart from what others inherit', () => {
    class Base {
      @ExposeFor(ANYONE) id = 1;
    }
    class Left extends Base {
      @ExposeFor('user') left = 1;
    }
    class Right extends Base {
      left = 1;
    }
    expect(leaves(Left, new Left())).toEqual({ id: 1, left: 1 });
    expect(leaves(Right, new Right(), { as: alice })).toEqual({ id: 1 });
    expect(leaves(Base, Object.assign(new Base(), { left: 1 }))).toEqual({ id: 1 });
  });
});
