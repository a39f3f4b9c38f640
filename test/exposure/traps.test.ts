import { Exclude, Expose, Type, instanceToPlain, plainToInstance } from 'class-transformer';
import type { ClassTransformOptions } from 'class-transformer';
import { describe, expect, it } from 'vitest';
import { Page } from '../../lib/core/page.js';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import { ANYONE } from '../../lib/policy/audiences.js';
import { leaves, refusal } from './support.js';

/** The data alone, as a spread or a raw query gives it. */
const row = (object: object) => Object.fromEntries(Object.entries(object));

/** Each trap first shows what class-transformer, as Nest uses it, lets out; then that it does not leave here. */
describe('what class-transformer lets out', () => {
  const canary = 'CANARY';

  class Plain {
    @Exclude() password = canary;
    @Expose() id = '1';
  }
  class Ours {
    @ExposeFor(ANYONE) id = '1';
    password = canary;
  }

  it('a column that was added later, and nobody decorated', () => {
    class Grown extends Plain {
      addedLater = canary;
    }
    class OursGrown extends Ours {
      addedLater = canary;
    }
    expect(JSON.stringify(instanceToPlain(new Grown()))).toContain(canary);
    expect(leaves(OursGrown, new OursGrown())).toEqual({ id: '1' });
  });

  it('a plain row, as a raw query or a spread returns it', () => {
    expect(JSON.stringify(instanceToPlain(row(new Plain())))).toContain(canary);
    expect(leaves(Ours, row(new Ours()))).toEqual({ id: '1' });
    expect(leaves(Plain, row(new Plain()))).toEqual({ id: '1' });
  });

  it('a plain row through @SerializeOptions({ type })', () => {
    class Dto {
      @Expose() id!: string;
    }
    const stored = { id: '1', password: canary };
    // What ClassSerializerInterceptor does with it.
    expect(JSON.stringify(instanceToPlain(plainToInstance(Dto, stored)))).toContain(canary);
    expect(leaves(Dto, stored)).toEqual({ id: '1' });
  });

  it('an envelope: the default strategy leaks what is in it, excludeAll empties it', () => {
    const spread = { data: [row(new Plain())], page: 1 };
    expect(JSON.stringify(instanceToPlain(spread))).toContain(canary);
    expect(instanceToPlain({ data: [new Plain()], page: 1 }, { strategy: 'excludeAll' })).toEqual({});
    expect(leaves(Page.of(Ours), { items: [row(new Ours())], nextCursor: null })).toEqual({
      items: [{ id: '1' }],
      nextCursor: null,
    });
  });

  it("a subclass that exposes again what its parent keeps for one group, in the parent's place", () => {
    class Account {
      @Expose({ groups: ['admin'] }) secret = canary;
    }
    class Loose extends Account {
      @Expose() override secret = canary;
    }
    const options: ClassTransformOptions = { strategy: 'excludeAll', groups: ['user'] };
    expect(instanceToPlain(new Loose(), options)).toEqual({ secret: canary });
    expect(leaves(Account, new Loose())).toEqual({});
    class Guarded {
      @ExposeFor('admin') secret = canary;
    }
    class Reopened extends Guarded {
      @Expose() override secret = canary;
    }
    expect(leaves(Reopened, new Reopened())).toEqual({});
    expect(leaves(Reopened, new Reopened(), { in: 'admin' })).toEqual({ secret: canary });
  });

  it('a stricter subclass in the place of its parent', () => {
    class Contact {
      @Expose() phone = canary;
    }
    class Unlisted extends Contact {
      @Exclude() override phone = canary;
    }
    class Book {
      @Expose() @Type(() => Contact) contact: Contact = new Unlisted();
    }
    expect(instanceToPlain(new Book(), { strategy: 'excludeAll' })).toEqual({ contact: { phone: canary } });
    expect(leaves(Book, new Book())).toEqual({ contact: {} });
  });

  it('the internals of a Decimal, whose toJSON is ignored', () => {
    class Decimal {
      private readonly digits = [1, 999];
      private readonly exponent = -2;
      toJSON(): string {
        return String(this.digits.length + this.exponent + 19.99);
      }
    }
    class Priced {
      @Expose() price = new Decimal();
    }
    class OursPriced {
      @ExposeFor(ANYONE) price: Decimal = new Decimal();
    }
    expect(instanceToPlain(new Priced())).toEqual({ price: { digits: [1, 999], exponent: -2 } });
    expect(leaves(OursPriced, new OursPriced())).toEqual({ price: '19.99' });
    expect(leaves(Priced, new Priced())).toEqual({ price: '19.99' });
  });

  it('a lazy relation, which becomes an empty object', () => {
    class Lazy {
      @Expose() account: unknown = Promise.resolve(new Plain());
    }
    expect(JSON.stringify(instanceToPlain(new Lazy()))).toBe('{"account":{}}');
    expect(refusal(() => leaves(Lazy, new Lazy()))).toMatch(/Lazy\.account/);
  });

  it('a cycle, which ends the stack', () => {
    class Node {
      @ExposeFor(ANYONE, { type: () => Node }) @Expose() @Type(() => Node) next: Node = this;
    }
    expect(() => instanceToPlain(new Node())).toThrow(RangeError);
    expect(refusal(() => leaves(Node, new Node()))).toMatch(/holds itself/);
  });

  it('the bytes of a Buffer and the rows of a Map', () => {
    class Files {
      @Expose() content: unknown = Buffer.from(canary);
      @Expose() rows: unknown = new Map([['a', row(new Plain())]]);
    }
    expect(JSON.stringify(instanceToPlain({ rows: new Map([['a', row(new Plain())]]) }))).toContain(canary);
    expect(refusal(() => leaves(Files, new Files()))).toBeDefined();
  });
});
