import type { ArgumentMetadata, Type as Class } from '@nestjs/common';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import * as cv from 'class-validator';
import { describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import { SecurityValidationPipe } from '../../lib/pipeline/input/validation.pipe.js';
import { errorsOf, pipe, refusals } from './refusal.js';

class Item {
  @cv.IsString() @cv.MaxLength(40) sku!: string;
  @cv.IsInt() @cv.Min(1) @cv.Max(99) quantity!: number;
}
class Address {
  @cv.IsString() city!: string;
}
class CreateOrder {
  @cv.IsArray()
  @cv.ArrayMaxSize(50)
  @cv.ValidateNested({ each: true })
  @Type(() => Item)
  items!: Item[];
  @cv.IsOptional() @cv.ValidateNested() @Type(() => Address) address?: Address;
  @cv.IsOptional() @cv.IsString() note?: string;
  @cv.IsInt() priority: number = 3;
}
class Comment {
  @cv.IsString() text!: string;
  @cv.IsOptional() @cv.ValidateNested({ each: true }) @Type(() => Comment) replies?: Comment[];
}

const body = (metatype: Class): ArgumentMetadata => ({ type: 'body', metatype });
const order = body(CreateOrder);
const item = { sku: 'a', quantity: 1 };
const json = (text: string): unknown => JSON.parse(text);

describe('a body', () => {
  it('becomes an instance of its classes with the defaults they have', () => {
    const made = pipe.transform({ items: [item], address: { city: 'Oslo' } }, order) as CreateOrder;
    expect(made).toBeInstanceOf(CreateOrder);
    expect(made.items[0]).toBeInstanceOf(Item);
    expect(made.address).toBeInstanceOf(Address);
    expect(made.priority).toBe(3);
  });

  it('leaves out what nobody sent, also where the compiler defines every declared field', () => {
    class Part {
      @cv.IsOptional() @cv.IsString() name: string | undefined = undefined;
      @cv.IsOptional() @cv.IsInt() weight: number | null | undefined = undefined;
    }
    class Patch {
      @cv.IsOptional() @cv.IsString() note: string | undefined = undefined;
      @cv.IsInt() priority = 3;
      @cv.IsOptional() @cv.ValidateNested({ each: true }) @Type(() => Part) parts: Part[] | undefined =
        undefined;
      @cv.IsOptional() @cv.ValidateNested() @Type(() => Part) part: Part | undefined = undefined;
      ofTheServer: string | undefined = undefined;
      get size(): number {
        return this.parts?.length ?? 0;
      }
    }
    expect(Object.keys(new Patch())).toContain('ofTheServer');
    const made = pipe.transform({ parts: [{ weight: null }], part: {} }, body(Patch)) as Patch;
    expect(made).toBeInstanceOf(Patch);
    expect(made.size).toBe(1);
    expect(Object.entries(made).map(([key]) => key)).toEqual(['priority', 'parts', 'part']);
    expect(Object.entries(made.parts![0]!)).toEqual([['weight', null]]);
    expect(Object.keys(made.part!)).toEqual([]);
    const loaded = { note: 'kept', priority: 1 };
    expect(Object.assign(loaded, made)).toMatchObject({ note: 'kept', priority: 3 });
    // What is sent later, or is there by default, is there.
    expect(pipe.transform({ note: 'new' }, body(Patch))).toMatchObject({ note: 'new', priority: 3 });
  });

  it.each([
    ['nothing', undefined, [' required']],
    ['an empty object', {}, ['/items isArray']],
    ['null', null, [' nestedValidation']],
    ['an array', [item], [' nestedValidation']],
    ['a string', 'x', [' nestedValidation']],
    ['an unknown property', { items: [], admin: true }, ['/admin whitelistValidation']],
    [
      'an unknown nested property',
      { items: [{ ...item, price: 0 }] },
      ['/items/0/price whitelistValidation'],
    ],
    ['an object for an array', { items: item }, ['/items isArray']],
    ['an object that looks like an array', { items: { 0: item, length: 1 } }, ['/items isArray']],
    ['an array for an object', { items: [], address: [] }, ['/address nestedValidation']],
    [
      'an array of objects for an object',
      { items: [], address: [{ city: 'Oslo' }] },
      ['/address nestedValidation'],
    ],
    ['null for an element', { items: [null] }, ['/items/0 nestedValidation']],
    ['an array for an element', { items: [[item]] }, ['/items/0 nestedValidation']],
    ['a string for a number', { items: [{ sku: 'a', quantity: '1' }] }, ['/items/0/quantity isInt']],
    ['a number for a string', { items: [], note: 5 }, ['/note isString']],
    ['an operator for a string', { items: [], note: { $ne: 1 } }, ['/note isString']],
  ])('is refused when it is or has %s', (_, value, expected) => {
    expect(refusals(value, order)).toEqual(expected);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'may not set %s',
    (key) => {
      const value = json(`{"items":[],"${key}":{"admin":true}}`);
      expect(refusals(value, order)).toEqual([`/${key} whitelistValidation`]);
      expect(refusals({ items: [json(`{"sku":"a","quantity":1,"${key}":1}`)] }, order)).toEqual([
        `/items/0/${key} whitelistValidation`,
      ]);
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    },
  );

  it('accepts null where class-validator does: only with @IsOptional', () => {
    expect(refusals({ items: [], note: null, address: null }, order)).toEqual([]);
    expect(refusals({ items: null }, order)).toEqual(['/items nestedValidation']);
  });

  it('is not converted where it is a scalar', () => {
    const scalar = (metatype: unknown): ArgumentMetadata => ({ type: 'body', metatype: metatype as Class });
    expect(pipe.transform('a', scalar(String))).toBe('a');
    expect(pipe.transform(5, scalar(Number))).toBe(5);
    expect(refusals('5', scalar(Number))).toEqual([' isNumber']);
    expect(refusals('true', scalar(Boolean))).toEqual([' isBoolean']);
    expect(refusals(5, scalar(String))).toEqual([' isString']);
    expect(refusals(null, scalar(String))).toEqual([' isString']);
    expect(refusals('a', scalar(Buffer))).toEqual([' isBytes']);
  });

  it('follows a class that nests itself, but not without end', () => {
    expect(refusals({ text: 'a', replies: [{ text: 'b', replies: [{ text: 1 }] }] }, body(Comment))).toEqual([
      '/replies/0/replies/0/text isString',
    ]);
    let deep: object = { text: 'x' };
    for (let i = 0; i < 100_000; i++) deep = { text: 'x', replies: [deep] };
    expect(refusals(deep, body(Comment)).join()).toMatch(/ depth$/);
  });
});

describe('an answer to invalid input', () => {
  it('names the place in RFC 6901 form and never the value', () => {
    const value = {
      items: [{ sku: 'S3CRET'.repeat(10), quantity: 'S3CRET' }],
      'a/b~c': 'S3CRET',
      note: 71_077,
    };
    const errors = errorsOf(value, order)!;
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '/a~1b~0c',
      '/items/0/sku',
      '/items/0/quantity',
      '/note',
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/S3CRET|71077/);
    expect(errors[1]).toEqual({
      pointer: '/items/0/sku',
      code: 'maxLength',
      detail: 'sku must be shorter than or equal to 40 characters',
    });
  });

  it('cuts the names that a client made up, and what could break a log or a terminal out of them', () => {
    const errors = errorsOf({ items: [], [`\u202E\u001b[31m\n\u2028${'n'.repeat(500)}`]: 1 }, order)!;
    expect(errors[0]!.pointer).toMatch(/^\/\[31mn{50,64}$/);
  });

  it('holds 20 errors and less than 8 KB', () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`${i}${'\u{1F600}'.repeat(64)}`, 1]),
    );
    for (const value of [
      unknown,
      { items: Array.from({ length: 50 }, () => unknown) },
      { items: Array.from({ length: 50 }, () => ({})) },
    ]) {
      const errors = errorsOf(value, order)!;
      expect(errors.length).toBeLessThanOrEqual(20);
      expect(Buffer.byteLength(JSON.stringify(errors))).toBeLessThan(7500);
    }
    expect(errorsOf({ items: Array.from({ length: 50 }, () => ({})) }, order)).toHaveLength(20);
  });

  it('never calls a message that is made from the value, and leaves the value out of a text', () => {
    class Words {
      @cv.IsIn(['a'], { message: ({ value }) => `${String(value)} is wrong` }) a!: string;
      @cv.IsIn(['a'], { message: '$value is not $property, write $constraint1' }) b!: string;
      @cv.Length(2, 4) c!: string;
    }
    expect(
      errorsOf({ a: 'S3CRET', b: 'S3CRET', c: 'S3CRET' }, body(Words))!.map(({ detail }) => detail),
    ).toEqual([
      'a must be one of the following values: a',
      'the value is not b, write a',
      'c must be longer than or equal to 2 and shorter than or equal to 4 characters',
    ]);
  });

  it('is 400, or 422 by option', () => {
    const statusOf = (status?: 400 | 422) => {
      try {
        new SecurityValidationPipe({ status }).transform({}, order);
      } catch (error) {
        return [(error as SecurityDenial).getStatus(), (error as SecurityDenial).denial.reason];
      }
      return undefined;
    };
    expect(statusOf()).toEqual([400, 'input.invalid']);
    expect(statusOf(422)).toEqual([422, 'input.invalid']);
    expect(() => new SecurityValidationPipe({ status: 500 as never })).toThrow(SecurityConfigError);
    expect(() => new SecurityValidationPipe({ maxArrays: 5 } as never)).toThrow(
      /did you mean input\.maxArray/,
    );
  });
});

describe('class-transformer in a body', () => {
  class Money {
    @Type(() => Number) @cv.IsNumber() amount!: number;
    @Type(() => Boolean) @cv.Allow() flag?: boolean;
    @Type(() => Date) @cv.IsOptional() @cv.IsDate() at?: Date;
    @Expose({ name: 'currency_code' }) @cv.IsIn(['EUR']) currency!: string;
    @Exclude() @cv.IsOptional() @cv.IsString() secret?: string;
    @Exclude({ toPlainOnly: true }) @cv.IsOptional() @cv.IsString() password?: string;
    @Transform(({ value }: { value: string }) => value.trim()) @cv.IsString() @cv.MaxLength(3) name!: string;
  }
  const money = body(Money);
  const good = { amount: '1.5', currency_code: 'EUR', name: '  abc ' };

  it('keeps what is declared', () => {
    const made = pipe.transform({ ...good, password: 'p', at: '2026-01-31T10:00:00Z' }, money);
    expect(made).toEqual({
      amount: 1.5,
      currency: 'EUR',
      name: 'abc',
      password: 'p',
      at: new Date('2026-01-31T10:00:00Z'),
    });
    expect(made).toBeInstanceOf(Money);
  });

  it('converts exactly or refuses: never NaN, never "false" as true, never an array as a number', () => {
    const code = (part: object) => refusals({ ...good, ...part }, money);
    for (const amount of ['', ' 1', '1e3', '0x10', 'NaN', 'Infinity', '007', '+1', true, {}]) {
      expect(code({ amount })).toEqual(['/amount isNumber']);
    }
    expect(code({ amount: [] })).toEqual(['/amount isNumber']);
    expect(pipe.transform({ ...good, flag: 'false' }, money)).toMatchObject({ flag: false });
    expect(code({ flag: 'no' })).toEqual(['/flag isBoolean']);
    expect(code({ flag: 0 })).toEqual(['/flag isBoolean']);
    for (const at of ['1', 'Jan 1 2026', true, '2026-13-01', []]) expect(code({ at })).toHaveLength(1);
  });

  it('refuses an excluded property, the inner name of an exposed one, and what a transform throws at', () => {
    expect(refusals({ ...good, secret: 'x' }, money)).toEqual(['/secret whitelistValidation']);
    expect(refusals({ ...good, currency: 'EUR' }, money)).toEqual(['/currency whitelistValidation']);
    expect(refusals({ ...good, currency_code: 'USD' }, money)).toEqual(['/currency_code isIn']);
    expect(refusals({ ...good, name: { trim: 1 } }, money)).toEqual(['/name transform']);
  });

  it('chooses the class by the discriminator', () => {
    abstract class Payment {
      @cv.IsInt() amount!: number;
    }
    class Card extends Payment {
      @cv.IsString() number!: string;
    }
    class Bank extends Payment {
      @cv.IsString() iban!: string;
    }
    class Pay {
      @cv.ValidateNested()
      @Type(() => Payment, {
        discriminator: {
          property: 'kind',
          subTypes: [
            { name: 'card', value: Card },
            { name: 'bank', value: Bank },
          ],
        },
      })
      payment!: Payment;
    }
    const made = pipe.transform({ payment: { kind: 'bank', amount: 1, iban: 'x' } }, body(Pay)) as Pay;
    expect(made.payment).toBeInstanceOf(Bank);
    expect(made.payment).toEqual({ amount: 1, iban: 'x' });
    expect(refusals({ payment: { kind: 'bank', amount: 1, number: 'x' } }, body(Pay))).toEqual([
      '/payment/number whitelistValidation',
      '/payment/iban isString',
    ]);
    expect(refusals({ payment: { kind: 'cash', amount: 1 } }, body(Pay))).toEqual([
      '/payment/kind whitelistValidation',
    ]);
  });
});

describe('class-validator in a body', () => {
  it('waits for asynchronous constraints', async () => {
    @cv.ValidatorConstraint({ name: 'free', async: true })
    class Free implements cv.ValidatorConstraintInterface {
      async validate(value: unknown) {
        await Promise.resolve();
        return value !== 'taken';
      }
    }
    class SignUp {
      @cv.Validate(Free) name!: string;
      @cv.Validate(Free, { each: true }) @cv.IsArray() aliases!: string[];
    }
    await expect(pipe.transform({ name: 'a', aliases: ['b'] }, body(SignUp))).resolves.toBeInstanceOf(SignUp);
    const refused = pipe.transform(
      { name: 'taken', aliases: ['b', 'taken'] },
      body(SignUp),
    ) as Promise<unknown>;
    const { denial } = await refused.then(
      () => expect.fail(),
      (error: SecurityDenial) => error,
    );
    expect(denial.errors!.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/name free',
      '/aliases free',
    ]);
  });

  it('takes a constraint that throws for a no', () => {
    class Boom {
      @cv.ValidateBy({ name: 'boom', validator: { validate: (value) => (value as string).startsWith('a') } })
      a!: string;
    }
    expect(refusals({ a: 5 }, body(Boom))).toEqual(['/a boom']);
    expect(refusals({ a: 'ab' }, body(Boom))).toEqual([]);
  });

  it('gives a custom constraint the whole object', () => {
    class Passwords {
      @cv.IsString() one!: string;
      @cv.ValidateBy({
        name: 'same',
        validator: { validate: (value, args) => value === (args!.object as Passwords).one },
      })
      two!: string;
    }
    expect(refusals({ two: 'a', one: 'a' }, body(Passwords))).toEqual([]);
    expect(refusals({ two: 'a', one: 'b' }, body(Passwords))).toEqual(['/two same']);
  });

  it('does not hand over a value whose rules @ValidateIf has switched off', () => {
    class Choice {
      @cv.IsIn(['a', 'b']) kind!: string;
      @cv.ValidateIf((choice: Choice) => choice.kind === 'b') @cv.IsString() note?: string;
      @cv.ValidateIf((_, value) => value !== null) @cv.IsString() label!: string | null;
    }
    expect(pipe.transform({ kind: 'a', note: { $ne: 1 }, label: null }, body(Choice))).toEqual({
      kind: 'a',
      label: null,
    });
    expect(refusals({ kind: 'b', note: { $ne: 1 }, label: 'x' }, body(Choice))).toEqual(['/note isString']);
  });

  it('inherits, and reads no class twice', () => {
    class Patch extends CreateOrder {
      @cv.IsOptional() @cv.IsIn(['open']) status?: string;
    }
    expect(refusals({ items: [{ sku: 1, quantity: 1 }], status: 'x' }, body(Patch))).toEqual([
      '/items/0/sku isString',
      '/status isIn',
    ]);
  });

  it('checks what is free-form for names that reach a prototype, and for size', () => {
    class Free {
      @cv.IsObject() meta!: object;
    }
    expect(refusals({ meta: { a: [{ b: 1 }] } }, body(Free))).toEqual([]);
    expect(refusals({ meta: json('{"a":[{"__proto__":{"x":1}}]}') }, body(Free))).toEqual([
      '/meta/a/0/__proto__ whitelistValidation',
    ]);
    expect(refusals({ meta: { constructor: { prototype: { x: 1 } } } }, body(Free))).toEqual([
      '/meta/constructor whitelistValidation',
    ]);
    expect(refusals({ meta: { a: Array(1001).fill(0) } }, body(Free))).toEqual(['/meta/a arrayMaxSize']);
  });

  it('logs no name that the client made up, at whatever depth', () => {
    class Free {
      @cv.IsObject() meta!: object;
    }
    const loggedOf = (value: unknown) => {
      try {
        return pipe.transform(value, body(Free));
      } catch (error) {
        return (error as SecurityDenial).denial.logged;
      }
    };
    const hostile = json(
      '{"meta":{"hunter2":[{"s3cret":{"__proto__":{}}}],"pin-1234":{"__proto__":1}},"pass":1}',
    );
    expect(loggedOf(hostile)).toEqual([
      '/meta/*/0/*/* whitelistValidation',
      '/meta/*/* whitelistValidation',
      '/* whitelistValidation',
    ]);
    expect(refusals(hostile, body(Free))).toEqual([
      '/meta/hunter2/0/s3cret/__proto__ whitelistValidation',
      '/meta/pin-1234/__proto__ whitelistValidation',
      '/pass whitelistValidation',
    ]);
  });
});

describe('a class that can never work', () => {
  const compile = (type: Class) => () => pipe.transform({}, body(type));

  it('is a configuration error that names the property and what to write', () => {
    class Untyped {
      @cv.ValidateNested() address!: Address;
    }
    class Needs {
      @cv.IsString() a: string;
      constructor(source: { a: string }) {
        this.a = source.a;
      }
    }
    class Dynamic {
      @cv.ValidateNested() @Type((options) => options!.object['x'] as never) x!: object;
    }
    class Mapped {
      @cv.ValidateNested() @Type(() => Item) items!: Map<string, Item>;
    }
    class Nothing {}
    class Silent {
      @cv.Validate(Nothing) a!: string;
    }
    expect(compile(Untyped)).toThrow(/Untyped\.address has @ValidateNested[^]*@Type\(\(\) => Address\)/);
    expect(compile(Needs as never)).toThrow(/Needs cannot be made without arguments/);
    expect(compile(Dynamic)).toThrow(/Dynamic\.x[^]*discriminator/);
    expect(compile(Mapped)).toThrow(/Mapped\.items/);
    expect(compile(Silent)).toThrow(/Silent\.a[^]*@ValidatorConstraint\(\) on Nothing/);
    for (const type of [Untyped, Needs, Dynamic, Mapped, Silent]) {
      expect(compile(type as never)).toThrow(SecurityConfigError);
    }
  });
});
