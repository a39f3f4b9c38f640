import type { ArgumentMetadata, Type as Class } from '@nestjs/common';
import { Transform, Type } from 'class-transformer';
import * as cv from 'class-validator';
import { describe, expect, it } from 'vitest';
import { PageQuery } from '../../lib/pipeline/lists/page-query.js';
import { pipe, refusals } from './refusal.js';

enum Colour {
  Red = 'red',
  Blue = 'blue',
}
enum Level {
  Low,
  High,
}

const whole = (metatype: Class): ArgumentMetadata => ({ type: 'query', metatype });
const named = (metatype: unknown, type: 'query' | 'param' = 'query'): ArgumentMetadata => ({
  type,
  metatype: metatype as Class,
  data: 'x',
});

class Filter {
  @cv.IsInt() @cv.Min(0) n!: number;
  @cv.IsOptional() @cv.IsBoolean() flag?: boolean;
  @cv.IsOptional() @cv.IsEnum(Colour) colour?: Colour;
  @cv.IsOptional() @cv.IsEnum(Level) level?: Level;
  @cv.IsOptional() @cv.IsString() text?: string;
  @cv.IsOptional() @cv.IsDate() since?: Date;
  @cv.IsOptional()
  @cv.IsArray()
  @cv.ArrayMaxSize(3)
  @cv.IsInt({ each: true })
  @Type(() => Number)
  ids?: number[];
  @cv.IsOptional() @Transform(({ value }) => value === 'on') @cv.IsBoolean() box?: boolean;
}

describe('a query class', () => {
  const filter = whole(Filter);

  it('converts each value to the type that its property declares', () => {
    const query = {
      n: '12',
      flag: 'false',
      colour: 'red',
      level: '1',
      since: '2026-01-31',
      ids: ['1', '2'],
      box: 'on',
    };
    expect(pipe.transform(Object.assign(Object.create(null), query), filter)).toEqual({
      n: 12,
      flag: false,
      colour: 'red',
      level: 1,
      since: new Date('2026-01-31'),
      ids: [1, 2],
      box: true,
    });
    expect(pipe.transform({ n: '0', ids: '7' }, filter)).toMatchObject({ ids: [7] });
    expect(pipe.transform({ n: '0', ids: undefined }, filter)).toEqual({ n: 0 });
  });

  it.each([
    ['no number', { n: 'x' }, '/n isNumber'],
    ['an empty number', { n: '' }, '/n isNumber'],
    ['a number in another notation', { n: '1e3' }, '/n isNumber'],
    ['a number with space', { n: ' 1' }, '/n isNumber'],
    ['a number too large to be exact', { n: '9007199254740993' }, '/n isNumber'],
    ['minus zero', { n: '-0' }, '/n isNumber'],
    ['a number out of range', { n: '-1' }, '/n min'],
    ['a repeated number', { n: ['1', '2'] }, '/n repeated'],
    ['a repeated string', { n: '1', text: ['a', 'b'] }, '/text repeated'],
    ['an operator for a string', { n: '1', text: { $ne: '1' } }, '/text isString'],
    ['an operator for a number', { n: { $gt: '' } }, '/n isString'],
    ['an object for an array', { n: '1', ids: { 0: '1' } }, '/ids isString'],
    ['an object in an array', { n: '1', ids: [{ $ne: 1 }] }, '/ids isString'],
    ['one bad element', { n: '1', ids: ['1', 'x'] }, '/ids isNumber'],
    ['too many elements', { n: '1', ids: ['1', '2', '3', '4'] }, '/ids arrayMaxSize'],
    ['a near boolean', { n: '1', flag: 'True' }, '/flag isBoolean'],
    ['a one for a boolean', { n: '1', flag: '1' }, '/flag isBoolean'],
    ['no member', { n: '1', colour: 'green' }, '/colour isEnum'],
    ['a date in no standard form', { n: '1', since: '1' }, '/since isDate'],
    ['a day that its month has not', { n: '1', since: '2021-02-30' }, '/since isDate'],
    ['the 29th of February of another year', { n: '1', since: '2023-02-29T10:00:00Z' }, '/since isDate'],
    ['a NUL', { n: '1', text: 'a\0b' }, '/text isString'],
    ['a parameter nobody declared', { n: '1', admin: 'true' }, '/admin whitelistValidation'],
    [
      'a parameter that reaches a prototype',
      JSON.parse('{"n":"1","__proto__":"x"}'),
      '/__proto__ whitelistValidation',
    ],
  ])('is refused for %s', (_, query, expected) => {
    expect(refusals(query, filter)).toEqual([expected]);
  });
});

describe('a named query or path parameter', () => {
  it('becomes exactly its type', () => {
    expect(pipe.transform('12', named(Number))).toBe(12);
    expect(pipe.transform('-1.50', named(Number, 'param'))).toBe(-1.5);
    expect(pipe.transform('true', named(Boolean))).toBe(true);
    expect(pipe.transform('12', named(String))).toBe('12');
    expect(pipe.transform(undefined, named(Number))).toBeUndefined();
    // What swc emits for an enum is the enum itself.
    expect(pipe.transform('red', named(Colour))).toBe('red');
    expect(pipe.transform('1', named(Level))).toBe(1);
  });

  it.each([
    [Number, 'x'],
    [Number, ''],
    [Number, 'NaN'],
    [Number, '0x10'],
    [Number, '١'],
    [Number, ['1']],
    [Boolean, 'yes'],
    [Boolean, ''],
    [String, ['a', 'b']],
    [String, { $ne: '1' }],
    [String, 'a\0b'],
    [String, null],
    [Colour, 'green'],
    [Colour, 'Red'],
    [Level, 'Low'],
    [Level, '7'],
    [Date, 'yesterday'],
  ])('refuses %s from %j', (type, value) => {
    expect(refusals(value, named(type))).toHaveLength(1);
  });

  it('is left alone where a decorator of the application made it', () => {
    expect(pipe.transform({ any: 1 }, { type: 'custom', metatype: Filter })).toEqual({ any: 1 });
  });
});

describe('PageQuery', () => {
  it('has 20 items a page, 100 at most, and a cursor of at most 8192 characters', () => {
    const page = whole(PageQuery);
    expect(pipe.transform({}, page)).toEqual({ limit: 20 });
    expect(pipe.transform({ limit: '100', cursor: 'c'.repeat(8192) }, page)).toMatchObject({ limit: 100 });
    for (const limit of ['0', '101', '-1', '1.5', '', 'all', ['1', '2'], '1e2']) {
      expect(refusals({ limit }, page)).toHaveLength(1);
    }
    expect(refusals({ cursor: 'c'.repeat(8193) }, page)).toEqual(['/cursor maxLength']);
    expect(refusals({ cursor: ['a', 'b'] }, page)).toEqual(['/cursor repeated']);
  });

  it('can be extended', () => {
    class OrderQuery extends PageQuery {
      @cv.IsOptional() @cv.IsIn(['open']) status?: string;
      @cv.IsInt() @cv.Min(1) @cv.Max(500) override limit: number = 50;
    }
    const query = whole(OrderQuery);
    expect(pipe.transform({ status: 'open' }, query)).toEqual({ limit: 50, status: 'open' });
    expect(refusals({ limit: '501' }, query)).toEqual(['/limit max']);
    expect(refusals({ limit: '5', other: '1' }, query)).toEqual(['/other whitelistValidation']);
  });
});
