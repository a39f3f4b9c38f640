import { ValidationPipe } from '@nestjs/common';
import type { Type as Class } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsEmail,
  IsInt,
  IsString,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../lib/kit/json/parse-json.js';
import { errorsOf } from './refusal.js';

let made = 0;
class Item {
  @IsString() @MaxLength(40) sku!: string;
  @IsInt() @Min(1) quantity!: number;
  constructor() {
    made++;
  }
}
class Order {
  @IsArray() @ArrayMaxSize(50) @ValidateNested({ each: true }) @Type(() => Item) items!: Item[];
}
class Unbounded {
  @IsArray() @ValidateNested({ each: true }) @Type(() => Item) items!: Item[];
}
class Texts {
  @MaxLength(100) @Matches(/^(a+)+$/) @IsEmail() mail!: string;
}

const repeat = (n: number, part: string) => `{"items":[${Array.from({ length: n }, () => part).join()}]}`;
const body99k = repeat(33_000, '{}');
const body1m = repeat(349_000, '{}');

function cpuOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function answer(text: string, metatype: Class) {
  const parsed = parseJson(Buffer.from(text), { maxDepth: 32 });
  if ('denial' in parsed) throw new Error(parsed.denial.reason);
  made = 0;
  let errors: ReturnType<typeof errorsOf>;
  const cpu = cpuOf(() => (errors = errorsOf(parsed.value, { type: 'body', metatype })));
  return { cpu, errors: errors!, bytes: Buffer.byteLength(JSON.stringify(errors!)), made };
}

describe('a hostile body', () => {
  it.each([
    ['99 KB of empty items', body99k, Order],
    ['1 MB of empty items', body1m, Order],
    ['1 MB of empty items where the class names no size', body1m, Unbounded],
    [
      '1 MB of items with unknown names',
      repeat(50, `{${Array.from({ length: 1800 }, (_, i) => `"k${i}":1`).join()}}`),
      Order,
    ],
    ['a long string for a slow expression', `{"mail":"${'a'.repeat(1_000_000)}!"}`, Texts],
  ])('costs little and is answered in few words: %s', (_, text, metatype) => {
    const { cpu, errors, bytes, made: instances } = answer(text, metatype);
    // Measured below 2 ms; the bound leaves room for a busy machine.
    expect(cpu).toBeLessThan(20);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(20);
    expect(bytes).toBeLessThan(8000);
    expect(instances).toBeLessThanOrEqual(50);
  });

  it('names the array, not its elements, and makes none of them', () => {
    const { errors, made: instances } = answer(body99k, Order);
    expect(errors).toEqual([
      { pointer: '/items', code: 'arrayMaxSize', detail: 'items must contain no more than 50 elements' },
    ]);
    expect(instances).toBe(0);
  });

  it('stops at the twentieth error', () => {
    const { errors, made: instances } = answer(repeat(50, '{}'), Order);
    expect(errors).toHaveLength(20);
    expect(instances).toBeLessThanOrEqual(11);
  });

  it('is walked to its end by the stock pipe', async () => {
    const stock = new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true });
    made = 0;
    await expect(
      stock.transform(JSON.parse(repeat(3000, '{}')), { type: 'body', metatype: Order }),
    ).rejects.toThrow();
    expect(made).toBe(3000);
  });
});
