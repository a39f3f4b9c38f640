import { ProblemException } from 'nestjs-gatehouse';
import * as fc from 'fast-check';
import { And, LessThan, type FindOptionsWhere } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { after, cursorOf, pageOf, type Keyed } from '../../sample-app/database/keyset.js';

const row = (ms: number, id = '0a11ce00-0000-4000-8000-000000000001'): Keyed => ({
  id,
  createdAt: new Date(ms),
});

describe('cursors', () => {
  it('refuse whatever they are not', () => {
    const garbage = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc
        .tuple(fc.integer(), fc.string())
        .map((pair) => Buffer.from(JSON.stringify(pair)).toString('base64url')),
    );
    fc.assert(
      fc.property(garbage, (cursor) => {
        expect(() => after({}, cursor)).toThrow(ProblemException);
      }),
      { numRuns: 500 },
    );
  });

  it('have one spelling', () => {
    const cursor = cursorOf(row(1_790_000_000_000));
    expect(() => after({}, cursor)).not.toThrow();
    for (const spelling of [`${cursor}=`, ` ${cursor}`, `${cursor}.`, cursor.slice(0, -1)]) {
      expect(() => after({}, spelling)).toThrow(ProblemException);
    }
  });
});

describe('after', () => {
  const cursor = cursorOf(row(5));

  it('leaves a first page as it is', () => {
    const mine: FindOptionsWhere<Keyed> = { id: 'a' };
    expect(after(mine, undefined)).toEqual([mine]);
    expect(after([mine, {}], undefined)).toEqual([mine, {}]);
  });

  it('keeps every condition of the caller beside its own, also on the same property', () => {
    const mine = { id: 'a', note: 'b' } as FindOptionsWhere<Keyed>;
    const conditions = after([mine, {}], cursor) as Array<Record<string, unknown>>;
    expect(conditions).toHaveLength(4);
    for (const condition of conditions.slice(0, 2)) expect(condition['note']).toBe('b');
    expect(conditions[0]).toMatchObject({ id: 'a', createdAt: LessThan(new Date(5)) });
    expect(conditions[1]!['id']).toBeInstanceOf(And().constructor);
    expect(JSON.stringify(conditions[1]!['id'])).toContain('"a"');
  });
});

describe('pageOf', () => {
  it('names a next page only where there is one', () => {
    const rows = [row(3), row(2), row(1)];
    expect(pageOf(rows, 3)).toMatchObject({ items: rows, nextCursor: null });
    expect(pageOf(rows, 2)).toMatchObject({ items: rows.slice(0, 2), nextCursor: cursorOf(rows[1]!) });
  });
});
