import { Expose } from 'class-transformer';
import { describe, expect, it } from 'vitest';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import { SerializerCompiler } from '../../lib/pipeline/output/exposure/serializer.js';
import { ANYONE } from '../../lib/policy/audiences.js';
import { AUDIENCES, alice, leaves, refusal } from './support.js';

class Row {
  @ExposeFor(ANYONE) b!: unknown;
  @ExposeFor(ANYONE) a!: unknown;
  @ExposeFor(ANYONE) @Expose({ name: '2' }) two!: unknown;
  @ExposeFor(ANYONE) @Expose({ name: '1' }) one!: unknown;
  hidden = 'hidden';
}
const row = (values: Partial<Row>) => Object.assign(new Row(), values);
const serialize = new SerializerCompiler({ resource: () => undefined }).compileSerializer(Row);
const written = (values: Partial<Row>) => JSON.stringify(serialize(row(values), alice, AUDIENCES.user));

describe('what is written of an object', () => {
  it('has its names in the order of the class, numbers first as in every object', () => {
    expect(written({ b: 'x', a: 1, two: true, one: null })).toBe('{"1":null,"2":true,"b":"x","a":1}');
  });

  it('leaves out what is undefined, and shares nothing with the answer before', () => {
    expect(written({ b: 1, a: 2, two: 3, one: 4 })).toBe('{"1":4,"2":3,"b":1,"a":2}');
    expect(written({ a: 2 })).toBe('{"a":2}');
    const first = serialize(row({ a: 1 }), alice, AUDIENCES.user) as Record<string, unknown>;
    first['a'] = 'changed';
    first['hidden'] = 'added';
    expect(written({ a: 1 })).toBe('{"a":1}');
  });

  it('lets no function, symbol or object through the way of plain values', () => {
    for (const value of [() => 1, Symbol('s'), { secret: 1 }, Buffer.from('secret')]) {
      expect(refusal(() => written({ a: value }))).toMatch(/^Row\.a: /);
    }
    expect(written({ a: 10n })).toBe('{"a":"10"}');
    expect(written({ a: [1, 'x', null] })).toBe('{"a":[1,"x",null]}');
    expect(written({ a: new Set([1]) })).toBe('{"a":[1]}');
  });
});

describe('many names', () => {
  it('are written in order, whatever their number', () => {
    class Wide {}
    const names = Array.from({ length: 40 }, (_, i) => `column${i}`);
    for (const name of names) ExposeFor(ANYONE)(Wide.prototype, name);
    const value = Object.assign(new Wide(), Object.fromEntries(names.map((name, i) => [name, i])));
    expect(Object.keys(leaves(Wide, value) as object)).toEqual(names);
    expect(leaves(Wide, value)).toEqual(value);
  });

  it('that are the same hold what the later property has', () => {
    class Renamed {
      @ExposeFor(ANYONE) total!: number;
      @ExposeFor(ANYONE) @Expose({ name: 'total' }) amount!: number;
    }
    expect(leaves(Renamed, { total: 1, amount: 2 })).toEqual({ total: 2 });
  });
});

describe('lists', () => {
  class Line {
    @ExposeFor(ANYONE) sku!: string;
    cost = 'hidden';
  }
  class Basket {
    @ExposeFor(ANYONE, { type: () => Line }) lines!: Line[];
  }
  const line = (sku: string) => Object.assign(new Line(), { sku });
  const write = new SerializerCompiler({ resource: () => undefined }).compileSerializer(Basket);

  it('are new ones: what is done to an answer does not show in the object', () => {
    const lines = [line('a'), line('b')];
    const out = write({ lines }, alice, AUDIENCES.user) as { lines: unknown[] };
    out.lines.length = 0;
    expect(lines).toEqual([line('a'), line('b')]);
    expect(leaves(Basket, { lines: Object.freeze(lines) })).toEqual({ lines: [{ sku: 'a' }, { sku: 'b' }] });
  });

  it('are plain arrays, also of an array with a class and of one with holes', () => {
    class Lines extends Array<unknown> {}
    const out = write({ lines: Lines.from([line('a')]) }, alice, AUDIENCES.user) as { lines: unknown[] };
    expect(Object.getPrototypeOf(out.lines)).toBe(Array.prototype);
    expect(out).toEqual({ lines: [{ sku: 'a' }] });
    // oxlint-disable-next-line no-sparse-arrays
    expect(leaves(Basket, { lines: [, line('b')] })).toEqual({ lines: [null, { sku: 'b' }] });
  });

  it('let no item out unwritten, also where a getter changes the list on the way', () => {
    for (const change of [
      (lines: unknown[]) => lines.push(line('later')),
      (lines: unknown[]) => (lines.length = 0),
    ]) {
      const lines: unknown[] = [];
      const changing = {
        cost: 'hidden',
        get sku() {
          change(lines);
          return 'changing';
        },
      };
      lines.push(changing, line('b'));
      expect(leaves(Basket, { lines })).toEqual({ lines: [{ sku: 'changing' }, { sku: 'b' }] });
    }
  });
});

describe('dates', () => {
  it.each([0, -1, Date.UTC(2026, 1, 29), Date.UTC(9999, 11, 31), 8.64e15, -8.64e15, Number.NaN])(
    'are written as JSON.stringify writes them: %s',
    (time) => expect(written({ a: new Date(time) })).toBe(JSON.stringify({ a: new Date(time) })),
  );

  it('that say something else about themselves are asked', () => {
    class Day extends Date {
      override toJSON(): string {
        return this.toISOString().slice(0, 10);
      }
    }
    class Stamp extends Date {
      override toISOString(): string {
        return 'stamp';
      }
    }
    const own = Object.assign(new Date(0), { toJSON: () => 'own' });
    class Dates {
      @ExposeFor(ANYONE) day!: Date;
      @ExposeFor(ANYONE) stamp!: Date;
      @ExposeFor(ANYONE) own!: Date;
    }
    const value = Object.assign(new Dates(), { day: new Day(0), stamp: new Stamp(0), own });
    expect(leaves(Dates, value)).toEqual({ day: '1970-01-01', stamp: 'stamp', own: 'own' });
    expect(leaves(Dates, value)).toEqual(JSON.parse(JSON.stringify(value)));
  });
});
